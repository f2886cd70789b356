/* kernel.h - from random words to numbers, one kernel per distribution and type. Internal to lib/dist.
 *
 * A kernel turns the words of `groups` whole groups of 64 elements (64 words each for 32-bit elements, 128 for 64-bit
 * ones) into elements. Formulas, constants and the order of operations: docs/ALGORITHM.md.
 * Requires: round to nearest, no flush to zero; compiled without contraction (-ffp-contract=off). */
#ifndef WI_DIST_KERNEL_H
#define WI_DIST_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/dispatch.h"
#include "draw.h"

enum { WI_GROUP = 64 };

/* An element is unit * scale + shift, then (uniform and truncated) not below lo and not above hi. */
struct wi_affine_f32 {
    float scale, shift, lo, hi;
};
struct wi_affine_f64 {
    double scale, shift, lo, hi;
};

typedef void wi_kernel_f32(const uint32_t *words, size_t groups, const struct wi_affine_f32 *to, float *out);
typedef void wi_kernel_f64(const uint32_t *words, size_t groups, const struct wi_affine_f64 *to, double *out);
typedef void wi_kernel_half(const float *in, size_t n, uint16_t *out);

WI_ISA_DECLARE(wi_kernel_f32, wi_uniform_f32);
WI_ISA_DECLARE(wi_kernel_f32, wi_normal_f32);
WI_ISA_DECLARE(wi_kernel_f32, wi_truncated_f32);
WI_ISA_DECLARE(wi_kernel_f64, wi_uniform_f64);
WI_ISA_DECLARE(wi_kernel_f64, wi_normal_f64);
WI_ISA_DECLARE(wi_kernel_f64, wi_truncated_f64);
WI_ISA_DECLARE(wi_kernel_half, wi_f16);
WI_ISA_DECLARE(wi_kernel_half, wi_bf16);

/* The kernels of one instruction level, by enum wi_draw_kind. */
struct wi_kernels {
    wi_kernel_f32 *f32[WI_DRAW_KIND_COUNT];
    wi_kernel_f64 *f64[WI_DRAW_KIND_COUNT];
    wi_kernel_half *f16, *bf16;
};

/* The kernels of the level in use. */
const struct wi_kernels *wi_kernels(void);

#endif
