/* text.h - build short texts in a buffer of known size.
 *
 * Invariant: out[0..len) is what was appended, len <= cap. Bytes that do not fit are dropped and set
 * `overflow`, so a caller checks once at the end. Only wi_text_end writes a terminator. */
#ifndef WI_BASE_TEXT_H
#define WI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wi_text {
    char *out;
    size_t cap, len;
    bool overflow;
};

/* A text that is only measured: len counts, nothing is written. */
static inline struct wi_text wi_text_measure(void)
{
    return (struct wi_text){.cap = SIZE_MAX};
}

static inline struct wi_text wi_text_in(void *out, size_t cap)
{
    return (struct wi_text){.out = out, .cap = cap};
}

void wi_text_bytes(struct wi_text *t, const char *bytes, size_t n);
void wi_text_str(struct wi_text *t, const char *s);
void wi_text_char(struct wi_text *t, char c);
void wi_text_fill(struct wi_text *t, char c, size_t n);
void wi_text_u64(struct wi_text *t, uint64_t v);
void wi_text_real(struct wi_text *t, double v); /* wi_decimal_f64 */
/* "256,128": n numbers with a separator between. */
void wi_text_list(struct wi_text *t, const uint64_t *v, unsigned n, const char *separator);
/* As a URL query value: everything but unreserved characters, ',' and ':' is percent-encoded. */
void wi_text_url(struct wi_text *t, const char *s);
/* As a JSON string with its quotes. s: UTF-8 without control characters. */
void wi_text_json(struct wi_text *t, const char *s);
/* Terminate inside cap; returns the length without the terminator. */
size_t wi_text_end(struct wi_text *t);

#endif
