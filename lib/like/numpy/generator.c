/* see generator.h
 *
 * FOR_EACH_KIND calls a filler with a constant kind, so that the generator is inlined into its loop. */
#include "like/numpy/generator.h"

#include "fmath/f32.h"
#include "fmath/f64.h"
#include "like/numpy/ziggurat.h"

#define INLINE static inline __attribute__((always_inline))

#define FOR_EACH_KIND(kind, call)  \
    switch (kind) {                \
    case WI_BITGEN_PCG64:          \
        call(WI_BITGEN_PCG64);     \
        break;                     \
    case WI_BITGEN_PCG64DXSM:      \
        call(WI_BITGEN_PCG64DXSM); \
        break;                     \
    case WI_BITGEN_PHILOX:         \
        call(WI_BITGEN_PHILOX);    \
        break;                     \
    case WI_BITGEN_SFC64:          \
        call(WI_BITGEN_SFC64);     \
        break;                     \
    default:                       \
        call(WI_BITGEN_MT19937);   \
    }

INLINE void fill_uniform(struct wi_bitgen *g, enum wi_bitgen_kind kind, double low, double range, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = low + range * wi_bitgen_double(g, kind);
}

void wi_np_uniform(struct wi_bitgen *g, enum wi_bitgen_kind kind, double low, double high, size_t n, double *out){
#define CALL(constant) fill_uniform(g, constant, low, high - low, n, out)
    FOR_EACH_KIND(kind, CALL)
#undef CALL
}

INLINE float unit32(struct wi_bitgen *g, enum wi_bitgen_kind kind)
{
    return (float)(int32_t)(wi_bitgen_next32(g, kind) >> 8) * 0x1p-24f;
}

INLINE void fill_random32(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = unit32(g, kind);
}

void wi_np_random32(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, float *out)
{
#define CALL(constant) fill_random32(g, constant, n, out)
    FOR_EACH_KIND(kind, CALL)
#undef CALL
}

/* A normal beyond R, by Marsaglia's exponential rejection. */
static double tail(struct wi_bitgen *g, enum wi_bitgen_kind kind, int is_negative)
{
    double x, y;
    do {
        x = -WI_ZIGGURAT_INV_R * wi_log1p_f64(-wi_bitgen_double(g, kind));
        y = -wi_log1p_f64(-wi_bitgen_double(g, kind));
    } while (!(y + y > x * x));
    return is_negative ? -(WI_ZIGGURAT_R + x) : WI_ZIGGURAT_R + x;
}

/* Decide about a point outside of its layer's rectangle. Returns 1 if *x is the draw. */
static int accept_rest(struct wi_bitgen *g, enum wi_bitgen_kind kind, unsigned layer, uint64_t m, double *x)
{
    if (layer == 0) {
        *x = tail(g, kind, m >> 8 & 1);
        return 1;
    }
    double f = wi_ziggurat_f[layer];
    return (wi_ziggurat_f[layer - 1] - f) * wi_bitgen_double(g, kind) + f < wi_exp_f64(-0.5 * *x * *x);
}

INLINE void fill_normal(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, double *out)
{
    for (size_t i = 0; i < n;) {
        uint64_t word = wi_bitgen_next64(g, kind), m = word >> 9 & UINT64_C(0xfffffffffffff);
        unsigned layer = word & 0xff;
        double x = (double)(int64_t)m * wi_ziggurat_w[layer];
        x = wi_f64_of(wi_u64_of(x) ^ (word & 0x100) << 55);
        out[i] = x;
        if (__builtin_expect(m < wi_ziggurat_k[layer], 1) || accept_rest(g, kind, layer, m, &out[i]))
            i++;
    }
}

void wi_np_standard_normal(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, double *out)
{
#define CALL(constant) fill_normal(g, constant, n, out)
    FOR_EACH_KIND(kind, CALL)
#undef CALL
}

static float tail32(struct wi_bitgen *g, enum wi_bitgen_kind kind, int is_negative)
{
    float x, y;
    do {
        x = -(float)WI_ZIGGURAT_INV_R * wi_log1p_f32(-unit32(g, kind));
        y = -wi_log1p_f32(-unit32(g, kind));
    } while (!(y + y > x * x));
    return is_negative ? -((float)WI_ZIGGURAT_R + x) : (float)WI_ZIGGURAT_R + x;
}

static int accept_rest32(struct wi_bitgen *g, enum wi_bitgen_kind kind, unsigned layer, uint32_t m, float *x)
{
    if (layer == 0) {
        *x = tail32(g, kind, m >> 8 & 1);
        return 1;
    }
    float f = wi_ziggurat_f32[layer];
    float height = (wi_ziggurat_f32[layer - 1] - f) * unit32(g, kind) + f;
    return (double)height < wi_exp_f64(-0.5 * (double)*x * (double)*x);
}

INLINE void fill_normal32(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, float *out)
{
    for (size_t i = 0; i < n;) {
        uint32_t word = wi_bitgen_next32(g, kind), m = word >> 9;
        unsigned layer = word & 0xff;
        float x = (float)(int32_t)m * wi_ziggurat_w32[layer];
        x = wi_f32_of(wi_u32_of(x) ^ (word & 0x100) << 23);
        out[i] = x;
        if (__builtin_expect(m < wi_ziggurat_k32[layer], 1) || accept_rest32(g, kind, layer, m, &out[i]))
            i++;
    }
}

void wi_np_standard_normal32(struct wi_bitgen *g, enum wi_bitgen_kind kind, size_t n, float *out)
{
#define CALL(constant) fill_normal32(g, constant, n, out)
    FOR_EACH_KIND(kind, CALL)
#undef CALL
}
