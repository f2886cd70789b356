/* past.h - after= and key=: lists of what a framework did before it made the tensor.
 *
 *     after=uniform:64x32,uniform:64,normal:10:f64,words:9      draws, in order; a bare number is words
 *     key=split:3:1,fold_in:7                                   fold_in(split(key, 3)[1], 7)
 *
 * A shape counts as its number of elements; a draw of no dtype has that of the request. */
#ifndef WI_REQUEST_PAST_H
#define WI_REQUEST_PAST_H

#include "base/text.h"
#include "wi.h"

/* Read the list of parameter p, WI_P_AFTER or WI_P_KEY. value is NUL-terminated. False: `what` says what is wrong. */
bool wi_past_read(enum wi_param p, const char *value, struct wi_past *past, char *what, size_t cap);
void wi_past_write(struct wi_text *t, const struct wi_past *past);
/* What p takes, for people. */
void wi_past_allow(struct wi_text *t, enum wi_param p);

#endif
