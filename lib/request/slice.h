/* slice.h - parts of a tensor in NumPy's syntax, step 1.
 *
 * start:stop per dimension, either may be left out, negative counts from the end, a stop beyond the end is cut to it;
 * one number keeps the dimension with length 1; dimensions that are not named are taken whole. Unlike NumPy, a start
 * outside the dimension and an empty result are errors. */
#ifndef WI_REQUEST_SLICE_H
#define WI_REQUEST_SLICE_H

#include "wi.h"

/* Set start, out_shape and out_elems; write the slice in its canonical form into the request, or drop it from
 * plan->params when it is the whole tensor. */
enum wi_status wi_slice_resolve(struct wi_plan *plan, struct wi_error *err);

/* Elements of the part lie in runs that are contiguous in the whole tensor. For element i of the part: its index in the
 * whole, and in *run how many elements from it on are contiguous. */
uint64_t wi_slice_locate(const struct wi_part *part, uint64_t i, uint64_t *run);

/* The index in the whole of element i of the part, counted with the first dimension varying fastest. */
uint64_t wi_slice_locate_by_columns(const struct wi_part *part, uint64_t i);

#endif
