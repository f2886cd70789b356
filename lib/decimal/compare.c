/* see compare.h
 *
 * Both sides become integers. A negative power of ten moves to the other side as a power of five; the powers of two are
 * combined into one shift. The larger integer is below 5^723 * 2^54 < 2^1734 for negative exponents, 10^400 < 2^1329
 * for the digits and 10^309 < 2^1027 otherwise. The shift makes the other integer as long, so 60 words of 32 bits
 * suffice. */
#include "decimal/compare.h"

#define WORDS 60

struct big {
    uint32_t word[WORDS]; /* least significant first */
    int n;                /* words in use, the top one not zero */
};

static void multiply_add(struct big *a, uint32_t factor, uint32_t carry)
{
    for (int i = 0; i < a->n; i++) {
        uint64_t t = (uint64_t)a->word[i] * factor + carry;
        a->word[i] = (uint32_t)t;
        carry = (uint32_t)(t >> 32);
    }
    if (carry != 0)
        a->word[a->n++] = carry;
}

static void multiply_five_to(struct big *a, int power)
{
    for (; power >= 13; power -= 13)
        multiply_add(a, 1220703125, 0); /* 5^13 */
    for (; power > 0; power--)
        multiply_add(a, 5, 0);
}

static void shift_left(struct big *a, int bits)
{
    int words = bits / 32;
    multiply_add(a, UINT32_C(1) << bits % 32, 0);
    for (int i = a->n - 1; i >= 0; i--)
        a->word[i + words] = a->word[i];
    for (int i = 0; i < words; i++)
        a->word[i] = 0;
    a->n += words;
}

static int compare(const struct big *a, const struct big *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (int i = a->n - 1; i >= 0; i--)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

int wi_decimal_compare(const unsigned char *digit, int n, int exponent10, uint64_t significand, int exponent2)
{
    uint32_t high = (uint32_t)(significand >> 32);
    struct big a = {.n = 0}, b = {{(uint32_t)significand, high}, high != 0 ? 2 : 1};
    for (int i = 0; i < n; i++)
        multiply_add(&a, 10, digit[i]);
    multiply_five_to(exponent10 > 0 ? &a : &b, exponent10 > 0 ? exponent10 : -exponent10);
    int twos = exponent10 - exponent2;
    shift_left(twos > 0 ? &a : &b, twos > 0 ? twos : -twos);
    return compare(&a, &b);
}
