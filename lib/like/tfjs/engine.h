/* engine.h - TensorFlow.js: the Alea generator of seedrandom and the samplers of tfjs-core.
 *
 *     alea("42"): 0.6848634963389486 0.5463244677521288 ...
 *
 * Source : Baagoe 2010 (Alea); Marsaglia's polar method. Numbers are f64; Math.log is fdlibm's, as in V8. State:
 *          caller-owned, may be copied. Threads: pure over the state. */
#ifndef WI_LIKE_TFJS_ENGINE_H
#define WI_LIKE_TFJS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wi_tfjs {
    double s0, s1, s2, carry, spare;
    bool has_spare;
};

/* seed < 2^53. The generator hashes its decimal digits. */
void wi_tfjs_seed(struct wi_tfjs *t, uint64_t seed);
double wi_tfjs_next(struct wi_tfjs *t);

void wi_tfjs_uniform(struct wi_tfjs *t, double low, double high, size_t n, float *out);
/* std > 0. truncated: draw again while the value is more than two standard deviations from the mean. */
void wi_tfjs_normal(struct wi_tfjs *t, double mean, double std, bool truncated, size_t n, float *out);

#endif
