/* generator.h - numpy.random.Generator: random, uniform, standard_normal, normal.
 *
 * Version: NumPy 1.22 and later (1.21 and before drew 23-bit f32 uniforms).
 * Source : 53- and 24-bit uniforms, the ziggurat of ziggurat.h. 1.5 % of the draws call exp or log1p
 *          (fmath/f64.h), which decide the value of 0.03 %.
 * Threads: pure over the generator. */
#ifndef WI_LIKE_NUMPY_GENERATOR_H
#define WI_LIKE_NUMPY_GENERATOR_H

#include "like/numpy/bitgen.h"

/* low + (high - low) * u; low 0 and high 1 is random(). */
void wi_np_uniform(struct wi_bitgen *g, enum wi_bitgen_kind kind, double low, double high, size_t n, double *out);
void wi_np_random32(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, float *out);
void wi_np_standard_normal(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, double *out);
void wi_np_standard_normal32(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, float *out);

#endif
