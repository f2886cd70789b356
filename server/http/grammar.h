/* grammar.h - syntax of HTTP: tokens, field values, hosts, methods. Pure: no memory. */
#ifndef SRV_HTTP_GRAMMAR_H
#define SRV_HTTP_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

/* A token (RFC 9110 section 5.6.2) of at least one byte. */
bool srv_is_token(const char *text, size_t len);

/* A field value (RFC 9110 section 5.5): visible characters, blanks, tabs and obs-text. */
bool srv_is_field_value(const char *text, size_t len);

/* host [ ":" port ] as in Host and in an absolute target: a name, an IPv4 or a bracketed IPv6 address; no user name. */
bool srv_is_host(const char *text, size_t len);

/* A method of RFC 9110 or RFC 5789. Other methods are answered with 501. */
bool srv_method_known(const char *method);

#endif
