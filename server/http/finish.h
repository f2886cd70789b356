/* finish.h - a reply whose job is done, or was given up: make it one that can be sent.
 *
 * A job that failed becomes a 503 with Retry-After. One that made the body (kind JOB) tells Cache-Status (RFC 9211), which
 * is not known before: whether the value was kept, and whether it was on disk. */
#ifndef SRV_HTTP_FINISH_H
#define SRV_HTTP_FINISH_H

#include "cache/cache.h"
#include "http/message.h"

/* A reply without a job stays as it is. */
void srv_settle(struct srv_reply *reply, const struct srv_request *req);

/* The value of Cache-Status for a value that was made, or read from disk, for this request or for one before it. */
const char *srv_cache_status(enum srv_how how, bool stored, bool from_disk);

#endif
