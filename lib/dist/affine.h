/* affine.h - the last step of a kernel: scale and shift. For *_isa.c files only. */
#ifndef WI_DIST_AFFINE_H
#define WI_DIST_AFFINE_H

#include "dist/kernel.h"
#include "base/vec.h"

/* x * scale + shift: a rounded product, then a rounded sum. */
WI_INLINE wi_f32v wi_affine_f32(wi_f32v x, const struct wi_affine_f32 *to)
{
    return x * to->scale + to->shift;
}

WI_INLINE wi_f64v wi_affine_f64(wi_f64v x, const struct wi_affine_f64 *to)
{
    return x * to->scale + to->shift;
}

/* The same for one element, then clamped to [lo, hi]. gcc turns these conditions into min and max instructions in a
 * loop, which it does not do with vector masks. */
WI_INLINE float wi_clamped_f32(float x, const struct wi_affine_f32 *to)
{
    x = x * to->scale + to->shift;
    x = x < to->lo ? to->lo : x;
    return x > to->hi ? to->hi : x;
}

WI_INLINE double wi_clamped_f64(double x, const struct wi_affine_f64 *to)
{
    x = x * to->scale + to->shift;
    x = x < to->lo ? to->lo : x;
    return x > to->hi ? to->hi : x;
}

#endif
