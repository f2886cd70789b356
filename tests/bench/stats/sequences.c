/* see samples.h: the raw words, and what different sequences have to do with one another */
#include "bench/stats/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/report.h"
#include "support/statistics.h"

enum { CHUNK = 1 << 14, NEIGHBOURS = 1001 };

static void count_bits(const uint32_t *words, double ones[32])
{
    for (int bit = 0; bit < 32; bit++) {
        uint32_t n = 0;
        for (size_t i = 0; i < CHUNK; i++)
            n += words[i] >> bit & 1;
        ones[bit] += n;
    }
}

static double equal_chi2(const uint32_t count[65536], double n)
{
    double sum = 0, expected = n / 65536;
    for (int i = 0; i < 65536; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return (sum - 65535) / sqrt(2 * 65535.0);
}

void stats_words(uint64_t seed, uint64_t n)
{
    static uint32_t words[CHUNK], high[65536], low[65536];
    const struct wi_key key = {seed, wi_stream_id("words", 5), WI_DOMAIN_VALUE};
    double ones[32] = {0}, flips[32] = {0}, z[64], drawn = 0;
    memset(high, 0, sizeof high);
    memset(low, 0, sizeof low);
    for (uint64_t first = 0; first < n; first += CHUNK, drawn += CHUNK) {
        wi_bits_u32(&key, first, CHUNK, words);
        count_bits(words, ones);
        for (size_t i = 0; i < CHUNK; i++) {
            high[words[i] >> 16]++;
            low[words[i] & 0xffff]++;
        }
        for (size_t i = 0; i + 1 < CHUNK; i++)
            words[i] ^= words[i + 1];
        words[CHUNK - 1] = 0x55555555; /* neither counts for nor against: made up for below */
        count_bits(words, flips);
    }
    for (int bit = 0; bit < 32; bit++) {
        double pairs = drawn / CHUNK * (CHUNK - 1), made_up = bit % 2 ? 0 : drawn / CHUNK;
        z[bit] = (ones[bit] - drawn / 2) / sqrt(drawn / 4);
        z[32 + bit] = (flips[bit] - made_up - pairs / 2) / sqrt(pairs / 4);
    }
    report("words", "ones per bit, largest", deviates_largest(z, 32));
    report("words", "ones per bit, squares", deviates_sum2(z, 32));
    report("words", "changes per bit, largest", deviates_largest(z + 32, 32));
    report("words", "changes per bit, squares", deviates_sum2(z + 32, 32));
    report("words", "high halves, chi-square", equal_chi2(high, drawn));
    report("words", "low halves, chi-square", equal_chi2(low, drawn));
}

static const struct wi_draw normal = {WI_DRAW_NORMAL, 0, 1};

/* Correlation of two sequences and of their squares over n elements. */
static void correlate(const struct wi_key *a, const struct wi_key *b, uint64_t offset, uint64_t n, double z[2])
{
    static float x[CHUNK], y[CHUNK];
    double sum = 0, squares = 0, drawn = 0;
    for (uint64_t first = 0; first < n; first += CHUNK, drawn += CHUNK) {
        wi_draw_f32(&normal, a, first, CHUNK, x);
        wi_draw_f32(&normal, b, first + offset, CHUNK, y);
        sum += products_sum_f32(x, y, CHUNK);
        for (size_t i = 0; i < CHUNK; i++) {
            x[i] = x[i] * x[i] - 1;
            y[i] = y[i] * y[i] - 1;
        }
        squares += products_sum_f32(x, y, CHUNK);
    }
    z[0] = sum / sqrt(drawn);
    z[1] = squares / (2 * sqrt(drawn));
}

static void report_pair(const char *name, const struct wi_key *a, const struct wi_key *b, uint64_t offset, uint64_t n)
{
    double z[2];
    char squares[40];
    correlate(a, b, offset, n, z);
    report("two sequences", name, z[0]);
    snprintf(squares, sizeof squares, "%s, squares", name);
    report("two sequences", squares, z[1]);
}

static uint64_t stream(const char *name)
{
    return wi_stream_id(name, strlen(name));
}

static void pairs(uint64_t seed, uint64_t n)
{
    const struct wi_key key = {seed, stream("layer.0.weight"), WI_DOMAIN_VALUE};
    struct wi_key other = key;
    other.domain = WI_DOMAIN_MASK;
    report_pair("domains", &key, &other, 0, n);
    other = key, other.seed = seed + 1;
    report_pair("seed + 1", &key, &other, 0, n);
    other = key, other.seed = seed ^ 1ull << 63;
    report_pair("seed, high bit", &key, &other, 0, n);
    other = key, other.stream = stream("layer.1.weight");
    report_pair("similar names", &key, &other, 0, n);
    other = key, other.stream ^= 1;
    report_pair("stream, low bit", &key, &other, 0, n);
    report_pair("offset 2^32", &key, &key, 1ull << 32, n);
    report_pair("offset 2^40 + 1", &key, &key, (1ull << 40) + 1, n);
}

/* key(i) for i = 0 .. 1000: each against the next, and the moments and fit of all their first elements. */
static void neighbours(const char *group, struct wi_key (*key)(int), uint64_t n)
{
    static double z[NEIGHBOURS - 1], squares[NEIGHBOURS - 1];
    static float x[CHUNK];
    struct histogram h = {-8, 0x1p-10, 1 << 14, calloc(1 << 14, sizeof(uint32_t))};
    struct moments m = {0};
    if (!h.count)
        exit(2);
    for (int i = 0; i < NEIGHBOURS; i++) {
        struct wi_key a = key(i), b = key(i + 1);
        double pair[2];
        wi_draw_f32(&normal, &a, 0, 1024, x);
        moments_add_f32(&m, x, 1024);
        histogram_add_f32(&h, x, 1024);
        if (i + 1 == NEIGHBOURS)
            break;
        correlate(&a, &b, 0, n / NEIGHBOURS, pair);
        z[i] = pair[0], squares[i] = pair[1];
    }
    report(group, "correlation, largest", deviates_largest(z, NEIGHBOURS - 1));
    report(group, "correlation, sum", deviates_sum2(z, NEIGHBOURS - 1));
    report(group, "squares, largest", deviates_largest(squares, NEIGHBOURS - 1));
    report(group, "squares, sum", deviates_sum2(squares, NEIGHBOURS - 1));
    report(group, "first elements, mean", moments_deviate(&m, WI_DRAW_NORMAL, 1));
    report(group, "first elements, variance", moments_deviate(&m, WI_DRAW_NORMAL, 2));
    struct fit fit = histogram_fit(&h, WI_DRAW_NORMAL);
    report(group, "first elements, KS", fit.ks);
    report(group, "first elements, AD", fit.ad);
    free(h.count);
}

static uint64_t shared_seed;

static struct wi_key key_of_seed(int i)
{
    return (struct wi_key){shared_seed + (uint64_t)i, stream(""), WI_DOMAIN_VALUE};
}

static struct wi_key key_of_name(int i)
{
    char name[40];
    snprintf(name, sizeof name, "layer.%d.weight", i);
    return (struct wi_key){shared_seed, stream(name), WI_DOMAIN_VALUE};
}

void stats_sequences(uint64_t seed, uint64_t n)
{
    pairs(seed, n / 10);
    shared_seed = seed; /* the first run has seed 0: seeds 0 .. 1000 */
    neighbours("neighbouring seeds", key_of_seed, n);
    neighbours("names layer.N.weight", key_of_name, n);
}
