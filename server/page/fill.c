/* Templates: see page.h. */
#include <string.h>

#include "page/page.h"

static bool is(const char *name, size_t len, const char *other)
{
    return strlen(other) == len && !memcmp(name, other, len);
}

static srv_part *find(const struct srv_part_row *rows, const char *name, size_t len)
{
    for (; rows->name; rows++)
        if (is(name, len, rows->name))
            return rows->write;
    return NULL;
}

static void write_part(struct srv_text *out, srv_part *part, const struct srv_page *page)
{
    if (part)
        part(out, page);
    else
        out->lost = true;
}

void srv_page_fill(struct srv_text *out, const char *template, size_t len, const struct srv_part_row *rows,
                   const struct srv_page *page)
{
    const char *const end = template + len;
    for (const char *at = template; at < end;) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        if (!close) {
            srv_text_add(out, at, (size_t)(end - at));
            return;
        }
        const size_t n = (size_t)(close - open) - 2;
        srv_text_add(out, at, (size_t)(open - at));
        at = close + 2;
        write_part(out, find(rows, open + 2, n), page);
    }
}
