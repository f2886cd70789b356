/* table.h - the tables behind like=: for every framework the schemes it has, computed as it computes them.
 *
 * Each table is a struct wi_like: rows of the same kind as the native schemes, with the framework's own parameters,
 * defaults and layout. Table 0 is the native one. */
#ifndef WI_LIKE_TABLE_H
#define WI_LIKE_TABLE_H

#include "scheme/scheme.h"

extern const struct wi_like wi_like_native;
extern const struct wi_like wi_like_numpy, wi_like_generator;
extern const struct wi_like wi_like_jax, wi_like_jax_legacy, wi_like_tfjs;
extern const struct wi_like wi_like_torch, wi_like_torch_2_12, wi_like_torch_2_1, wi_like_torch_2_0, wi_like_torch_1_13;

const struct wi_like *wi_like_table(unsigned i); /* NULL after the last */

#endif
