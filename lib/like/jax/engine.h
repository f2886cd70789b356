/* engine.h - jax.random with the threefry2x32 generator: bits, uniform, normal, truncated_normal.
 *
 *     key = (0, 42)                                     jax.random.normal(jax.random.key(42), (4,))
 *                                                       -0.0283046 0.4671319 0.2957030 0.1535459
 *
 * Every element is a function of the key, its index and, in the older mode, the size of the array. Any range can be
 * computed.
 * Source : Salmon et al. 2011 (threefry, 20 rounds); Giles 2012 (erfinv). Arithmetic: XLA's CPU compiler on a CPU
 *          with FMA, which fuses a product and a sum. f64 takes glibc's log: fmath/f64.h.
 * Threads: pure. */
#ifndef WI_LIKE_JAX_ENGINE_H
#define WI_LIKE_JAX_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/dispatch.h"
#include "wi.h"

struct wi_jax {
    uint32_t key[2];
    bool partitionable; /* jax_threefry_partitionable, the default since 0.5.0 */
    uint64_t size;      /* elements of the whole array; below 2^32 words unless partitionable */
    double log1p_least; /* f64: above it XLA's log1p is a quotient instead of a log */
};
#define WI_JAX_LOG1P_LEAST (-0x1.a827999fcef32p-2)      /* 1 - sqrt 2: until 0.11.0 */
#define WI_JAX_LOG1P_LEAST_0_11 (-0x1.2bec333018867p-2) /* sqrt(1/2) - 1: from 0.11.1 on */

/* jax.random.split(key, n)[i], i < n < 2^32, and fold_in(key, data): the key is replaced. */
void wi_jax_split(struct wi_jax *j, uint32_t n, uint32_t i);
void wi_jax_fold_in(struct wi_jax *j, uint32_t data);

/* Words of 8, 16 or 32 bits, and of 64, of elements [first, first + n). */
void wi_jax_bits32(const struct wi_jax *j, unsigned width, uint64_t first, size_t n, uint32_t *out);
void wi_jax_bits64(const struct wi_jax *j, uint64_t first, size_t n, uint64_t *out);

/* f32, f16 and bf16 results are f32 values on the type's grid; bounds are values of the type. */
void wi_jax_uniform(const struct wi_jax *j, enum wi_dtype_id dtype, float low, float high, uint64_t first, size_t n,
                    float *out);
void wi_jax_normal(const struct wi_jax *j, enum wi_dtype_id dtype, uint64_t first, size_t n, float *out);
/* factor * erfinv(uniform). A factor of sqrt 2 * std, rounded to the type, gives normals of standard deviation std. */
void wi_jax_scaled_erfinv(const struct wi_jax *j, enum wi_dtype_id dtype, float factor, uint64_t first, size_t n,
                          float *out);
/* sqrt 2 as f32, f16 or bf16 holds it. */
float wi_jax_sqrt2(enum wi_dtype_id dtype);
/* Standard normal between -2 and 2. */
void wi_jax_truncated(const struct wi_jax *j, enum wi_dtype_id dtype, uint64_t first, size_t n, float *out);

void wi_jax_uniform_f64(const struct wi_jax *j, double low, double high, uint64_t first, size_t n, double *out);
void wi_jax_normal_f64(const struct wi_jax *j, uint64_t first, size_t n, double *out);
void wi_jax_scaled_erfinv_f64(const struct wi_jax *j, double factor, uint64_t first, size_t n, double *out);
#define WI_JAX_SQRT2 1.41421356237309504880
void wi_jax_truncated_f64(const struct wi_jax *j, uint64_t first, size_t n, double *out);

/* ---- engine_isa.c ---- */
WI_ISA_FN(void, wi_threefry, (const uint32_t key[2], size_t n, uint32_t *x0, uint32_t *x1)) /* in place */
/* low + (high - low) * u in f32, at least low */
WI_ISA_FN(void, wi_jax_scale_f32, (const uint32_t *bits, float low, float span, size_t n, float *out))
/* x = factor * erfinv(x), the two operations rounded apart */
WI_ISA_FN(void, wi_jax_probit_f32, (float *x, float factor, size_t n))
WI_ISA_FN(void, wi_jax_probit_f64, (double *x, double factor, double log1p_least, size_t n))

#endif
