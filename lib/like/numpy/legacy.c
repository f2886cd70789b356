/* see legacy.h */
#include "like/numpy/legacy.h"

static void start(struct wi_np_legacy *g)
{
    wi_words_start(&g->words);
    g->has_spare = 0;
}

void wi_np_legacy_seed(struct wi_np_legacy *g, uint32_t seed)
{
    wi_mt_seed(&g->words.mt, seed);
    start(g);
}

void wi_np_legacy_seed_list(struct wi_np_legacy *g, const uint32_t *seed, size_t n)
{
    wi_mt_seed_array(&g->words.mt, seed, n);
    start(g);
}

void wi_np_legacy_uniform(struct wi_np_legacy *g, double low, double high, size_t n, double *out)
{
    static wi_np_scale_fn *const scale[] = WI_ISA_FNS(wi_np_scale);
    enum wi_isa level = wi_isa_level();
    while (n) {
        const uint32_t *words = wi_words_peek(&g->words, 2);
        size_t k = (g->words.end - g->words.at) / 2;
        k = k < n ? k : n;
        scale[level](words, low, high - low, k, out);
        g->words.at += (uint32_t)(2 * k);
        out += k;
        n -= k;
    }
}

/* Write up to `pairs` pairs to out. Returns how many there were in one batch, possibly 0. */
static size_t draw_pairs(struct wi_np_legacy *g, size_t pairs, double *out)
{
    static wi_np_polar_fn *const polar[] = WI_ISA_FNS(wi_np_polar);
    const uint32_t *words = wi_words_peek(&g->words, 4);
    size_t attempts = (g->words.end - g->words.at) / 4, used;
    attempts = attempts < WI_NP_ATTEMPTS ? attempts : WI_NP_ATTEMPTS;
    size_t got = polar[wi_isa_level()](words, attempts, pairs, out, &used);
    g->words.at += (uint32_t)(4 * used);
    return got;
}

void wi_np_legacy_randn(struct wi_np_legacy *g, size_t n, double *out)
{
    if (n && g->has_spare) {
        *out++ = g->spare;
        g->has_spare = 0;
        n--;
    }
    while (n >= 2) {
        size_t got = draw_pairs(g, n / 2, out);
        out += 2 * got;
        n -= 2 * got;
    }
    while (n && !g->has_spare) {
        double pair[2];
        if (draw_pairs(g, 1, pair)) {
            *out = pair[0];
            g->spare = pair[1];
            g->has_spare = 1;
        }
    }
}
