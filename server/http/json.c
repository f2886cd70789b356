/* see json.h */
#include "http/json.h"

#include <stdlib.h>
#include <string.h>

#include "wi.h"

#define TEXT_MAX 1024

/* An allocation of jansson failed: the document that is built has a hole. Per thread, because jansson passes no context
 * to its allocator. */
static _Thread_local bool has_hole;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    has_hole |= !memory;
    return memory;
}

void srv_json_init(void)
{
    json_set_alloc_funcs(allocate, free);
}

bool srv_json_take_hole(void)
{
    const bool had = has_hole;
    has_hole = false;
    return had;
}

json_t *srv_json_ascii(const char *text, size_t len)
{
    char clean[TEXT_MAX];
    size_t n = len < TEXT_MAX ? len : TEXT_MAX;
    for (size_t i = 0; i < n; i++)
        clean[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    return json_stringn(clean, n);
}

/* jansson writes every real number with 17 digits. So a number is kept as a string between two marks, and the quotes
 * and marks go when the document is written. Nobody can send such a string: in the written text a backslash of
 * anybody's stands behind another one, so only a mark follows a quote like this. */
#define MARK "\x01"
#define OPENING "\"\\u0001"
#define CLOSING "\\u0001\""

json_t *srv_json_real(double value)
{
    char text[WI_DECIMAL_F64_MAX + 2 * sizeof MARK];
    size_t len = sizeof MARK - 1;
    memcpy(text, MARK, len);
    len += wi_decimal_f64(value, text + len);
    memcpy(text + len, MARK, sizeof MARK);
    return json_string(text);
}

/* Take the quotes and marks from the numbers; returns the new length. */
static size_t unquote(char *text)
{
    char *out = text;
    const char *at = text;
    for (const char *number; (number = strstr(at, OPENING)); at += sizeof CLOSING - 1) {
        const char *end = strstr(number, CLOSING);
        memmove(out, at, (size_t)(number - at));
        out += number - at;
        number += sizeof OPENING - 1;
        memmove(out, number, (size_t)(end - number));
        out += end - number;
        at = end;
    }
    const size_t rest = strlen(at) + 1;
    memmove(out, at, rest);
    return (size_t)(out - text) + rest - 1;
}

void srv_json_reply_take(struct srv_reply *reply, int status, const char *content_type, json_t *doc)
{
    size_t len = 0;
    char *text = NULL;
    if (doc) {
        text = json_dumps(doc, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        len = text ? unquote(text) : 0;
    }
    json_decref(doc);
    if (text) {
        char *line = realloc(text, len + 2);
        if (line)
            memcpy(line + len++, "\n", 2);
        else
            free(text);
        text = line;
    }
    if (srv_json_take_hole()) {
        free(text);
        text = NULL;
    }
    srv_reply_text_take(reply, status, content_type, text, len);
}
