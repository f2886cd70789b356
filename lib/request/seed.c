/* see seed.h */
#include "request/seed.h"

#include <string.h>

enum { LONG_WORDS = 4 };

/* words = words * factor + digit; false: it does not fit. */
static bool times_plus(uint32_t words[LONG_WORDS], uint32_t factor, uint32_t digit)
{
    uint64_t carry = digit;
    for (int i = 0; i < LONG_WORDS; i++) {
        carry += (uint64_t)words[i] * factor;
        words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return carry == 0;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : 16;
}

/* A decimal or 0x hex integer below 2^128, as little-endian words without leading zeros: at least
 * one word. 0: the text is no such integer. */
static unsigned read_words(const char *text, size_t len, uint32_t words[LONG_WORDS])
{
    bool hex = len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint32_t base = hex ? 16 : 10;
    memset(words, 0, LONG_WORDS * sizeof *words);
    for (size_t i = hex ? 2 : 0; i < len; i++) {
        uint32_t digit = (uint32_t)digit_of(text[i]);
        if (digit >= base || !times_plus(words, base, digit))
            return 0;
    }
    unsigned n = LONG_WORDS;
    while (n > 1 && words[n - 1] == 0)
        n--;
    return len ? n : 0;
}

static uint64_t low_of(const uint32_t words[LONG_WORDS])
{
    return words[0] | (uint64_t)words[1] << 32;
}

static bool read_list(const char *text, size_t len, struct wi_seed *seed, uint64_t *low)
{
    const char *end = text + len;
    seed->form = WI_SEED_LIST;
    for (const char *at = text; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        uint32_t words[LONG_WORDS];
        unsigned n = read_words(at, (size_t)((comma ? comma : end) - at), words);
        if (n == 0 || seed->n + n > WI_SEED_WORDS)
            return false;
        *low = seed->n ? *low : low_of(words);
        memcpy(seed->word + seed->n, words, n * sizeof *words);
        seed->n += n;
        seed->wide |= n > 1;
        at = comma ? comma + 1 : end;
    }
    return seed->n > 0;
}

bool wi_seed_read(const char *text, size_t len, struct wi_seed *seed, uint64_t *low)
{
    uint32_t words[LONG_WORDS];
    bool negative = len > 0 && text[0] == '-';
    *seed = (struct wi_seed){.form = negative ? WI_SEED_NEGATIVE : WI_SEED_PLAIN};
    if (memchr(text, ',', len))
        return read_list(text, len, seed, low);
    if (memchr(text, '_', len) ||
        (len > (size_t)negative + 1 && text[negative] == '0' && digit_of(text[negative + 1]) < 10))
        return false; /* no leading zeros, as elsewhere */
    unsigned n = read_words(text + negative, len - negative, words);
    if (n == 0 || (negative && (n > 2 || low_of(words) > UINT64_C(1) << 63)))
        return false;
    *low = negative ? 0 - low_of(words) : low_of(words);
    if (n > 2) {
        seed->form = WI_SEED_LONG;
        seed->n = n;
        memcpy(seed->word, words, n * sizeof *words);
    }
    return seed->form == WI_SEED_LONG || (negative && *low != 0);
}

static void write_long(struct wi_text *t, const struct wi_seed *seed)
{
    char digits[40];
    size_t at = sizeof digits;
    uint32_t words[LONG_WORDS] = {0};
    memcpy(words, seed->word, seed->n * sizeof *words);
    for (uint32_t rest = 1; rest;) {
        uint64_t remainder = 0;
        rest = 0;
        for (int i = LONG_WORDS - 1; i >= 0; i--) {
            remainder = remainder << 32 | words[i];
            words[i] = (uint32_t)(remainder / 10);
            remainder %= 10;
            rest |= words[i];
        }
        digits[--at] = (char)('0' + remainder);
    }
    wi_text_bytes(t, digits + at, sizeof digits - at);
}

void wi_seed_write(struct wi_text *t, const struct wi_seed *seed, uint64_t low)
{
    if (seed->form == WI_SEED_NEGATIVE) {
        wi_text_char(t, '-');
        wi_text_u64(t, 0 - low);
    } else if (seed->form == WI_SEED_LONG) {
        write_long(t, seed);
    } else if (seed->form == WI_SEED_LIST) {
        for (unsigned i = 0; i < seed->n; i++) {
            wi_text_str(t, i ? "," : "");
            wi_text_u64(t, seed->word[i]);
        }
        wi_text_str(t, seed->n == 1 ? "," : "");
    } else {
        wi_text_u64(t, low);
    }
}
