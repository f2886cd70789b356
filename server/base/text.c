/* see text.h */
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 65536 /* a whole page fits */
#define MINUS "\xe2\x88\x92"
#define THIN_SPACE "\xe2\x80\xaf" /* that does not break */

static bool reserve(struct srv_text *text, size_t more)
{
    size_t cap = text->cap ? text->cap : FIRST_CAP;
    if (text->lost || more >= SIZE_MAX / 4 - text->len)
        return false;
    while (cap <= text->len + more)
        cap *= 2;
    char *bytes = cap == text->cap ? text->bytes : realloc(text->bytes, cap);
    if (!bytes) {
        text->lost = true;
        return false;
    }
    text->bytes = bytes;
    text->cap = cap;
    return true;
}

void srv_text_add(struct srv_text *text, const char *bytes, size_t len)
{
    if (!reserve(text, len))
        return;
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
}

void srv_text_put(struct srv_text *text, const char *markup)
{
    srv_text_add(text, markup, strlen(markup));
}

void srv_text_format(struct srv_text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    if (n >= 0 && reserve(text, (size_t)n)) {
        vsnprintf(text->bytes + text->len, (size_t)n + 1, format, again);
        text->len += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

/* The length of the UTF-8 character at s, which has n > 0 bytes; 0: there is none. */
static size_t character(const char *s, size_t n)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = (unsigned char)*s;
    const size_t len = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (len <= 1)
        return len;
    unsigned code = first & (0x7fu >> len);
    if (len > n)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | ((unsigned char)s[i] & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code < 0xe000, control = code < 0xa0;
    return code < least[len] || code > 0x10ffff || surrogate || control ? 0 : len;
}

static const char *reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

void srv_text_html(struct srv_text *text, const char *value, size_t len)
{
    for (size_t i = 0; i < len;) {
        const size_t n = character(value + i, len - i);
        const char *instead = n == 0 || is_control(value[i]) ? "?" : reference(value[i]);
        if (instead)
            srv_text_put(text, instead);
        else
            srv_text_add(text, value + i, n);
        i += n ? n : 1;
    }
}

void srv_text_url(struct srv_text *text, const char *value, size_t len)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~,:/";
    for (size_t i = 0; i < len; i++) {
        if (memchr(plain, value[i], sizeof plain - 1))
            srv_text_add(text, value + i, 1);
        else
            srv_text_format(text, "%%%02X", (unsigned)(unsigned char)value[i]);
    }
}

void srv_text_real(struct srv_text *text, double value, int digits)
{
    char number[40];
    snprintf(number, sizeof number, "%.*g", digits, fabs(value));
    if (value < 0)
        srv_text_put(text, MINUS);
    for (const char *at = number; *at; at++) {
        if (*at == '-')
            srv_text_put(text, MINUS);
        else
            srv_text_add(text, at, 1);
    }
}

void srv_text_integer(struct srv_text *text, unsigned long long value)
{
    char number[24];
    const size_t n = (size_t)snprintf(number, sizeof number, "%llu", value);
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0 && n > 4)
            srv_text_put(text, THIN_SPACE);
        srv_text_add(text, number + i, 1);
    }
}

char *srv_text_take(struct srv_text *text, size_t *len)
{
    char *bytes = text->lost ? NULL : text->bytes;
    if (text->lost)
        free(text->bytes);
    *len = bytes ? text->len : 0;
    *text = (struct srv_text){0};
    return bytes;
}
