/* engine.h - jax.random with the threefry2x32 generator: bits, uniform, normal, truncated_normal.
 *
 *     key = (0, 42)                                     jax.random.normal(jax.random.key(42), (4,))
 *                                                       -0.0283046 0.4671319 0.2957030 0.1535459
 *
 * Every element is a function of the key, its index and (the older mode) the size of the array: any range can be asked.
 * Source : Salmon et al. 2011 (threefry, 20 rounds); Giles 2012 (erfinv). Arithmetic: what XLA's CPU compiler makes of
 *          it on a CPU with FMA, where a product and a sum become one operation. f64 takes glibc's log: fmath/fmath.h.
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
};

/* Words of 8, 16 or 32 bits, and of 64, of elements [first, first + n). */
void wi_jax_bits32(const struct wi_jax *j, unsigned width, uint64_t first, size_t n, uint32_t *out);
void wi_jax_bits64(const struct wi_jax *j, uint64_t first, size_t n, uint64_t *out);

/* f32, f16 and bf16 results are f32 values on the type's grid; bounds are values of the type. */
void wi_jax_uniform(const struct wi_jax *j, enum wi_dtype_id dtype, float low, float high, uint64_t first, size_t n,
                    float *out);
void wi_jax_normal(const struct wi_jax *j, enum wi_dtype_id dtype, uint64_t first, size_t n, float *out);
/* Standard normal between -2 and 2. */
void wi_jax_truncated(const struct wi_jax *j, enum wi_dtype_id dtype, uint64_t first, size_t n, float *out);

void wi_jax_uniform_f64(const struct wi_jax *j, double low, double high, uint64_t first, size_t n, double *out);
void wi_jax_normal_f64(const struct wi_jax *j, uint64_t first, size_t n, double *out);
void wi_jax_truncated_f64(const struct wi_jax *j, uint64_t first, size_t n, double *out);

/* ---- engine_isa.c ---- */
WI_ISA_FN(void, wi_threefry, (const uint32_t key[2], size_t n, uint32_t *x0, uint32_t *x1)) /* in place */
/* low + (high - low) * u in f32, at least low */
WI_ISA_FN(void, wi_jax_scale_f32, (const uint32_t *bits, float low, float span, size_t n, float *out))
/* x = sqrt2 * erfinv(x), the two operations rounded apart */
WI_ISA_FN(void, wi_jax_probit_f32, (float *x, float sqrt2, size_t n))
WI_ISA_FN(void, wi_jax_probit_f64, (double *x, size_t n))

#endif
