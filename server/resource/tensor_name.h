/* tensor_name.h - the names under which tensors are saved. */
#ifndef SRV_RESOURCE_TENSOR_NAME_H
#define SRV_RESOURCE_TENSOR_NAME_H

#include "wi.h"

#define SRV_SHAPE_CAP (WI_RANK_MAX * 21 + 8)
#define SRV_NAME_CAP (3 * SRV_SHAPE_CAP + 120)

/* "256x128", "256,128"; "scalar" without dimensions, because a field must not be empty. Returns text. */
const char *srv_shape_text(const struct wi_plan *plan, const char *separator, char text[SRV_SHAPE_CAP]);

/* The name of the file that the plan lays out, xavier_uniform-256x128-f32-seed7.npy, and of what is answered: the same,
 * but for a digest .sha256 or .sha256sum behind it. A slice is in it, normal-64x64-slice0_16x5_9-f32-seed7.npy; two
 * files that differ by another parameter may have one name. Both return the length. */
size_t srv_file_name(const struct wi_plan *plan, char name[SRV_NAME_CAP]);
size_t srv_answer_name(const struct wi_plan *plan, char name[SRV_NAME_CAP]);

#endif
