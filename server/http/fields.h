/* fields.h - request fields: which ones matter, lists of elements, and wishes for digests. Pure: no memory. */
#ifndef SRV_HTTP_FIELDS_H
#define SRV_HTTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

/* Request fields that can change an answer, or the connection's future. */
enum srv_seen {
    SRV_SEEN_ACCEPT = 1, /* an Accept other than every type */
    SRV_SEEN_ACCEPT_ENCODING = 2,
    SRV_SEEN_RANGE = 4,
    SRV_SEEN_IF_NONE_MATCH = 8,
    SRV_SEEN_CONDITION = 16, /* If-Match, If-Range, If-Modified-Since, If-Unmodified-Since */
    SRV_SEEN_WANT_DIGEST = 32,
    SRV_SEEN_ORIGIN = 64,
    SRV_SEEN_AUTHORIZATION = 128,
    SRV_SEEN_CODING = 256 /* Transfer-Encoding: the answer is the last of its connection */
};

/* An element of a list: not terminated, without the blanks around it. */
struct srv_item {
    const char *text;
    size_t len;
};

/* The next element of a comma separated list (RFC 9110 section 5.6.1), moving *field behind it; empty elements are left out.
 * False at the end. Commas in quoted strings do not count. */
bool srv_list_next(const char **field, struct srv_item *item);

/* The end of the run at p that has none of the characters `stops` outside quoted strings, `end` at most. */
const char *srv_skip_quoted(const char *p, const char *end, const char *stops);

/* Is the element this word, byte for byte? */
bool srv_item_is(const struct srv_item *item, const char *word);

/* Does a Want-Repr-Digest or Want-Content-Digest field (RFC 9530 section 4; NULL: no field) ask for sha-256? */
bool srv_digest_wanted(const char *field);

#endif
