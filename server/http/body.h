/* body.h - what goes over the wire after the header: the whole body, a part of it, or several as multipart/byteranges.
 *
 * One function from (reply, wire offset) to bytes serves the socket and `weightd get`. Lengths are known before the
 * first byte (RFC 9110 section 14.6 gives the multipart form). A reply of kind JOB is readable once its job is done. */
#ifndef SRV_HTTP_BODY_H
#define SRV_HTTP_BODY_H

#include "http/message.h"

/* Bytes on the wire of an answer to GET. */
uint64_t srv_body_length(const struct srv_reply *reply);

/* Bytes [offset, offset + cap) of it: how many were written; less than cap at the end only, or when the source
 * fails. */
size_t srv_body_read(const struct srv_reply *reply, uint64_t offset, uint8_t *buf, size_t cap);

/* Prepare to read bytes [offset, offset + cap). What is returned, and *job, are as in srv_reader.prepare. */
bool srv_body_prepare(const struct srv_reply *reply, uint64_t offset, size_t cap, struct srv_job **job);
/* Wait for all of it. Not for network threads. False: the bytes can never be read. */
bool srv_body_wait(const struct srv_reply *reply, uint64_t offset, size_t cap);

/* The bytes in memory of a whole or single-part body; NULL for those that must be read. */
const uint8_t *srv_body_memory(const struct srv_reply *reply);

#endif
