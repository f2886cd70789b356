/* see mt19937.h */
#include "like/shared/mt19937.h"

void wi_mt_seed(struct wi_mt *mt, uint32_t seed)
{
    for (uint32_t i = 0; i < WI_MT_WORDS; i++) {
        mt->key[i] = seed;
        seed = 1812433253 * (seed ^ seed >> 30) + i + 1;
    }
    mt->used = WI_MT_WORDS;
}

static uint32_t mix(const uint32_t *key, uint32_t i, uint32_t factor)
{
    return key[i] ^ (key[i - 1] ^ key[i - 1] >> 30) * factor;
}

static uint32_t next_index(uint32_t *key, uint32_t i)
{
    if (i + 1 < WI_MT_WORDS)
        return i + 1;
    key[0] = key[WI_MT_WORDS - 1];
    return 1;
}

void wi_mt_seed_array(struct wi_mt *mt, const uint32_t *seed, size_t n)
{
    uint32_t *key = mt->key, i = 1;
    wi_mt_seed(mt, 19650218);
    size_t j = 0;
    for (size_t k = n > WI_MT_WORDS ? n : WI_MT_WORDS; k > 0; k--) {
        key[i] = mix(key, i, 1664525) + seed[j] + (uint32_t)j;
        i = next_index(key, i);
        j = j + 1 < n ? j + 1 : 0;
    }
    for (size_t k = WI_MT_WORDS - 1; k > 0; k--) {
        key[i] = mix(key, i, 1566083941) - i;
        i = next_index(key, i);
    }
    key[0] = UINT32_C(1) << 31;
}

void wi_mt_draw(struct wi_mt *mt, uint32_t *out, size_t n)
{
    static wi_mt_next_block_fn *const next_block[] = WI_ISA_FNS(wi_mt_next_block);
    static wi_mt_temper_fn *const temper[] = WI_ISA_FNS(wi_mt_temper);
    enum wi_isa level = wi_isa_level();
    while (n) {
        if (mt->used == WI_MT_WORDS) {
            next_block[level](mt->key);
            mt->used = 0;
        }
        size_t k = WI_MT_WORDS - mt->used < n ? WI_MT_WORDS - mt->used : n;
        temper[level](mt->key + mt->used, out, k);
        mt->used += (uint32_t)k;
        out += k;
        n -= k;
    }
}
