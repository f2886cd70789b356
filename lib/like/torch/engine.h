/* engine.h - torch.manual_seed and the CPU kernels of Tensor.uniform_, normal_ and torch.randperm.
 *
 *     struct wi_torch t;                            torch.manual_seed(0)
 *     wi_torch_seed(&t, 0);                         torch.empty(3).normal_()
 *     wi_torch_normal(&t, rules, WI_F32, 0, 1, 3, out);   1.5410 -0.2934 -2.1788
 *
 * Numbers: the Linux x86-64 builds on a CPU with AVX2 or AVX-512, contiguous tensors.
 * Seeds  : only the low 32 bits reach the generator; negative seeds are their two's complement.
 * Output : f64, f32, or the bits of f16 / bf16, by dtype.
 * State  : caller-owned, may be copied; it continues from tensor to tensor as torch's does. Threads: pure over it. */
#ifndef WI_LIKE_TORCH_ENGINE_H
#define WI_LIKE_TORCH_ENGINE_H

#include "like/shared/mt_window.h"
#include "replay.h"
#include "wi.h"

struct wi_torch {
    struct wi_words words;
    double spare; /* the second normal of a pair drawn by the scalar path */
    int has_spare;
};

/* How the 16-bit normals of a block are computed from its 16 uniforms. */
enum wi_torch_half {
    WI_TORCH_HALF_TAIL,   /* f16: log and radius rounded, then f32 with one rounding; bf16: every operation rounded */
    WI_TORCH_HALF_EVERY,  /* every operation is rounded to the 16-bit type */
    WI_TORCH_HALF_SCALAR, /* f32 by libm's f32 functions, one rounding; mean and std rounded to the 16-bit type */
    WI_TORCH_HALF_VECTOR  /* f32 throughout by the f32 kernel, one rounding */
};

/* The differences between releases. */
struct wi_torch_rules {
    bool log1p;  /* the scalar path's radius is by log1p(-u), not log(1-u) */
    bool opmath; /* uniforms of 16-bit types are drawn as f32; one that rounds to the upper bound becomes the lower one;
                          * truncated normals are by rejection, not by erfinv */
    bool fits;   /* numbers beyond a 16-bit type's largest raise in tensors of one element too */
    bool mkl;    /* erfinv of f32 and f64 is MKL's, approximated here by the correctly rounded one */
    enum wi_torch_half half;
};

void wi_torch_seed(struct wi_torch *t, uint64_t seed);

/* A generator that was seeded with `seed` and stands at the mark. */
void wi_torch_stand(struct wi_torch *t, const struct wi_torch_rules *rules, uint64_t seed,
                    const struct wi_replay_mark *mark);

/* from + (to - from) * u. from and to are rounded to the type first. */
void wi_torch_uniform(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype, double from,
                      double to, size_t n, void *out);

/* Fewer than 16 elements: Box-Muller in f64, pair by pair. Otherwise blocks of 16 in the type's own arithmetic; when 16
 * does not divide n the last 16 elements are drawn again. std >= 0. */
void wi_torch_normal(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype, double mean,
                     double std, size_t n, void *out);

/* torch.nn.init.trunc_normal_: mean and std of the parent, absolute bounds a < b. */
struct wi_torch_trunc {
    double mean, std, a, b;
};
/* Bytes of scratch of wi_torch_trunc_normal. */
size_t wi_torch_trunc_scratch(const struct wi_torch_rules *rules, enum wi_dtype_id dtype, size_t n);
void wi_torch_trunc_normal(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype,
                           const struct wi_torch_trunc *trunc, size_t n, void *out, void *scratch);

/* A random order of 0..n-1, n < 214748364. */
void wi_torch_randperm(struct wi_torch *t, uint32_t n, uint32_t *out);

/* ---- engine_isa.c: from words to values; a block is 16 elements ---- */

#define WI_TORCH_BLOCKS 32 /* at a time, at most */

struct wi_torch_affine {
    double scale, shift; /* value = fma(x, scale, shift) */
};

/* u = the low `bits` bits of a word, as a fraction. */
WI_ISA_FN(void, wi_torch_uniform_f32,
          (const uint32_t *words, unsigned bits, const struct wi_torch_affine *map, size_t n, float *out))
WI_ISA_FN(void, wi_torch_uniform_f64, (const uint32_t *words, const struct wi_torch_affine *map, size_t n, double *out))
WI_ISA_FN(void, wi_torch_normal_f32,
          (const uint32_t *words, const struct wi_torch_affine *map, size_t blocks, float *out))
WI_ISA_FN(void, wi_torch_normal_f64,
          (const uint32_t *words, const struct wi_torch_affine *map, size_t blocks, double *out))
/* dtype: f16 or bf16. out: f32 values on the grid of the type. */
WI_ISA_FN(void, wi_torch_normal_half,
          (const uint32_t *words, enum wi_torch_half how, enum wi_dtype_id dtype, const struct wi_torch_affine *map,
           size_t blocks, float *out))
/* torch's own erfinv, in place. exact: computed in f64 and rounded. */
WI_ISA_FN(void, wi_torch_erfinv_f32, (float *x, size_t n, bool exact))
WI_ISA_FN(void, wi_torch_erfinv_f64, (double *x, size_t n))

#endif
