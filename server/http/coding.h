/* coding.h - the gzip content coding (RFC 1952), by zlib. */
#ifndef SRV_HTTP_CODING_H
#define SRV_HTTP_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/message.h"

/* Room that is always enough for `len` bytes compressed. */
size_t srv_gzip_bound(size_t len);
/* Compress into out, which has `cap` >= srv_gzip_bound(len) bytes. Returns the length, 0 for no memory. The same input
 * gives the same output: the frame has no name and no time. */
size_t srv_gzip(const void *bytes, size_t len, uint8_t *out, size_t cap);
/* The reverse, of bytes that the program carries: out has room for what they unpack to. Returns the length, 0 for no
 * memory. */
size_t srv_gunzip(const void *bytes, size_t len, uint8_t *out, size_t cap);

/* Does the request want gzip? Not with a Range: ranges refer to the plain bytes. HEAD ignores Range. */
bool srv_gzip_wanted(const struct srv_request *req);

#endif
