/* names.h - compare a name with a row's name and aliases. */
#ifndef WI_BASE_NAMES_H
#define WI_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Whether name[0..len) is `own` or one of the blank-separated `aliases`. */
bool wi_named(const char *own, const char *aliases, const char *name, size_t len);

/* The same for a name as other programs write it: capitals are small letters, and a blank, a plus, a minus or an
 * underscore between two characters is nothing: LeakyReLU and "Leaky ReLU" are leaky_relu. */
bool wi_named_loosely(const char *own, const char *aliases, const char *name, size_t len);

#endif
