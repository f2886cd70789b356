/* see json.h */
#include "http/json.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024

/* An allocation of jansson failed: the document that is built has a hole. Per thread, because jansson passes no context to its
 * allocator. */
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

void srv_json_reply_take(struct srv_reply *reply, int status, const char *content_type, json_t *doc)
{
    size_t len = 0;
    char *text = NULL;
    if (doc) {
        text = json_dumps(doc, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        len = text ? strlen(text) : 0;
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
