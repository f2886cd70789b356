/* chunk.h - find the data in chunked content (RFC 9112 section 7.1), as it comes.
 *
 * Strict: lines end with CR LF, an extension is a name with or without a value (a token or a quoted string), a
 * trailer field has a token for its name. What one parser takes and another does not is refused: it may be the end
 * of the content for a proxy.
 *
 *     struct srv_chunks chunks = {.most = 65536};
 *     while ((is = srv_chunks_take(&chunks, bytes, n, &used, &data)) <= SRV_CHUNKED_DATA) go on behind what is used
 *
 * Pure: no sockets, no memory. */
#ifndef SRV_HTTP_CHUNK_H
#define SRV_HTTP_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#define SRV_CHUNK_LINE_MAX 1024 /* bytes of a chunk's first line, and of all trailer fields together */

enum srv_chunked {
    SRV_CHUNKED_MORE,  /* all that was given is used */
    SRV_CHUNKED_DATA,  /* the last of the used bytes are data */
    SRV_CHUNKED_END,   /* the content is complete */
    SRV_CHUNKED_BAD,   /* it is not well-formed */
    SRV_CHUNKED_LARGER /* it has more data than `most` */
};

struct srv_chunks {
    uint64_t most;
    unsigned char state;
    unsigned line; /* bytes of the line, or of the trailer fields, so far */
    unsigned digits;
    uint64_t size;  /* of the chunk: what is left of it */
    uint64_t total; /* of all chunks so far, this one included */
};

/* *used: how many of the n bytes belong to the content; the last *data of them are data. */
enum srv_chunked srv_chunks_take(struct srv_chunks *chunks, const char *bytes, size_t n, size_t *used, size_t *data);

#endif
