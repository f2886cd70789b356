/* see cpu.h */
#include "base/cpu.h"

#include <sched.h>
#include <stdio.h>

static unsigned affinity(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? (unsigned)n : 1;
}

/* Read up to two numbers from the start of a file. Returns how many there are; "max" is none. */
static int read_numbers(const char *path, double value[2])
{
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    int n = fscanf(f, "%lf %lf", &value[0], &value[1]);
    fclose(f);
    return n > 0 ? n : 0;
}

/* The processor seconds per second that the cgroup allows; 0: no limit. A container sees its own group as the root, so
 * the paths are fixed. */
static double quota(void)
{
    double v2[2], limit[2], period[2];
    if (read_numbers("/sys/fs/cgroup/cpu.max", v2) == 2 && v2[1] > 0)
        return v2[0] / v2[1];
    if (read_numbers("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", limit) && limit[0] > 0 &&
        read_numbers("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period) && period[0] > 0)
        return limit[0] / period[0];
    return 0;
}

unsigned srv_cpu_count(void)
{
    unsigned n = affinity();
    double cpus = quota();
    if (cpus <= 0 || cpus >= n)
        return n;
    unsigned whole = (unsigned)cpus;
    return whole < cpus ? whole + 1 : whole;
}
