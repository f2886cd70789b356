/* sha256.h - SHA-256 (FIPS 180-4) in plain C, so that a test for another architecture needs no library of that
 * architecture. For tests only: the server's digests are OpenSSL's. */
#ifndef TEST_SHA256_H
#define TEST_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX_CAP = 65 };

struct sha256 {
    uint32_t state[8];
    uint64_t n_bytes;
    uint8_t block[64];
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t n);
/* The digest as 64 lower-case hexadecimal digits and a terminator. */
void sha256_end(struct sha256 *sha, char hex[SHA256_HEX_CAP]);
/* The digest of n bytes. */
void sha256_hex(const void *bytes, size_t n, char hex[SHA256_HEX_CAP]);

#endif
