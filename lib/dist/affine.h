/* affine.h - the last steps of a kernel. For *_isa.c files only. */
#ifndef WI_AFFINE_H
#define WI_AFFINE_H

#include "dist/kernel.h"
#include "vec.h"

/* x * scale + shift: a rounded product, then a rounded sum. */
WI_INLINE wi_f32v wi_affine_f32(wi_f32v x, const struct wi_affine_f32 *to)
{
    return x * to->scale + to->shift;
}

WI_INLINE wi_f64v wi_affine_f64(wi_f64v x, const struct wi_affine_f64 *to)
{
    return x * to->scale + to->shift;
}

/* The same, moved to lo or hi when outside of them. */
WI_INLINE wi_f32v wi_affine_clamp_f32(wi_f32v x, const struct wi_affine_f32 *to)
{
    wi_f32v lo = wi_splat_f32(to->lo), hi = wi_splat_f32(to->hi);
    x = wi_affine_f32(x, to);
    x = wi_select_f32(x < lo, lo, x);
    return wi_select_f32(x > hi, hi, x);
}

WI_INLINE wi_f64v wi_affine_clamp_f64(wi_f64v x, const struct wi_affine_f64 *to)
{
    wi_f64v lo = wi_splat_f64(to->lo), hi = wi_splat_f64(to->hi);
    x = wi_affine_f64(x, to);
    x = wi_select_f64(x < lo, lo, x);
    return wi_select_f64(x > hi, hi, x);
}

#endif
