/* see text.h */
#include "base/text.h"

#include <string.h>

#include "decimal.h"

void wi_text_bytes(struct wi_text *t, const char *bytes, size_t n)
{
    if (n > t->cap - t->len) {
        n = t->cap - t->len;
        t->overflow = true;
    }
    if (t->out)
        memcpy(t->out + t->len, bytes, n);
    t->len += n;
}

void wi_text_str(struct wi_text *t, const char *s)
{
    wi_text_bytes(t, s, strlen(s));
}

void wi_text_char(struct wi_text *t, char c)
{
    wi_text_bytes(t, &c, 1);
}

void wi_text_fill(struct wi_text *t, char c, size_t n)
{
    while (n--)
        wi_text_char(t, c);
}

void wi_text_u64(struct wi_text *t, uint64_t v)
{
    char digits[20];
    wi_text_bytes(t, digits, wi_decimal_u64(v, digits));
}

void wi_text_real(struct wi_text *t, double v)
{
    char digits[WI_DECIMAL_F64_MAX];
    wi_text_bytes(t, digits, wi_decimal_f64(v, digits));
}

void wi_text_list(struct wi_text *t, const uint64_t *v, unsigned n, const char *separator)
{
    for (unsigned i = 0; i < n; i++) {
        if (i)
            wi_text_str(t, separator);
        wi_text_u64(t, v[i]);
    }
}

void wi_text_url(struct wi_text *t, const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~,:", c);
        if (plain) {
            wi_text_char(t, *s);
        } else {
            wi_text_char(t, '%');
            wi_text_char(t, hex[c >> 4]);
            wi_text_char(t, hex[c & 15]);
        }
    }
}

void wi_text_json(struct wi_text *t, const char *s)
{
    wi_text_char(t, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            wi_text_char(t, '\\');
        wi_text_char(t, *s);
    }
    wi_text_char(t, '"');
}

size_t wi_text_end(struct wi_text *t)
{
    if (t->len == t->cap) {
        t->len--;
        t->overflow = true;
    }
    t->out[t->len] = 0;
    return t->len;
}
