/* see mt19937.h */
#include "like/shared/mt19937.h"

#include <string.h>

enum { N = WI_MT_WORDS, M = 397 };

static inline uint32_t twist(uint32_t upper, uint32_t lower)
{
    uint32_t y = (upper & 0x80000000) | (lower & 0x7fffffff);
    return y >> 1 ^ (-(y & 1) & 0x9908b0df);
}

/* The second array leaves no dependence shorter than N - M words, so that the loops are vectorized. */
void WI_ISA_NAME(wi_mt_next_block)(uint32_t key[N])
{
    uint32_t next[N];
    const uint32_t *restrict old = key;
    for (int i = 0; i < N - M; i++)
        next[i] = old[i + M] ^ twist(old[i], old[i + 1]);
    for (int i = N - M; i < 2 * (N - M); i++)
        next[i] = next[i - (N - M)] ^ twist(old[i], old[i + 1]);
    for (int i = 2 * (N - M); i < N - 1; i++)
        next[i] = next[i - (N - M)] ^ twist(old[i], old[i + 1]);
    next[N - 1] = next[M - 1] ^ twist(old[N - 1], next[0]);
    memcpy(key, next, sizeof next);
}

void WI_ISA_NAME(wi_mt_temper)(const uint32_t *restrict key, uint32_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t y = key[i];
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c5680;
        y ^= y << 15 & 0xefc60000;
        out[i] = y ^ y >> 18;
    }
}

void WI_ISA_NAME(wi_mt_add4)(const uint32_t *const window[4], uint32_t *restrict sum)
{
    const uint32_t *a = window[0], *b = window[1], *c = window[2], *d = window[3];
    for (int i = 0; i < N; i++)
        sum[i] ^= a[i] ^ b[i] ^ c[i] ^ d[i];
}
