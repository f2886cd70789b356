/* key.h - a sequence of random words, and the key that selects it.
 *
 * A sequence is a pure function of the key; word i of it is a pure function of (key, i). Sequences of different keys
 * are independent for every practical purpose (ChaCha8). */
#ifndef WI_KEY_H
#define WI_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "api.h"

WI_API_BEGIN

/* The use of the words: values and masks of one tensor must not share words. */
enum wi_domain { WI_DOMAIN_VALUE = 0, WI_DOMAIN_MASK = 1 };

struct wi_key {
    uint64_t seed;   /* the seed parameter */
    uint64_t stream; /* wi_stream_id(name) */
    uint32_t domain; /* enum wi_domain */
};

/* Words i = first .. first+n-1 of the key's sequence, as native integers. first < 2^60. */
void wi_bits_u32(const struct wi_key *key, uint64_t first, size_t n, uint32_t *out);
/* The same words in pairs: u64 i = word 2i + 2^32 * word 2i+1. first < 2^59. */
void wi_bits_u64(const struct wi_key *key, uint64_t first, size_t n, uint64_t *out);

/* The stream id of a name: 64-bit FNV-1a over its bytes (offset 0xcbf29ce484222325, prime 0x100000001b3).
 * The empty name is the offset itself. */
uint64_t wi_stream_id(const char *name, size_t len);

WI_API_END

#endif
