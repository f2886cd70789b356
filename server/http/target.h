/* target.h - the request target of RFC 9112 section 3.2, cut into path segments and query parameters.
 *
 * Works on the bytes as they came, so that nothing is lost on the way: `+` is a plus sign (gain=1e+3 means what it says;
 * this is RFC 3986, not HTML form encoding), %00 is seen and refused, and an escaped slash stays inside its segment.
 * Origin form and absolute form (RFC 9112 section 3.2.2) are accepted; "*" is for OPTIONS.
 *
 * Memory: decoded text goes into the caller's storage of srv_target_storage(len) bytes, which must outlive the target;
 * the raw text is not needed afterwards. */
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
    return 2 * len + 4; /* the path twice (whole, in segments), each piece with its NUL */
}

/* What is wrong with the target before it is even parsed (a byte that may not stand there, neither of the forms), NULL if
 * nothing is. Such a target says that the client's HTTP is broken: the connection is closed. */
const char *srv_target_fault(const char *raw, size_t len);

/* The host and port of a target in absolute form, which stand above the Host field (RFC 9112 section 3.2.2). NULL for the
 * other forms, and for what is no host. */
const char *srv_target_authority(const char *raw, size_t len, size_t *authority_len);

/* Returns 200, or the status of the error whose text (and parameter, if one is at fault) is in *err: 400 for what is
 * malformed, 414 for more segments or parameters than fit. err->code is not used. */
int srv_target_parse(struct srv_target *target, const char *raw, size_t len, char *storage, struct wi_error *err);

#endif
