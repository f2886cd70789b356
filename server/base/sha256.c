/* see sha256.h. OpenSSL 3 prefers EVP to the SHA256_* functions. But these neither allocate nor fail, and run the same
 * code. */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct srv_sha256), "room for OpenSSL's state");
_Static_assert(SHA256_DIGEST_LENGTH == SRV_SHA256_BYTES, "SHA-256");

static SHA256_CTX *ctx_of(struct srv_sha256 *sha)
{
    return (SHA256_CTX *)(void *)sha->state;
}

void srv_sha256_init(struct srv_sha256 *sha)
{
    SHA256_Init(ctx_of(sha));
}

void srv_sha256_add(struct srv_sha256 *sha, const void *bytes, size_t len)
{
    SHA256_Update(ctx_of(sha), bytes, len);
}

void srv_sha256_end(struct srv_sha256 *sha, uint8_t out[SRV_SHA256_BYTES])
{
    SHA256_Final(out, ctx_of(sha));
}

void srv_sha256_pair(const void *a, size_t a_len, const void *b, size_t b_len, uint8_t out[SRV_SHA256_BYTES])
{
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, a, a_len);
    srv_sha256_add(&sha, b, b_len);
    srv_sha256_end(&sha, out);
}

void srv_sha256(const void *bytes, size_t len, uint8_t out[SRV_SHA256_BYTES])
{
    srv_sha256_pair(bytes, len, NULL, 0, out);
}

void srv_git_blob(const void *bytes, size_t len, char out[SRV_GIT_BLOB_HEX])
{
    SHA_CTX sha;
    uint8_t digest[SHA_DIGEST_LENGTH];
    char header[32];
    const int n = snprintf(header, sizeof header, "blob %zu", len);
    SHA1_Init(&sha);
    SHA1_Update(&sha, header, (size_t)n + 1);
    SHA1_Update(&sha, bytes, len);
    SHA1_Final(digest, &sha);
    srv_hex(digest, sizeof digest, out);
}

void srv_base64(const uint8_t *bytes, size_t len, char *out)
{
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
}
