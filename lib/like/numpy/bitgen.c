/* see bitgen.h */
#include "like/numpy/bitgen.h"

static void seed_pcg(struct wi_bitgen *g, const struct wi_seedseq *seq)
{
    uint64_t v[4];
    wi_seedseq_state64(seq, 4, v);
    g->inc = (struct wi_u128){v[2] << 1 | v[3] >> 63, v[3] << 1 | 1};
    g->state = wi_add128(g->inc, (struct wi_u128){v[0], v[1]});
    wi_pcg_step(g); /* with the wide multiplier, for DXSM too */
}

static void seed_sfc64(struct wi_bitgen *g, const struct wi_seedseq *seq)
{
    wi_seedseq_state64(seq, 3, g->word);
    g->word[3] = 1;
    for (int i = 0; i < 12; i++)
        (void)wi_sfc64_next(g);
}

static void seed_mt19937(struct wi_bitgen *g, const struct wi_seedseq *seq)
{
    wi_seedseq_state32(seq, WI_MT_WORDS, g->mt.mt.key);
    g->mt.mt.key[0] = UINT32_C(1) << 31;
    g->mt.mt.used = WI_MT_WORDS - 1; /* as NumPy: the last word of the seeded block is the first output */
    wi_words_start(&g->mt);
}

void wi_bitgen_seed_from(struct wi_bitgen *g, enum wi_bitgen_kind kind, const struct wi_seedseq *seq)
{
    g->has_half = 0;
    g->used = 4;
    if (kind == WI_BITGEN_MT19937) {
        seed_mt19937(g, seq);
    } else if (kind == WI_BITGEN_SFC64) {
        seed_sfc64(g, seq);
    } else if (kind == WI_BITGEN_PHILOX) {
        wi_seedseq_state64(seq, 2, g->key);
        memset(g->counter, 0, sizeof g->counter);
    } else {
        seed_pcg(g, seq);
    }
}

void wi_bitgen_seed(struct wi_bitgen *g, enum wi_bitgen_kind kind, uint64_t seed)
{
    struct wi_seedseq seq;
    wi_seedseq_u64(&seq, seed);
    wi_bitgen_seed_from(g, kind, &seq);
}
