/* see report.h */
#include "bench/stats/report.h"

#include <math.h>
#include <stdio.h>

enum { MAX = 2000 };

static const double suspect = 4, certain = 6;
static double deviates[2][MAX];
static int count, runs;

void report_begin(void)
{
    count = 0;
    runs++;
}

void report(const char *group, const char *name, double deviate)
{
    if (count < MAX)
        deviates[runs - 1][count++] = deviate;
    printf("%-26s %-26s %+7.2f%s\n", group, name, deviate, fabs(deviate) > suspect ? "  <-- beyond 4" : "");
    fflush(stdout);
}

/* Written so that a NaN is beyond every limit. */
static int beyond(double deviate, double limit)
{
    return !(fabs(deviate) <= limit);
}

int report_suspects(void)
{
    int n = 0;
    for (int i = 0; i < count; i++)
        n += beyond(deviates[runs - 1][i], suspect);
    return n;
}

int report_verdict(void)
{
    int failed = 0;
    double worst = 0;
    for (int i = 0; i < count; i++) {
        double d = deviates[0][i];
        worst = fmax(worst, fabs(d));
        failed +=
            beyond(d, certain) ||
            (runs > 1 && (beyond(deviates[1][i], certain) || (beyond(d, suspect) && beyond(deviates[1][i], suspect))));
    }
    printf("%d statistics, largest %.2f standard errors, %d failed\n", count, worst, failed);
    return failed > 0 || count == MAX;
}
