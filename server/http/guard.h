/* guard.h - is this a request header that every HTTP implementation reads in the same way?
 *
 * A request is smuggled past a proxy when the proxy and the server read one header differently (RFC 9112 section
 * 11.2). So a doubtful header is not repaired: the request is refused and the connection closed. Refused are field
 * names that are no tokens, control characters in values, anything but exactly one well-formed Host in HTTP/1.1, two
 * Content-Length fields or one that is no number, a Transfer-Encoding other than a single "chunked", both of them
 * together, and too much content. After a chunked request the connection is closed, so that no byte behind the
 * chunks is taken for a request.
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

#include "http/fields.h"

#define SRV_FIELDS_MAX 100
#define SRV_TARGET_MAX 8192         /* bytes of a request target */
#define SRV_CONTENT_MAX (64 * 1024) /* bytes of request content that are read and dropped where no resource wants it */
#define SRV_LENGTH_MAX (UINT64_C(256) << 20) /* a longer content is not too large, but nonsense: 400 */

struct srv_guard {
    const char *field[SRV_FIELD_COUNT]; /* the first value of each field that the server reads; NULL: absent */
    unsigned repeated;                  /* fields that came more than once */
    unsigned seen;        /* fields that matter and are present; an Accept of every type does not matter */
    uint64_t content_max; /* bytes of content that are read; 0: SRV_CONTENT_MAX */
    unsigned n_fields, n_host, n_length, n_coding;
    bool bad_name, bad_value, bad_host, bad_length, bad_coding, bad_chunked;
    uint64_t content_length;
};

void srv_guard_field(struct srv_guard *guard, const char *name, size_t name_len, const char *value, size_t value_len);

/* NULL: the header is good. Else the slug of the problem (problem.h); *detail is one sentence about it, or NULL. */
const char *srv_guard_verdict(const struct srv_guard *guard, const char *method, const char *version,
                              const char **detail);

#endif
