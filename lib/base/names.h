/* names.h - compare a name with a row's name and aliases. */
#ifndef WI_BASE_NAMES_H
#define WI_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Whether name[0..len) is `own` or one of the blank-separated `aliases`. */
bool wi_named(const char *own, const char *aliases, const char *name, size_t len);

#endif
