/* stats [N] - the statistics of N samples of every kind and type (default 1e9), in standard errors. See report.h for
 * the rule; the exit status is 0 if all is well.
 * stats words SEED - the raw words of a seed to standard output, little-endian, until the reader closes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/report.h"
#include "bench/stats/samples.h"

static void run(uint64_t seed, uint64_t n)
{
    static const enum wi_draw_kind kinds[] = {WI_DRAW_UNIFORM, WI_DRAW_NORMAL, WI_DRAW_TRUNCATED};
    report_begin();
    stats_words(seed, n);
    for (int k = 0; k < 3; k++) {
        stats_samples(kinds[k], 32, seed, n);
        stats_samples(kinds[k], 64, seed, n);
        stats_halves(kinds[k], seed, n);
    }
    stats_sequences(seed, n);
}

static void write_words(uint64_t seed)
{
    static uint32_t words[1 << 14];
    static unsigned char bytes[sizeof words];
    const size_t n = sizeof words / sizeof *words;
    const struct wi_key key = {seed, wi_stream_id("", 0), WI_DOMAIN_VALUE};
    uint64_t first = 0;
    do {
        wi_bits_u32(&key, first, n, words);
        first += n;
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)(words[i / 4] >> 8 * (i % 4));
    } while (fwrite(bytes, sizeof bytes, 1, stdout) == 1);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "words") == 0) {
        write_words(strtoull(argv[2], NULL, 0));
        return 0;
    }
    double n = argc > 1 ? strtod(argv[1], NULL) : 1e9;
    if (!(n >= 1e5 && n <= 4e9)) {
        fprintf(stderr, "usage: %s [samples, 1e5 .. 4e9] | words SEED\n", argv[0]);
        return 2;
    }
    printf("%.0f samples of each; columns: group, statistic, standard errors\n", n);
    run(0, (uint64_t)n);
    if (report_suspects() > 0) {
        printf("beyond 4: repeating with another seed\n");
        run(0x9e3779b97f4a7c15, (uint64_t)n);
    }
    return report_verdict();
}
