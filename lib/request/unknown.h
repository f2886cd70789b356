/* unknown.h - a scheme that is not in the table: what to say, and which names are meant by it. */
#ifndef WI_REQUEST_UNKNOWN_H
#define WI_REQUEST_UNKNOWN_H

#include "wi.h"

/* Record the error. A name that several schemes continue (he, Xavier_init) gets all of them in the text, a word of
 * NumPy or torch the scheme that draws the same, any other the nearest name or alias. Returns WI_E_PARAM_UNKNOWN. */
enum wi_status wi_unknown_scheme(const struct wi_like_info *like, const char *name, struct wi_error *err);

#endif
