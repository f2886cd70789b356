/* finish.h - the one end of an answer: from a reply whose jobs are done to a reply that can be sent.
 *
 *     a text is compressed if the client asked for it, gets an entity tag if caches may keep it, and with the tag
 *     conditions and ranges; a HEAD drops the text
 *     a failed job becomes a 503; a job that made the body gives length, Cache-Status and digests
 *     the memory for sending is taken from the budget, or the reply becomes a 503
 *     the fields for other origins (cors.h) are added
 *     Cache-Control, Vary, Content-Encoding, ETag and Cache-Status are written from the reply's fields
 *     a header that does not fit becomes a 431; a reply that lost a part for want of memory becomes a 503
 *
 * Threads: one reply, one thread. */
#ifndef SRV_HTTP_FINISH_H
#define SRV_HTTP_FINISH_H

#include "http/message.h"

/* What all answers of a server keep to. */
struct srv_rules {
    const char *cors_origins;  /* cors.h; NULL: no fields for other origins */
    bool is_private;           /* no shared cache may keep an answer: tokens are asked for */
    struct srv_budget *budget; /* for the memory that sending takes; NULL: no limit */
    size_t header_room;        /* bytes that names and values of the header may take */
};

/* Finish a reply for which srv_reply_pending is NULL. */
void srv_finish(struct srv_reply *reply, const struct srv_request *req, const struct srv_rules *rules);

/* Bytes that are made in one go for a body that is read, not stored: large enough to make the calls cheap, small enough
 * for the second level cache and for the other connections of the thread. */
#define SRV_BLOCK_BYTES (512 * 1024)

/* Values of srv_reply.cache_status. */
#define SRV_STATUS_HIT "weightd; hit"
#define SRV_STATUS_STREAMED "weightd; fwd=bypass; detail=streamed"

#endif
