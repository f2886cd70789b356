/* coding.h - the gzip content coding (RFC 1952), by zlib. */
#ifndef SRV_HTTP_CODING_H
#define SRV_HTTP_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/message.h"

/* Room that is always enough for `len` bytes compressed. */
size_t srv_gzip_bound(size_t len);
/* Compress into out of `cap` >= srv_gzip_bound(len) bytes; returns the length, 0 when there is no memory. The same input
 * gives the same output: no name, no time. */
size_t srv_gzip(const void *bytes, size_t len, uint8_t *out, size_t cap);

/* Should this request be answered with gzip, if the body is worth it? Not ranges, which clients ask of the bytes as they
 * are; but HEAD knows no ranges. */
bool srv_gzip_wanted(const struct srv_request *req);

/* Compress the text of a finished reply if that was asked for and pays; say in Vary that it was a question. */
void srv_gzip_text(const struct srv_request *req, struct srv_reply *reply);

#endif
