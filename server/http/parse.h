/* parse.h - read a request from the bytes of a connection, as they come (RFC 9112).
 *
 * The caller keeps the bytes of a header in one place. The header is judged by guard.h; its texts stay where they
 * are and are terminated in place. Whatever is not well-formed is refused as soon as that is certain: a carriage
 * return without a line feed is not waited for. A line feed may stand alone at the end of a line of the header, not
 * of a chunk.
 *
 *     struct srv_parse p;
 *     srv_parse_begin(&p, header_bytes_max, content_max);
 *     while ((is = srv_parse_header(&p, bytes, n)) == SRV_PARSE_MORE) read more, bytes may move meanwhile;
 *     while (is == SRV_PARSE_CONTENT) is = srv_parse_content(&p, what came after the header, n, &used, &data);
 *
 * SRV_PARSE_DONE: p.method, p.target, p.guard and the rest are valid as long as the bytes. SRV_PARSE_REFUSED: p.slug
 * (problem.h) and p.detail say why; method and target are what was understood, "-" and "" at least.
 *
 * Pure: no sockets, no memory. */
#ifndef SRV_HTTP_PARSE_H
#define SRV_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/chunk.h"
#include "http/guard.h"

enum srv_parsed {
    SRV_PARSE_MORE,    /* of the header */
    SRV_PARSE_CONTENT, /* the header is complete; content follows, or more of it */
    SRV_PARSE_DONE,
    SRV_PARSE_REFUSED
};

/* How much content is read of a request; 0: SRV_CONTENT_MAX, which nobody wants. */
typedef size_t srv_content_max(const char *method, const char *target);

struct srv_parse {
    size_t header_max;
    srv_content_max *content_max;
    /* Places in the bytes: */
    size_t line;   /* the line that is not complete yet */
    size_t begin;  /* the first line; empty lines may come before it */
    size_t fields; /* the line after it; 0: the first line is not complete */
    size_t end;    /* of the header */

    const char *method, *target, *version; /* terminated; the version is HTTP/1.0 or HTTP/1.x */
    size_t method_len, target_len;
    size_t records; /* bytes that the fields count for beside their texts */
    struct srv_guard guard;
    bool is_http10;

    struct srv_chunks chunks;
    uint64_t content_left; /* of content with a length */

    const char *slug, *detail;
    char detail_text[160];
};

/* A field of a complete header; the value is terminated. */
struct srv_parse_field {
    const char *name, *value;
    size_t name_len, value_len;
};

void srv_parse_begin(struct srv_parse *p, size_t header_max, srv_content_max *content_max);

/* bytes: all that has come since srv_parse_begin, n in number. The header ends at p->end. */
enum srv_parsed srv_parse_header(struct srv_parse *p, char *bytes, size_t n);

/* bytes: what came after what was used before. *used of them belong to the content; the last *data of these are
 * data. */
enum srv_parsed srv_parse_content(struct srv_parse *p, const char *bytes, size_t n, size_t *used, size_t *data);

/* The fields of a header that is complete, in order. *at is 0 before the first. False: there are no more. */
bool srv_parse_next(const struct srv_parse *p, size_t *at, struct srv_parse_field *field);

/* Is the client still waiting for a 100 before it sends content? */
bool srv_parse_expects(const struct srv_parse *p);

#endif
