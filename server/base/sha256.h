/* sha256.h - SHA-256 (FIPS 180-4) and base64, for digests that leave the process or reach a disk.
 *
 * Nothing here allocates or fails. Threads: a struct srv_sha256 belongs to one caller; the rest is pure. */
#ifndef SRV_BASE_SHA256_H
#define SRV_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hex.h"

#define SRV_SHA256_BYTES 32
#define SRV_SHA256_HEX (2 * SRV_SHA256_BYTES + 1) /* with the terminator */

/* SHA-256 of a text that arrives in pieces. */
struct srv_sha256 {
    _Alignas(16) uint8_t state[128];
};
void srv_sha256_init(struct srv_sha256 *sha);
void srv_sha256_add(struct srv_sha256 *sha, const void *bytes, size_t len);
void srv_sha256_end(struct srv_sha256 *sha, uint8_t out[SRV_SHA256_BYTES]);

void srv_sha256(const void *bytes, size_t len, uint8_t out[SRV_SHA256_BYTES]);
/* Of two texts, one behind the other. */
void srv_sha256_pair(const void *a, size_t a_len, const void *b, size_t b_len, uint8_t out[SRV_SHA256_BYTES]);

/* git's name of a file with this content: the SHA-1 of "blob LENGTH", a NUL and the bytes, in lower-case
 * hexadecimal. */
#define SRV_GIT_BLOB_HEX 41 /* with the terminator */
void srv_git_blob(const void *bytes, size_t len, char out[SRV_GIT_BLOB_HEX]);

/* Base64 (RFC 4648): SRV_BASE64_CAP(len) characters with the terminator. */
#define SRV_BASE64_CAP(len) (((len) + 2) / 3 * 4 + 1)
void srv_base64(const uint8_t *bytes, size_t len, char *out);

#endif
