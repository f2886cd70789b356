/* see mt19937.h: many words ahead at once.
 *
 * A state of MT19937 is 19937 bits, and making the next word is a linear map B of them over GF(2). B is a root of its
 * characteristic polynomial phi, so that B^n = r(B) with r = x^n mod phi, which has fewer than 19937 terms; r(B) of a
 * state is the sum of the states i words ahead for every term x^i. As the words of those states overlap, it is a sum of
 * windows of one run of words. */
#include "like/shared/mt19937.h"

#include <string.h>

enum { N = WI_MT_WORDS, M = 397, DEGREE = 19937, LIMBS = (DEGREE + 63) / 64, TERMS = 134, TOP = DEGREE % 64 };

/* phi without x^19937, as exponents. */
struct phi {
    uint32_t exponent[TERMS];
};

struct poly {
    uint64_t limb[2 * LIMBS];
};

/* Matsumoto & Nishimura 1998, appendix: phi is the sum, over the bits a_i of the matrix's last row, of
 * (x^N + x^M)(x^(N-1) + x^(M-1))^(30-i) = x^(M + (M-1)(30-i)) (1 + x^(N-M))^(31-i), of such a term with 31 in place of
 * 30-i, and of a_31. By Lucas the binomial coefficient of j in 31-i is odd where j's bits are among those of 31-i. */
static void add_power(struct poly *sum, uint32_t power)
{
    for (uint32_t j = 0; j <= power + 1; j++)
        if (((power + 1) & j) == j) {
            uint32_t e = M + (M - 1) * power + (N - M) * j;
            sum->limb[e / 64] ^= UINT64_C(1) << e % 64;
        }
}

static void make_phi(struct phi *phi)
{
    const uint32_t a = 0x9908b0df;
    struct poly sum = {{a >> 31}};
    uint32_t n = 0;
    add_power(&sum, 31);
    for (uint32_t i = 0; i < 31; i++)
        if (a >> i & 1)
            add_power(&sum, 30 - i);
    for (uint32_t e = 0; e < DEGREE; e++)
        if (sum.limb[e / 64] >> e % 64 & 1 && n < TERMS)
            phi->exponent[n++] = e;
}

/* Add v x^e. */
static void add_shifted(struct poly *p, uint64_t v, uint32_t e)
{
    p->limb[e / 64] ^= v << e % 64;
    p->limb[e / 64 + 1] ^= v >> 1 >> (63 - e % 64);
}

enum { AT_ONCE = 8 }; /* limbs: the second exponent of phi is 623 below its degree, so what they add lies below them */

/* Limbs [at, at + 8), which are above the degree: take them away, add what they are equal to. */
static void fold(struct poly *p, const struct phi *phi, uint32_t at)
{
    uint64_t v[AT_ONCE];
    memcpy(v, p->limb + at, sizeof v);
    memset(p->limb + at, 0, sizeof v);
    for (uint32_t t = 0; t < TERMS; t++) {
        uint32_t e = 64 * at - DEGREE + phi->exponent[t], bits = e % 64;
        uint64_t *restrict to = p->limb + e / 64;
        for (int i = 0; i < AT_ONCE; i++)
            to[i] ^= v[i] << bits;
        for (int i = 0; i < AT_ONCE; i++)
            to[i + 1] ^= v[i] >> 1 >> (63 - bits);
    }
}

/* The same for what stands above the degree in its own limb. */
static void fold_last(struct poly *p, const struct phi *phi)
{
    uint64_t v = p->limb[LIMBS - 1] >> TOP;
    p->limb[LIMBS - 1] ^= v << TOP;
    for (uint32_t t = 0; t < TERMS; t++)
        add_shifted(p, v, phi->exponent[t]);
}

/* The bits of x with zeros between them. */
static uint64_t spread(uint32_t x)
{
    uint64_t v = x;
    v = (v | v << 16) & UINT64_C(0x0000ffff0000ffff);
    v = (v | v << 8) & UINT64_C(0x00ff00ff00ff00ff);
    v = (v | v << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    v = (v | v << 2) & UINT64_C(0x3333333333333333);
    return (v | v << 1) & UINT64_C(0x5555555555555555);
}

static void square(struct poly *p, const struct phi *phi)
{
    for (uint32_t i = LIMBS; i-- > 0;) {
        uint64_t v = p->limb[i];
        p->limb[2 * i] = spread((uint32_t)v);
        p->limb[2 * i + 1] = spread((uint32_t)(v >> 32));
    }
    for (uint32_t at = 2 * LIMBS - AT_ONCE; at >= LIMBS; at -= AT_ONCE)
        fold(p, phi, at);
    fold_last(p, phi);
}

static void times_x(struct poly *p, const struct phi *phi)
{
    for (uint32_t i = LIMBS; i-- > 1;)
        p->limb[i] = p->limb[i] << 1 | p->limb[i - 1] >> 63;
    p->limb[0] <<= 1;
    fold_last(p, phi);
}

/* x^n mod phi */
static void power_of_x(uint64_t n, struct poly *p)
{
    struct phi phi;
    unsigned left = 0; /* bits of n below the first ones, which are an exponent that needs no reduction */
    while (n >> left >= DEGREE)
        left++;
    make_phi(&phi);
    *p = (struct poly){0};
    p->limb[(n >> left) / 64] = UINT64_C(1) << (n >> left) % 64;
    while (left-- > 0) {
        square(p, &phi);
        if (n >> left & 1)
            times_x(p, &phi);
    }
}

/* Sum the windows of 624 words that the terms of p stand for, four at a time. run: the state's words. */
static void add_windows(const struct poly *p, uint32_t run[2 * N], uint32_t sum[N])
{
    static wi_mt_next_block_fn *const next_block[] = WI_ISA_FNS(wi_mt_next_block);
    static wi_mt_add4_fn *const add4[] = WI_ISA_FNS(wi_mt_add4);
    static const uint32_t zeros[N];
    enum wi_isa level = wi_isa_level();
    for (uint32_t block = 0; block * N < DEGREE; block++) {
        const uint32_t *window[4];
        unsigned n = 0;
        memcpy(run + N, run, N * sizeof *run);
        next_block[level](run + N);
        for (uint32_t i = 0, e = block * N; i < N && e < DEGREE; i++, e++) {
            if (p->limb[e / 64] >> e % 64 & 1)
                window[n++] = run + i;
            if (n == 4) {
                add4[level](window, sum);
                n = 0;
            }
        }
        while (n < 4)
            window[n++] = zeros;
        add4[level](window, sum);
        memcpy(run, run + N, N * sizeof *run);
    }
}

static void jump(struct wi_mt *mt, uint64_t n)
{
    struct poly p;
    uint32_t run[2 * N];
    memcpy(run, mt->key, sizeof mt->key);
    memset(mt->key, 0, sizeof mt->key);
    power_of_x(n, &p);
    add_windows(&p, run, mt->key);
}

void wi_mt_skip(struct wi_mt *mt, uint64_t n)
{
    static wi_mt_next_block_fn *const next_block[] = WI_ISA_FNS(wi_mt_next_block);
    enum wi_isa level = wi_isa_level();
    uint64_t left = N - mt->used;
    if (n <= left) {
        mt->used += (uint32_t)n;
        return;
    }
    n -= left;
    mt->used = N;
    if (n > WI_MT_RUN) {
        jump(mt, n);
        return;
    }
    for (; n > N; n -= N)
        next_block[level](mt->key);
    next_block[level](mt->key);
    mt->used = (uint32_t)n;
}
