/* see seedseq.h */
#include "like/numpy/seedseq.h"

static uint32_t hash(uint32_t value, uint32_t *constant)
{
    value ^= *constant;
    *constant *= 0x931e8875;
    value *= *constant;
    return value ^ value >> 16;
}

static uint32_t mix(uint32_t x, uint32_t y)
{
    uint32_t r = 0xca01f9dd * x - 0x4973f715 * y;
    return r ^ r >> 16;
}

void wi_seedseq_words(struct wi_seedseq *seq, const uint32_t *words, size_t n)
{
    uint32_t *pool = seq->pool, constant = 0x43b0d7e5;
    for (size_t i = 0; i < 4; i++)
        pool[i] = hash(i < n ? words[i] : 0, &constant);
    for (int from = 0; from < 4; from++)
        for (int to = 0; to < 4; to++)
            if (from != to)
                pool[to] = mix(pool[to], hash(pool[from], &constant));
    for (size_t i = 4; i < n; i++)
        for (int to = 0; to < 4; to++)
            pool[to] = mix(pool[to], hash(words[i], &constant));
}

void wi_seedseq_u64(struct wi_seedseq *seq, uint64_t seed)
{
    const uint32_t words[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    wi_seedseq_words(seq, words, 2); /* a zero word among the first four changes nothing */
}

void wi_seedseq_state32(const struct wi_seedseq *seq, size_t n, uint32_t *out)
{
    uint32_t constant = 0x8b51f9dd;
    for (size_t i = 0; i < n; i++) {
        uint32_t value = seq->pool[i % 4] ^ constant;
        constant *= 0x58f38ded;
        value *= constant;
        out[i] = value ^ value >> 16;
    }
}

void wi_seedseq_state64(const struct wi_seedseq *seq, size_t n, uint64_t *out)
{
    uint32_t words[8];
    wi_seedseq_state32(seq, 2 * n, words);
    for (size_t i = 0; i < n; i++)
        out[i] = words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
}
