/* engine.h - TensorFlow.js: the Alea generator of seedrandom and the samplers of tfjs-core.
 *
 *     alea("42"): 0.6848634963389486 0.5463244677521288 ...
 *
 * Source : Baagoe 2010 (Alea); Marsaglia's polar method. All in JavaScript numbers (f64); Math.log is the fdlibm one, as
 *          in V8. State: caller-owned, may be copied. Threads: pure over the state. */
#ifndef WI_LIKE_TFJS_ENGINE_H
#define WI_LIKE_TFJS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wi_tfjs {
    double s0, s1, s2, carry, spare;
    bool has_spare;
};

/* seed < 2^53: it enters as its decimal digits. */
void wi_tfjs_seed(struct wi_tfjs *t, uint64_t seed);
double wi_tfjs_next(struct wi_tfjs *t);

void wi_tfjs_uniform(struct wi_tfjs *t, double low, double high, size_t n, float *out);
/* truncated: values beyond two standard deviations are drawn again. std > 0. */
void wi_tfjs_normal(struct wi_tfjs *t, double mean, double std, bool truncated, size_t n, float *out);

#endif
