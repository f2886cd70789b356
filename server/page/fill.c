/* Templates: see page.h. */
#include <stdlib.h>
#include <string.h>

#include "page/page.h"

static bool is(const char *name, size_t len, const char *other)
{
    return strlen(other) == len && !memcmp(name, other, len);
}

/* Write what NAME, or NAME REST, names. */
static bool write_part(struct srv_text *out, const struct srv_part_row *rows, const struct srv_page *page,
                       const char *name, size_t len)
{
    for (; rows->name; rows++) {
        const size_t n = strlen(rows->name);
        if (rows->write_named && len > n && !memcmp(name, rows->name, n))
            return rows->write_named(out, page, name + n, len - n);
        if (rows->write && is(name, len, rows->name)) {
            rows->write(out, page);
            return true;
        }
    }
    return false;
}

static void fill(struct srv_text *out, const char *at, const char *end, const struct srv_part_row *rows,
                 const struct srv_page *page)
{
    while (at < end) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        if (!close) {
            srv_text_add(out, at, (size_t)(end - at));
            return;
        }
        const size_t n = (size_t)(close - open) - 2;
        srv_text_add(out, at, (size_t)(open - at));
        at = close + 2;
        if (!write_part(out, rows, page, open + 2, n))
            out->lost = true;
    }
}

void srv_page_fill(struct srv_text *out, const struct srv_file *template, const struct srv_part_row *rows,
                   const struct srv_page *page)
{
    size_t len;
    char *text = srv_file_read(template, &len);
    if (text)
        fill(out, text, text + len, rows, page);
    else
        out->lost = true;
    free(text);
}
