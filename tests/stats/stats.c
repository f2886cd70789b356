/* stats [N] - the statistics of N samples of every kind and type (default 1e9), in standard errors. See report.h for
 * the rule; the exit status is 0 if all is well. */
#include <stdio.h>
#include <stdlib.h>

#include "stats/report.h"
#include "stats/samples.h"

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

int main(int argc, char **argv)
{
    double n = argc > 1 ? strtod(argv[1], NULL) : 1e9;
    if (!(n >= 1e5 && n <= 4e9)) {
        fprintf(stderr, "usage: %s [samples, 1e5 .. 4e9]\n", argv[0]);
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
