/* samples.h - the groups of statistics of `make stats`. Each reports as it goes; n is how many samples to draw. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "draw.h"

/* One kind and type: fit, moments, tails, lags. bits is 32 or 64. */
void stats_samples(enum wi_draw_kind kind, unsigned bits, uint64_t seed, uint64_t n);

/* f16 and bf16: how often each value occurs. */
void stats_halves(enum wi_draw_kind kind, uint64_t seed, uint64_t n);

/* The raw words: bits, halves of words, lags. */
void stats_words(uint64_t seed, uint64_t n);

/* Between sequences: seeds, streams, domains, far offsets. */
void stats_sequences(uint64_t seed, uint64_t n);

#endif
