/* see json.h */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024

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
        if (line) {
            text = line;
            memcpy(text + len++, "\n", 2);
        }
    }
    srv_reply_text_take(reply, status, content_type, text, len);
}
