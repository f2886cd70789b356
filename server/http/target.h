/* target.h - the request target of RFC 9112 section 3.2, cut into path segments and query parameters.
 *
 * The parser works on the raw bytes: `+` is a plus sign (gain=1e+3; RFC 3986), and each value is given as HTML forms
 * mean it, too, %00 is refused, and an escaped slash stays inside its segment. The origin form and the absolute form
 * (RFC 9112 section 3.2.2) are accepted; "*" is for OPTIONS.
 *
 * Memory: decoded text goes into the caller's storage of srv_target_storage(len) bytes, which must outlive the target.
 * The raw text is not needed afterwards. */
#ifndef SRV_HTTP_TARGET_H
#define SRV_HTTP_TARGET_H

#include "http/message.h"

#define SRV_SEGMENTS_MAX 16

struct srv_target {
    const char *path;                       /* decoded, "/" at least, NUL-terminated */
    const char *segments[SRV_SEGMENTS_MAX]; /* "/a/b" -> "a", "b"; "/" -> none; "/a/" -> "a", "" */
    size_t n_segments;
    struct srv_param params[SRV_PARAMS_MAX];
    size_t n_params;
    bool asterisk; /* the target was "*" */
};

static inline size_t srv_target_storage(size_t len)
{
    return 2 * len + 4; /* the path whole and in segments, values with + and with blanks, each with its NUL */
}

/* Why the target is no request target at all: a forbidden byte, or none of the forms. NULL: it is one. The HTTP of a
 * client that sends such a target is broken: its connection is closed. */
const char *srv_target_fault(const char *raw, size_t len);

/* The host and port of a target in absolute form; they override the Host field (RFC 9112 section 3.2.2). NULL for the
 * other forms, and if the host is malformed. */
const char *srv_target_authority(const char *raw, size_t len, size_t *authority_len);

/* Returns 200; 400 if the target is malformed; 414 if it has more segments or parameters than fit. On failure *err has
 * the text, and the parameter if one is at fault; err->code is not used. */
int srv_target_parse(struct srv_target *target, const char *raw, size_t len, char *storage, struct wi_error *err);

#endif
