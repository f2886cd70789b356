/* sha256.h - the SHA-256 of bytes as lower-case hex, by OpenSSL. */
#ifndef TESTS_SHA256_H
#define TESTS_SHA256_H

#include <stddef.h>
#include <stdint.h>

void sha256_hex(const uint8_t *bytes, size_t n, char out[65]);

#endif
