/* table.h - the tables behind like=: for every framework the schemes it has, computed as it computes them.
 *
 * Each table holds rows of the same kind as the native schemes, with the framework's own parameters, defaults and layout.
 * Table 0 is the native one. A release whose numbers differ is a table of its own over the same rows; what differs is its
 * variant. A new framework is one folder, and its name in the list of table.c. */
#ifndef WI_LIKE_TABLE_H
#define WI_LIKE_TABLE_H

#include "scheme/scheme.h"

struct wi_like {
    struct wi_like_info info;
    const struct wi_scheme *const *rows; /* info.n_schemes of them */
    enum wi_layout layout;               /* the only one the framework has; of the native table: the default */
    const void *variant;                 /* the framework's own: what a release does otherwise */
};

/* The table that a tensor's row stands in. */
const struct wi_like *wi_like_of(const struct wi_tensor *tensor);

/* The row of that name or alias, NULL if there is none. */
const struct wi_scheme *wi_like_scheme(const struct wi_like_info *like, const char *name, size_t len);

#endif
