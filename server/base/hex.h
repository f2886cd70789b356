/* hex.h - hexadecimal digits. Pure functions. */
#ifndef SRV_BASE_HEX_H
#define SRV_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of a digit of either case; -1: it is none. */
int srv_hex_digit(char c);
/* Read 2 * len digits into len bytes. False: the text has another character, or ends, before that. */
bool srv_hex_read(const char *text, uint8_t *bytes, size_t len);
/* Write len bytes as 2 * len digits of lower case and a terminator. */
void srv_hex(const uint8_t *bytes, size_t len, char *out);

#endif
