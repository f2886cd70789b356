/* siphash.h - SipHash-1-3: a keyed 64-bit hash for tables whose keys come from clients.
 *
 * Source: Aumasson & Bernstein, "SipHash: a fast short-input PRF" (2012), with 1 compression and 3 finalization rounds,
 * as in the hash tables of Rust and Python. Without the key, no client can aim at one bucket. Check: against OpenSSL's
 * SIPHASH in tests/unit/test_cache.c. */
#ifndef SRV_CACHE_SIPHASH_H
#define SRV_CACHE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t srv_siphash(const uint64_t key[2], const void *bytes, size_t len);

#endif
