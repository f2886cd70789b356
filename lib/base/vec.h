/* vec.h - GNU C vectors of exactly the width of the instruction level being compiled. For *_isa.c files only.
 *
 * WI_LANES 32-bit lanes or WI_LANES / 2 64-bit lanes: 16 with AVX-512, 8 with AVX2, 4 elsewhere. (Vectors wider than
 * the registers are lowered badly by gcc.) Every operation is one IEEE or integer operation per lane, so the width
 * never shows in the results. Loads and stores need the alignment of one lane only. */
#ifndef WI_BASE_VEC_H
#define WI_BASE_VEC_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define WI_LANES 16
#elif defined(__AVX2__)
#define WI_LANES 8
#else
#define WI_LANES 4
#endif
#define WI_LANES64 (WI_LANES / 2)

#define WI_INLINE static inline __attribute__((always_inline))

typedef uint32_t wi_u32v __attribute__((vector_size(WI_LANES * 4)));
typedef int32_t wi_i32v __attribute__((vector_size(WI_LANES * 4)));
typedef float wi_f32v __attribute__((vector_size(WI_LANES * 4)));
typedef uint64_t wi_u64v __attribute__((vector_size(WI_LANES * 4)));
typedef int64_t wi_i64v __attribute__((vector_size(WI_LANES * 4)));
typedef double wi_f64v __attribute__((vector_size(WI_LANES * 4)));
/* Vectors of half the size: 32-bit lanes that 64-bit lanes are converted to and from. */
typedef int32_t wi_i32h __attribute__((vector_size(WI_LANES * 2)));
typedef float wi_f32h __attribute__((vector_size(WI_LANES * 2)));

WI_INLINE wi_u32v wi_load_u32(const uint32_t *p)
{
    wi_u32v v;
    memcpy(&v, p, sizeof v);
    return v;
}

WI_INLINE wi_i32h wi_load_i32h(const uint32_t *p)
{
    wi_i32h v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* u64 lane i = word 2i + 2^32 * word 2i+1. */
WI_INLINE wi_u64v wi_load_u64(const uint32_t *p)
{
    wi_u64v v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = v << 32 | v >> 32;
#endif
    return v;
}

WI_INLINE wi_f32v wi_load_f32(const float *p)
{
    wi_f32v v;
    memcpy(&v, p, sizeof v);
    return v;
}

WI_INLINE wi_f64v wi_load_f64(const double *p)
{
    wi_f64v v;
    memcpy(&v, p, sizeof v);
    return v;
}

WI_INLINE void wi_store_u32(uint32_t *p, wi_u32v v)
{
    memcpy(p, &v, sizeof v);
}

WI_INLINE void wi_store_f32(float *p, wi_f32v v)
{
    memcpy(p, &v, sizeof v);
}

WI_INLINE void wi_store_f32h(float *p, wi_f32h v)
{
    memcpy(p, &v, sizeof v);
}

WI_INLINE void wi_store_f64(double *p, wi_f64v v)
{
    memcpy(p, &v, sizeof v);
}

/* All lanes equal x. */
WI_INLINE wi_u32v wi_splat_u32(uint32_t x)
{
    return (wi_u32v){0} + x;
}

/* Per lane: mask ? a : b, for masks of all ones or all zeros. */
WI_INLINE wi_f32v wi_select_f32(wi_i32v mask, wi_f32v a, wi_f32v b)
{
    return (wi_f32v)((mask & (wi_i32v)a) | (~mask & (wi_i32v)b));
}

WI_INLINE wi_f64v wi_select_f64(wi_i64v mask, wi_f64v a, wi_f64v b)
{
    return (wi_f64v)((mask & (wi_i64v)a) | (~mask & (wi_i64v)b));
}

/* Nearest float. */
WI_INLINE wi_f32v wi_f32_from_i32(wi_i32v v)
{
    return __builtin_convertvector(v, wi_f32v);
}

/* Nearest double. Without the instruction, each half becomes the low bits of a large power of two; every step but
 * the last addition is exact. */
WI_INLINE wi_f64v wi_f64_from_i64(wi_i64v v)
{
#ifdef __AVX512DQ__
    return __builtin_convertvector(v, wi_f64v);
#else
    wi_u64v biased = (wi_u64v)v ^ 0x8000000000000000u;
    wi_f64v hi = (wi_f64v)(biased >> 32 | 0x4530000000000000u);           /* 2^84 + 2^32 * high word */
    wi_f64v lo = (wi_f64v)((biased & 0xffffffffu) | 0x4330000000000000u); /* 2^52 + low word */
    return (hi - (0x1p84 + 0x1p63 + 0x1p52)) + lo;
#endif
}

#endif
