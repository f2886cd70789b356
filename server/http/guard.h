/* guard.h - is this request header one that every HTTP implementation reads in the same way?
 *
 * What two parsers can read differently is how requests are smuggled past a proxy (RFC 9112 section 11.2), so nothing
 * doubtful is repaired: it is refused and the connection closed. Refused are names that are no tokens, control characters in
 * values, anything but exactly one well-formed Host in HTTP/1.1, more than one Content-Length or one that is no number,
 * Transfer-Encoding other than a single "chunked", both of them together, and contents nobody asked for. Chunks are read,
 * but by a library that takes a bare line feed for the end of a chunk's line, where a proxy may not: nothing behind them is
 * taken for a request.
 *
 *     struct srv_guard guard = {0};
 *     srv_guard_field(&guard, ...) for each field in order;   slug = srv_guard_verdict(&guard, method, version);
 *
 * Pure: no sockets, no memory. */
#ifndef SRV_HTTP_GUARD_H
#define SRV_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRV_FIELDS_MAX 100
#define SRV_TARGET_MAX 8192         /* bytes of a request target */
#define SRV_CONTENT_MAX (64 * 1024) /* bytes of request content that are read and dropped */

/* Fields that can change an answer, or what becomes of the connection. */
enum srv_seen {
    SRV_SEEN_ACCEPT = 1, /* an Accept that says more than everything */
    SRV_SEEN_ACCEPT_ENCODING = 2,
    SRV_SEEN_RANGE = 4,
    SRV_SEEN_IF_NONE_MATCH = 8,
    SRV_SEEN_CONDITION = 16, /* If-Match, If-Range, If-Modified-Since, If-Unmodified-Since */
    SRV_SEEN_WANT_DIGEST = 32,
    SRV_SEEN_ORIGIN = 64,
    SRV_SEEN_AUTHORIZATION = 128,
    SRV_SEEN_CODING = 256 /* Transfer-Encoding: the answer is the last of its connection */
};

struct srv_guard {
    unsigned seen; /* enum srv_seen */
    unsigned n_fields, n_host, n_length, n_coding;
    bool bad_name, bad_value, bad_host, bad_length, bad_coding;
    uint64_t content_length;
    const char *none_match; /* the last If-None-Match, not terminated; NULL: there is none */
    size_t none_match_len;
    const char *expect; /* the first Expect; NULL: there is none */
};

void srv_guard_field(struct srv_guard *guard, const char *name, size_t name_len, const char *value, size_t value_len);

/* NULL when all is well, else the slug of the problem (problem.h), with one sentence in *detail. */
const char *srv_guard_verdict(const struct srv_guard *guard, const char *method, const char *version,
                              const char **detail);

#endif
