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

static inline size_t srv_count_digits(uint64_t number)
{
    size_t n = 1;
    for (; number >= 10000; number /= 10000)
        n += 4;
    return n + (number >= 10) + (number >= 100) + (number >= 1000);
}

static inline void srv_put_number(struct srv_sink *s, uint64_t number)
{
    char digits[WI_DECIMAL_U64_MAX];
    if (s->out)
        srv_put(s, digits, wi_decimal_u64(number, digits));
    else
        s->len += srv_count_digits(number);
}

/* Are there no characters that JSON escapes in these names, which are printable ASCII? */
static inline bool srv_is_plain(const char *names, size_t len)
{
    return len == 0 || (!memchr(names, '"', len) && !memchr(names, '\\', len));
}

/* A name between quotes. plain: srv_is_plain of it, or of all names at once. */
static inline void srv_put_name(struct srv_sink *s, const char *name, size_t len, bool plain)
{
    srv_put(s, "\"", 1);
    if (plain) {
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
