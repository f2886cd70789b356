/* utf8.h - texts of names. */
#ifndef WI_REQUEST_UTF8_H
#define WI_REQUEST_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Is text[0..len) well-formed UTF-8 (Unicode, table 3-7: nothing overlong, no surrogates, at most U+10FFFF) without
 * control characters (U+0000 to U+001F, U+007F to U+009F)? */
bool wi_utf8_is_name(const char *text, size_t len);

#endif
