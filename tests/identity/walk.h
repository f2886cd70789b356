/* walk.h - the requests that identity is tested with, derived from the library's own tables: every scheme of every
 * framework in every dtype, with odd sizes, slices, huge offsets, layouts, formats, streams, seeds, and every value of
 * every choice a scheme takes. What a scheme, dtype or format refuses is left out by the caller: refusals are part of
 * the tables too and so the same everywhere. */
#ifndef IDENTITY_WALK_H
#define IDENTITY_WALK_H

#include "wi.h"

enum { WALK_TEXT_CAP = 512 };

/* Called with each request of one scheme and dtype: "/init?...". */
typedef void walk_visit(void *ctx, const char *request);

void walk_scheme(const struct wi_like_info *like, const struct wi_scheme_info *scheme, const struct wi_dtype *dtype,
                 walk_visit *visit, void *ctx);

/* The requests of what came later: parameters, layouts, orders and shapes. They have lines of their own, because the lines of
 * walk_scheme never change. */
void walk_later(const struct wi_like_info *like, const struct wi_scheme_info *scheme, const struct wi_dtype *dtype,
                walk_visit *visit, void *ctx);

#endif
