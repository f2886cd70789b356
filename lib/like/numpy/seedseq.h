/* seedseq.h - numpy.random.SeedSequence with a pool of 4 words: generator state from a seed of any length.
 *
 * Entropy is a list of 32-bit words; an integer is its little-endian words without leading zeros, 0 is {0}.
 * Threads: pure. */
#ifndef WI_LIKE_NUMPY_SEEDSEQ_H
#define WI_LIKE_NUMPY_SEEDSEQ_H

#include <stddef.h>
#include <stdint.h>

struct wi_seedseq {
    uint32_t pool[4];
};

void wi_seedseq_words(struct wi_seedseq *seq, const uint32_t *words, size_t n);
void wi_seedseq_u64(struct wi_seedseq *seq, uint64_t seed);
void wi_seedseq_state32(const struct wi_seedseq *seq, size_t n, uint32_t *out);
void wi_seedseq_state64(const struct wi_seedseq *seq, size_t n, uint64_t *out); /* n <= 4 */

#endif
