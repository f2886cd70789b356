/* legacy.h - np.random.seed and the generator behind np.random.rand, uniform, randn, normal.
 *
 *     struct wi_np_legacy g;                      np.random.seed(42)
 *     wi_np_legacy_seed(&g, 42);                  np.random.randn(4)
 *     wi_np_legacy_randn(&g, 4, out);             0.4967141530112327 -0.13826430117118466 0.6476885381006925 1.52...
 *
 * Source : MT19937, 53-bit uniforms, Marsaglia's polar method, which returns the second coordinate first and the first
 *          one at the next call. The same in every NumPy version; log is glibc's (fmath/f64.h).
 * Output : f64, as NumPy gives it. State: caller-owned, may be copied. Threads: pure over the state. */
#ifndef WI_LIKE_NUMPY_LEGACY_H
#define WI_LIKE_NUMPY_LEGACY_H

#include "like/shared/mt_window.h"

struct wi_np_legacy {
    struct wi_words words;
    double spare;
    int has_spare;
};

void wi_np_legacy_seed(struct wi_np_legacy *g, uint32_t seed);
void wi_np_legacy_seed_list(struct wi_np_legacy *g, const uint32_t *seed, size_t n); /* n >= 1 */

/* low + (high - low) * u; low 0 and high 1 is rand. */
void wi_np_legacy_uniform(struct wi_np_legacy *g, double low, double high, size_t n, double *out);
void wi_np_legacy_randn(struct wi_np_legacy *g, size_t n, double *out);

/* legacy_isa.c. An attempt at a pair takes four words. wi_np_polar writes at most `most` pairs to out and returns
 * how many; *used is the number of attempts it looked at: all of them, unless `most` was reached earlier. */
#define WI_NP_ATTEMPTS 512
WI_ISA_FN(void, wi_np_scale, (const uint32_t *words, double low, double range, size_t n, double *out))
WI_ISA_FN(size_t, wi_np_polar, (const uint32_t *words, size_t attempts, size_t most, double *out, size_t *used))

#endif
