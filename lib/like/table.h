/* table.h - the tables of like=: one per framework, with the schemes of the framework, computed as the framework does.
 *
 * Rows are of the same type as the native schemes and have the framework's own parameters, defaults and layout.
 * Table 0 is the native one. A release with other numbers is a table of its own over the same rows; `variant` holds
 * the differences. A new framework is one folder and its name in the list of table.c. */
#ifndef WI_LIKE_TABLE_H
#define WI_LIKE_TABLE_H

#include "scheme/scheme.h"

struct wi_like {
    struct wi_like_info info;
    const struct wi_scheme *const *rows; /* info.n_schemes of them */
    enum wi_layout layout;               /* the framework's only layout; the native table's default one */
    unsigned seeds;                      /* WI_P_BIT-like set of 1 << enum wi_seed_form: forms besides PLAIN */
    const void *variant;                 /* the differences of a release, a type of the framework's own */
};

/* The table of the tensor's row. */
const struct wi_like *wi_like_of(const struct wi_tensor *tensor);

/* The row of that name or alias, NULL if there is none. */
const struct wi_scheme *wi_like_scheme(const struct wi_like_info *like, const char *name, size_t len);

#endif
