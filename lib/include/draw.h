/* draw.h - random numbers of a distribution, at any index.
 *
 * Element i of a draw is a pure function of (draw, key, i): any range gives the same bits as the same part of a larger
 * range. The arithmetic is + - * / sqrt and integer operations only, so the bits are the same on every platform.
 * Definitions: docs/ALGORITHM.md.
 *
 * Accuracy, before scale and shift, in units of the last place: normal 2.6 (f32) and 2.9 (f64) of the Box-Muller
 * radius, truncated 0.53 and 4.3 of the value. Draws of one key share their words: the same index of two draws is not
 * independent.
 *
 * Parameters are doubles, finite in the output's type, and are rounded once to that type (f32 for f16 and bf16).
 * Index: first + n <= 2^59. Output: no alignment needed beyond the type's. No errors. Threads: pure. */
#ifndef WI_DRAW_H
#define WI_DRAW_H

#include <stdbool.h>

#include "api.h"
#include "key.h"

WI_API_BEGIN

enum wi_draw_kind {
    WI_DRAW_CONSTANT,  /* a                                                                               */
    WI_DRAW_UNIFORM,   /* uniform on [a, b], a <= b; a = -b gives neither an end nor 0                    */
    WI_DRAW_NORMAL,    /* mean a, standard deviation b >= 0                                               */
    WI_DRAW_TRUNCATED, /* normal of mean a and standard deviation b, conditioned to a - 2b .. a + 2b      */
    WI_DRAW_KIND_COUNT
};

struct wi_draw {
    enum wi_draw_kind kind;
    double a, b;
};

/* The largest |z| a standard normal draw can return, rounded up: sqrt(62 ln 2) in f32, sqrt(126 ln 2) in f64. */
#define WI_NORMAL_MAX_F32 6.5560
#define WI_NORMAL_MAX_F64 9.3456

/* The standard deviation of a standard normal conditioned to [-2, 2]. */
#define WI_TRUNCATED_STD 0.87962566103423978

void wi_draw_f32(const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n, float *out);
void wi_draw_f64(const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n, double *out);
/* The f32 draw rounded to nearest even, as bit patterns. */
void wi_draw_f16(const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n, uint16_t *out);
void wi_draw_bf16(const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n, uint16_t *out);

/* ---- a normal of mean and standard deviation std > 0, conditioned to low <= x <= high --------------------------- */

/* Standard deviations beyond which a bound cuts nothing off; a bound that far on the other side leaves nothing. */
#define WI_BOUNDED_REACH 37.0

struct wi_bounded {
    double mean, std, low, high; /* the bounds may be infinite */
    double below, above;         /* the mass that the bounds cut off */
    double mass, centre;         /* what is left of it, and its middle, counted from the mean */
};

/* low <= high, low <= mean + WI_BOUNDED_REACH * std, high >= mean - WI_BOUNDED_REACH * std. */
void wi_bounded_make(struct wi_bounded *bounded, double mean, double std, double low, double high);

/* The standard deviation that the result has. False: it is not known to three digits, as the interval is narrow or far
 * out. */
bool wi_bounded_std(const struct wi_bounded *bounded, double *std);

/* Element i takes word i, or double word i for f64. Before scale and shift within 3 units of the last place of the
 * quantile. */
void wi_bounded_f32(const struct wi_bounded *bounded, const struct wi_key *key, uint64_t first, size_t n, float *out);
void wi_bounded_f64(const struct wi_bounded *bounded, const struct wi_key *key, uint64_t first, size_t n, double *out);

/* f32 -> f16 / bf16, round to nearest even, overflow to infinity. */
void wi_f16_from_f32(const float *in, size_t n, uint16_t *out);
void wi_bf16_from_f32(const float *in, size_t n, uint16_t *out);
float wi_f32_from_f16(uint16_t bits);
float wi_f32_from_bf16(uint16_t bits);

WI_API_END

#endif
