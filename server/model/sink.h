/* sink.h - text that is counted, and written when there is a place for it: a function that puts is called twice, once with
 * out NULL for the length. */
#ifndef SRV_MODEL_SINK_H
#define SRV_MODEL_SINK_H

#include <string.h>

#include "wi.h"

struct srv_sink {
    char *out;
    size_t len;
};

static inline void srv_put(struct srv_sink *s, const char *text, size_t len)
{
    if (s->out)
        memcpy(s->out + s->len, text, len);
    s->len += len;
}

static inline void srv_put_text(struct srv_sink *s, const char *text)
{
    srv_put(s, text, strlen(text));
}

static inline void srv_put_number(struct srv_sink *s, uint64_t number)
{
    char digits[WI_DECIMAL_U64_MAX];
    if (s->out)
        srv_put(s, digits, wi_decimal_u64(number, digits));
    else
        for (s->len++; number > 9; number /= 10)
            s->len++;
}

/* A name between quotes; it is printable ASCII, so only two characters need a backslash. */
static inline void srv_put_name(struct srv_sink *s, const char *name, size_t len)
{
    srv_put(s, "\"", 1);
    if (!memchr(name, '"', len) && !memchr(name, '\\', len)) {
        srv_put(s, name, len);
    } else {
        for (size_t i = 0; i < len; i++) {
            srv_put(s, "\\", name[i] == '"' || name[i] == '\\');
            srv_put(s, name + i, 1);
        }
    }
    srv_put(s, "\"", 1);
}

#endif
