/* see sha256.h */
#include "support/sha256.h"

#include <openssl/sha.h>
#include <stdio.h>

void sha256_hex(const uint8_t *bytes, size_t n, char out[65])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(bytes, n, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
