/* bitgen.h - the bit generators of numpy.random.Generator: PCG64, PCG64DXSM, Philox, SFC64, MT19937.
 *
 *     struct wi_bitgen g;
 *     wi_bitgen_seed(&g, WI_BITGEN_PCG64, 42);          np.random.PCG64(42).random_raw(3)
 *     wi_bitgen_next64(&g, WI_BITGEN_PCG64) ...         c621fbcd16d92688 705a5661a791ffc1 dbcd12c26eda1624
 *
 * Every draw takes the kind, so that a loop over a constant kind is compiled without branches.
 * Source : O'Neill 2014 (PCG XSL-RR and DXSM 128/64), Salmon et al. 2011 (Philox 4x64-10), Doty-Humphrey (SFC64).
 * State  : caller-owned, may be copied. Threads: pure over the state. */
#ifndef WI_LIKE_NUMPY_BITGEN_H
#define WI_LIKE_NUMPY_BITGEN_H

#include "base/wide.h"
#include "like/numpy/seedseq.h"
#include "like/shared/mt_window.h"

enum wi_bitgen_kind {
    WI_BITGEN_PCG64,
    WI_BITGEN_PCG64DXSM,
    WI_BITGEN_PHILOX,
    WI_BITGEN_SFC64,
    WI_BITGEN_MT19937,
    WI_BITGEN_COUNT
};

struct wi_bitgen {
    struct wi_u128 state, inc;            /* PCG */
    uint64_t key[2], counter[4], word[4]; /* Philox; word[] is SFC64's a, b, c, counter too */
    unsigned used;                        /* Philox: words of the block already drawn */
    int has_half;                         /* the next 32-bit draw is half, the upper half of a 64-bit draw */
    uint32_t half;
    struct wi_words mt;
};

void wi_bitgen_seed_from(struct wi_bitgen *g, enum wi_bitgen_kind kind, const struct wi_seedseq *seq);
void wi_bitgen_seed(struct wi_bitgen *g, enum wi_bitgen_kind kind, uint64_t seed);

static inline uint64_t wi_rotr64(uint64_t x, unsigned n)
{
    return x >> n | x << (-n & 63);
}

#define WI_PCG_MULT_HI UINT64_C(2549297995355413924)
#define WI_PCG_MULT_LO UINT64_C(4865540595714422341)
#define WI_PCG_CHEAP UINT64_C(0xda942042e4dd58b5)

static inline void wi_pcg_step(struct wi_bitgen *g)
{
    struct wi_u128 p = wi_mul64(g->state.lo, WI_PCG_MULT_LO);
    p.hi += g->state.hi * WI_PCG_MULT_LO + g->state.lo * WI_PCG_MULT_HI;
    g->state = wi_add128(p, g->inc);
}

static inline uint64_t wi_pcg64_next(struct wi_bitgen *g)
{
    wi_pcg_step(g);
    return wi_rotr64(g->state.hi ^ g->state.lo, (unsigned)(g->state.hi >> 58));
}

static inline uint64_t wi_pcg64dxsm_next(struct wi_bitgen *g)
{
    uint64_t hi = g->state.hi, lo = g->state.lo | 1;
    hi ^= hi >> 32;
    hi *= WI_PCG_CHEAP;
    hi ^= hi >> 48;
    hi *= lo;
    struct wi_u128 p = wi_mul64(g->state.lo, WI_PCG_CHEAP);
    p.hi += g->state.hi * WI_PCG_CHEAP;
    g->state = wi_add128(p, g->inc);
    return hi;
}

static inline void wi_philox_block(struct wi_bitgen *g)
{
    for (int i = 0; i < 4 && ++g->counter[i] == 0; i++) {
    }
    uint64_t *w = g->word, k0 = g->key[0], k1 = g->key[1];
    memcpy(w, g->counter, sizeof g->word);
    for (int round = 0; round < 10; round++) {
        struct wi_u128 p0 = wi_mul64(UINT64_C(0xd2e7470ee14c6c93), w[0]);
        struct wi_u128 p1 = wi_mul64(UINT64_C(0xca5a826395121157), w[2]);
        w[0] = p1.hi ^ w[1] ^ k0;
        w[1] = p1.lo;
        w[2] = p0.hi ^ w[3] ^ k1;
        w[3] = p0.lo;
        k0 += UINT64_C(0x9e3779b97f4a7c15);
        k1 += UINT64_C(0xbb67ae8584caa73b);
    }
    g->used = 0;
}

static inline uint64_t wi_philox_next(struct wi_bitgen *g)
{
    if (g->used == 4)
        wi_philox_block(g);
    return g->word[g->used++];
}

static inline uint64_t wi_sfc64_next(struct wi_bitgen *g)
{
    uint64_t *w = g->word, t = w[0] + w[1] + w[3]++;
    w[0] = w[1] ^ w[1] >> 11;
    w[1] = w[2] + (w[2] << 3);
    w[2] = (w[2] << 24 | w[2] >> 40) + t;
    return t;
}

static inline uint64_t wi_bitgen_next64(struct wi_bitgen *g, enum wi_bitgen_kind kind)
{
    switch (kind) {
    case WI_BITGEN_PCG64:
        return wi_pcg64_next(g);
    case WI_BITGEN_PCG64DXSM:
        return wi_pcg64dxsm_next(g);
    case WI_BITGEN_PHILOX:
        return wi_philox_next(g);
    case WI_BITGEN_SFC64:
        return wi_sfc64_next(g);
    default:
        break;
    }
    const uint32_t *words = wi_words_peek(&g->mt, 2);
    g->mt.at += 2;
    return (uint64_t)words[0] << 32 | words[1];
}

static inline uint32_t wi_bitgen_next32(struct wi_bitgen *g, enum wi_bitgen_kind kind)
{
    if (kind == WI_BITGEN_MT19937)
        return wi_words_next(&g->mt);
    if (g->has_half) {
        g->has_half = 0;
        return g->half;
    }
    uint64_t word = wi_bitgen_next64(g, kind);
    g->has_half = 1;
    g->half = (uint32_t)(word >> 32);
    return (uint32_t)word;
}

/* 53 bits in [0, 1) */
static inline double wi_bitgen_double(struct wi_bitgen *g, enum wi_bitgen_kind kind)
{
    uint64_t word = wi_bitgen_next64(g, kind);
    if (kind == WI_BITGEN_MT19937) /* 27 bits of the first word, 26 of the second */
        word = word >> 37 << 37 | (word & 0xffffffff) >> 6 << 11;
    return (double)(int64_t)(word >> 11) * 0x1p-53;
}

#endif
