/* grammar.h - the words of HTTP: tokens, field values, hosts, methods. */
#ifndef SRV_HTTP_GRAMMAR_H
#define SRV_HTTP_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

/* token (RFC 9110 section 5.6.2), one byte at least. */
bool srv_is_token(const char *text, size_t len);

/* What a field's value may hold (RFC 9110 section 5.5): visible characters, blanks, tabs and obs-text. */
bool srv_is_field_value(const char *text, size_t len);

/* host [ ":" port ] with a name, an IPv4 or a bracketed IPv6 address, as Host and the target may have it; no user before it. */
bool srv_is_host(const char *text, size_t len);

/* A method of RFC 9110 or RFC 5789; anything else is answered with 501. */
bool srv_method_known(const char *method);

#endif
