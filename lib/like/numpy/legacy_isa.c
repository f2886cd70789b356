/* see legacy.h */
#include "like/numpy/legacy.h"

#include "fmath/f64.h"

/* 27 bits of the first word and 26 of the second as N / 2^53: every step is exact. */
static inline double unit(const uint32_t *words)
{
    return ((double)(int32_t)(words[0] >> 5) * 0x1p26 + (double)(int32_t)(words[1] >> 6)) * 0x1p-53;
}

void WI_ISA_NAME(wi_np_scale)(const uint32_t *restrict words, double low, double range, size_t n, double *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = low + range * unit(words + 2 * i);
}

/* Points of the square and their squared distances. keep_inside moves those inside the circle to the front. */
struct batch {
    double x1[WI_NP_ATTEMPTS], x2[WI_NP_ATTEMPTS], r2[WI_NP_ATTEMPTS];
};

static inline void throw_points(struct batch *b, const uint32_t *restrict words, size_t attempts)
{
    for (size_t i = 0; i < attempts; i++) {
        double x1 = 2.0 * unit(words + 4 * i) - 1.0, x2 = 2.0 * unit(words + 4 * i + 2) - 1.0;
        b->x1[i] = x1;
        b->x2[i] = x2;
        b->r2[i] = x1 * x1 + x2 * x2;
    }
}

/* Returns how many were kept, at most `most`; *used is how many were looked at. */
static inline size_t keep_inside(struct batch *b, size_t attempts, size_t most, size_t *used)
{
    size_t kept = 0, i = 0;
    for (; i < attempts && kept < most; i++) {
        double x1 = b->x1[i], x2 = b->x2[i], r2 = b->r2[i];
        b->x1[kept] = x1;
        b->x2[kept] = x2;
        b->r2[kept] = r2;
        kept += (r2 < 1.0) & (r2 != 0.0);
    }
    *used = i;
    return kept;
}

/* log of 0 < x < 1. With FMA both forms are computed and one is selected, so that the loop is vectorized. */
static inline double log_inside(double x)
{
#if WI_HAVE_FMA
    double near_one = wi_log_near_one(x), by_table = wi_log_by_table(x);
    return wi_log_is_near_one(x) ? near_one : by_table;
#else
    return wi_log_is_near_one(x) ? wi_log_near_one(x) : wi_log_by_table(x);
#endif
}

size_t WI_ISA_NAME(wi_np_polar)(const uint32_t *words, size_t attempts, size_t most, double *restrict out, size_t *used)
{
    struct batch b;
    throw_points(&b, words, attempts);
    size_t n = keep_inside(&b, attempts, most, used);
    for (size_t i = 0; i < n; i++) {
        double r2 = b.r2[i], f = __builtin_sqrt(-2.0 * log_inside(r2) / r2);
        out[2 * i] = f * b.x2[i];
        out[2 * i + 1] = f * b.x1[i];
    }
    return n;
}
