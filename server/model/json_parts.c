/* see json_parts.h */
#include "model/json_parts.h"

#include <stdlib.h>
#include <string.h>

#define PART_BYTES (256u << 10) /* a part ends with the first member that ends behind them */

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
    while (at < len && strchr(" \t\r\n", text[at]) && text[at])
        at++;
    return at;
}

struct srv_json_parts srv_json_parts_of(const char *text, size_t len)
{
    struct srv_json_parts p = {.text = text, .len = len, .good = true};
    p.at = skip_blanks(text, len, 0);
    p.good = p.at < len && text[p.at++] == '{';
    return p;
}

/* The comma or brace that ends a part which begins at p->at; len: there is none. */
static size_t end_of_part(const struct srv_json_parts *p)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = p->at; i < p->len; i++) {
        const char c = p->text[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (depth == 0 && (c == '}' || (c == ',' && i - p->at >= PART_BYTES))) {
            return i;
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        }
    }
    return p->len;
}

/* The members in [p->at, end) as an object; NULL when they are none. */
static json_t *read_part(struct srv_json_parts *p, size_t end)
{
    const size_t n = end - p->at;
    free(p->room);
    p->room = malloc(n + 2);
    if (!p->room)
        return NULL;
    p->room[0] = '{';
    memcpy(p->room + 1, p->text + p->at, n);
    p->room[n + 1] = '}';
    json_t *part = json_loadb(p->room, n + 2, JSON_REJECT_DUPLICATES, NULL);
    if (json_object_size(part))
        return part;
    json_decref(part);
    return NULL;
}

json_t *srv_json_parts_next(struct srv_json_parts *p)
{
    json_t *part = NULL;
    if (p->good && !p->last) {
        const size_t end = end_of_part(p);
        p->last = end == p->len || p->text[end] == '}';
        part = end < p->len && (!p->last || skip_blanks(p->text, p->len, end + 1) == p->len) ? read_part(p, end) : NULL;
        p->good = part;
        p->at = end + 1;
    }
    if (!part)
        srv_json_parts_free(p);
    return part;
}

void srv_json_parts_free(struct srv_json_parts *p)
{
    free(p->room);
    p->room = NULL;
}
