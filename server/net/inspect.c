/* Judge the header of a request: http/guard.h, and faults that the library hides from it. See net_private.h. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "http/guard.h"
#include "net/net_private.h"
#include "server.h"

#define FIELD_BYTES 64 /* the library's record of a field or cookie, beside its text */

/* Row layout: a library before 1.0 hides a NUL in the target, a line without a name and a folded line. It cuts the
 * header up in place, so the pieces that it reports (target, version, names, values) must follow one another in memory,
 * with nothing but line ends between them. Later versions refuse such requests, and are not looked into. */
struct layout {
    bool known; /* the library is old enough, and the target whole */
    bool broken;
    const char *end; /* of the last piece */
    ptrdiff_t most;  /* bytes between a name and its value: blanks, as many as fit in a header */
};

bool srv_inspect_old_library(void)
{
    return !strncmp(MHD_get_version(), "0.", 2);
}

/* The next piece must begin 1 to `most` bytes after the end of the last one. */
static void see_piece(struct layout *layout, const char *piece, size_t len, ptrdiff_t most)
{
    ptrdiff_t gap = (ptrdiff_t)((uintptr_t)piece - (uintptr_t)layout->end);
    layout->broken |= gap < 1 || gap > most;
    layout->end = piece + len;
}

struct inspection {
    struct srv_guard guard;
    struct layout layout;
    size_t records; /* bytes of the library's records of fields and cookies */
};

static enum MHD_Result inspect_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                     const char *value, size_t value_len)
{
    struct inspection *in = cls;
    in->records += FIELD_BYTES;
    if (kind == MHD_COOKIE_KIND) { /* the library has copied the field for it */
        in->records += name_len + value_len + 4;
        return MHD_YES;
    }
    srv_guard_field(&in->guard, name, name_len, value ? value : "", value_len);
    if (in->layout.known) {
        see_piece(&in->layout, name, name_len, 2);
        see_piece(&in->layout, value, value_len, in->layout.most);
    }
    return MHD_YES;
}

/* Returns the size of the header. */
static size_t inspect_fields(struct inspection *in, const struct srv_connection *c, const char *version)
{
    const struct srv_exchange *x = &c->exchange;
    const union MHD_ConnectionInfo *info;
    in->layout = (struct layout){.known = c->http->old_library && x->target,
                                 .end = x->target_there + x->target_len,
                                 .most = (ptrdiff_t)c->http->srv->config->header_bytes};
    if (in->layout.known)
        see_piece(&in->layout, version, strlen(version), 1);
    MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND | MHD_COOKIE_KIND, inspect_field, in);
    info = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (in->layout.known && info)
        see_piece(&in->layout, x->method + info->header_size, 0, 4);
    return info ? info->header_size : 0;
}

/* Is the header larger than --header-bytes, or are there so many fields that the library has no memory left for the
 * header of a usual answer? */
static bool is_too_large(const struct srv_exchange *x, size_t bytes, size_t most)
{
    return bytes > most || x->header_memory > most + SRV_BESIDE_HEADER_BYTES / 2;
}

/* Row expect: make the field empty if there is no content to continue with. The library looks at it after this. */
static void hide_expectation(const struct srv_guard *guard)
{
    const char *expect = guard->field[SRV_FIELD_EXPECT];
    if (expect && *expect && !guard->content_length && !guard->n_coding)
        *(char *)(uintptr_t)expect = '\0';
}

enum MHD_Result srv_inspect(struct srv_connection *c, const char *version)
{
    struct srv_exchange *x = &c->exchange;
    struct inspection in = {.records = 0};
    char size[160];
    const char *detail;
    srv_content_begin(c);
    in.guard.content_max = x->content_max;
    const size_t bytes = inspect_fields(&in, c, version), most = (size_t)c->http->srv->config->header_bytes;
    x->header_memory = bytes + in.records;
    const char *slug = srv_guard_verdict(&in.guard, x->method, version, &detail);
    if (!slug && !x->target)
        slug = "uri-too-long";
    if (!slug && is_too_large(x, bytes, most)) {
        slug = "header-too-large";
        snprintf(size, sizeof size, "The header has %zu bytes in %u fields; up to %zu bytes are read (--header-bytes).",
                 bytes, in.guard.n_fields, most);
        detail = size;
    }
    if (!slug && in.layout.broken) {
        slug = "bad-request";
        detail = "The header has a NUL, a folded line, a line without a name, or blanks where there must be none.";
    }
    hide_expectation(&in.guard);
    srv_fields_keep(c, &in.guard);
    return slug ? srv_answer_refuse(c, slug, detail) : MHD_YES;
}
