/* mt19937.h - the Mersenne Twister of numpy.random and torch.
 *
 * Source : Matsumoto & Nishimura 1998 and 2002 (init_genrand, init_by_array).
 * State  : caller-owned, may be copied at any time. Threads: pure over the state. */
#ifndef WI_LIKE_SHARED_MT19937_H
#define WI_LIKE_SHARED_MT19937_H

#include <stddef.h>
#include <stdint.h>

#include "base/dispatch.h"

#define WI_MT_WORDS 624

struct wi_mt {
    uint32_t key[WI_MT_WORDS];
    uint32_t used; /* words of the block already drawn; 624: the next draw makes a new block */
};

/* The integer rule: np.random.seed(int), torch.manual_seed(seed mod 2^32). */
void wi_mt_seed(struct wi_mt *mt, uint32_t seed);
/* init_by_array: np.random.seed(list), n >= 1. */
void wi_mt_seed_array(struct wi_mt *mt, const uint32_t *seed, size_t n);

/* The next n tempered words, in order. */
void wi_mt_draw(struct wi_mt *mt, uint32_t *out, size_t n);

/* Leave out n words. WI_MT_RUN words or fewer are run through, at some 0.2 ns each; more are jumped over, in about a
 * millisecond however many they are (mt_jump.c). After a jump, the 31 low bits of key[0], which no word depends on,
 * differ. */
#define WI_MT_RUN (UINT64_C(1) << 22)
void wi_mt_skip(struct wi_mt *mt, uint64_t n);

/* The next block in place, tempering, and sum ^= four windows of 624 words: mt19937_isa.c. */
WI_ISA_FN(void, wi_mt_next_block, (uint32_t key[WI_MT_WORDS]))
WI_ISA_FN(void, wi_mt_temper, (const uint32_t *key, uint32_t *out, size_t n))
WI_ISA_FN(void, wi_mt_add4, (const uint32_t *const window[4], uint32_t sum[WI_MT_WORDS]))

#endif
