/* text.h - a text that grows, and what HTML wants of the values in it.
 *
 * Everything that comes from a request or a table goes through srv_text_html or srv_text_url; srv_text_put is for
 * markup that stands in the source. When memory runs out the text is `lost`: it takes nothing more, and
 * srv_text_take returns NULL. */
#ifndef SRV_BASE_TEXT_H
#define SRV_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct srv_text {
    char *bytes; /* malloc'd */
    size_t len, cap;
    bool lost;
};

/* Add markup as it stands. */
void srv_text_add(struct srv_text *text, const char *bytes, size_t len);
void srv_text_put(struct srv_text *text, const char *markup);
/* Add what the format makes, as it stands: for markup around numbers and names of tables. */
void srv_text_format(struct srv_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Add a value with & < > " ' written as references. Control characters but line ends and tabs, and bytes that are no UTF-8 become '?'. */
void srv_text_html(struct srv_text *text, const char *value, size_t len);
/* Add a value of a query: all but letters, digits and -._~,:/ percent-encoded, which needs no references. */
void srv_text_url(struct srv_text *text, const char *value, size_t len);
/* Add a number of at most `digits` significant digits, as a person writes it, with a true minus. */
void srv_text_real(struct srv_text *text, double value, int digits);
/* Add an integer with thin spaces between groups of three digits. */
void srv_text_integer(struct srv_text *text, unsigned long long value);

/* The bytes, NUL-terminated, for the caller to free; NULL if the text is lost. The text is empty afterwards. */
char *srv_text_take(struct srv_text *text, size_t *len);

#endif
