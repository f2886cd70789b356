/* lib/fmath against this machine's C library, on random arguments (argv[1] of them, default 4 million) and, with
 * argv[2], all 2^32 of the f32 functions. Means something on x86-64 with FMA and glibc 2.28 to 2.40 only. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fmath/f32.h"
#include "fmath/f64.h"

static uint64_t state = 88172645463325252u;

static uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

static double unit(void)
{
    return (double)(random64() >> 11) * 0x1p-53;
}

struct check64 {
    const char *name;
    double (*mine)(double), (*theirs)(double);
    double low, high; /* low == high: any bits */
};

static const struct check64 checks64[] = {
    {"log", wi_log_f64, log, 0, 1},         {"log", wi_log_f64, log, 0.93, 1.07},
    {"log", wi_log_f64, log, 0, 0},         {"log1p", wi_log1p_f64, log1p, -1, 0},
    {"log1p", wi_log1p_f64, log1p, 0, 0},   {"exp", wi_exp_f64, exp, -10, 10},
    {"exp", wi_exp_f64, exp, -760, 720},    {"exp", wi_exp_f64, exp, 0, 0},
    {"sin", wi_sin_f64, sin, 0, 6.2831853}, {"sin", wi_sin_f64, sin, -1e8, 1e8},
    {"cos", wi_cos_f64, cos, 0, 6.2831853}, {"cos", wi_cos_f64, cos, -1e8, 1e8},
    {"erf", wi_erf_f64, erf, -7, 7},        {"erf", wi_erf_f64, erf, 0, 0},
};

static long check_f64(const struct check64 *c, long n)
{
    long wrong = 0;
    for (long i = 0; i < n; i++) {
        double x = c->low == c->high ? wi_f64_of(random64()) : c->low + (c->high - c->low) * unit();
        double a = c->mine(x), b = c->theirs(x);
        if (wi_u64_of(a) != wi_u64_of(b) && (a == a || b == b) && wrong++ == 0)
            printf("%s(%a): %a here, %a in libm\n", c->name, x, a, b);
    }
    printf("%-6s %g .. %g: %ld of %ld differ\n", c->name, c->low, c->high, wrong, n);
    return wrong;
}

struct check32 {
    const char *name;
    float (*mine)(float), (*theirs)(float);
    float limit; /* |x| below it */
};

static const struct check32 checks32[] = {
    {"logf", wi_log_f32, logf, INFINITY}, {"log1pf", wi_log1p_f32, log1pf, INFINITY},
    {"expf", wi_exp_f32, expf, INFINITY}, {"erff", wi_erf_f32, erff, INFINITY},
    {"sinf", wi_sin_f32, sinf, 120},      {"cosf", wi_cos_f32, cosf, 120},
};

static long check_f32(const struct check32 *c, long n, int all)
{
    long wrong = 0, done = 0;
    uint64_t end = all ? UINT64_C(1) << 32 : (uint64_t)n;
    for (uint64_t i = 0; i < end; i++) {
        float x = wi_f32_of(all ? (uint32_t)i : (uint32_t)random64());
        if (!(fabsf(x) < c->limit))
            continue;
        float a = c->mine(x), b = c->theirs(x);
        done++;
        if (wi_u32_of(a) != wi_u32_of(b) && (a == a || b == b) && wrong++ == 0)
            printf("%s(%a): %a here, %a in libm\n", c->name, (double)x, (double)a, (double)b);
    }
    printf("%-6s: %ld of %ld differ\n", c->name, wrong, done);
    return wrong;
}

static long check_fma(long n)
{
    long wrong = 0;
    for (long i = 0; i < n; i++) {
        double a = wi_f64_of(random64()), b = wi_f64_of(random64());
        double c = i & 1 ? -(a * b) * (1 + unit() * 0x1p-51) : unit();
        double mine = wi_fma_soft(a, b, c), theirs = fma(a, b, c);
        wrong += wi_u64_of(mine) != wi_u64_of(theirs) && (mine == mine || theirs == theirs);
        float x = wi_f32_of((uint32_t)random64()), y = wi_f32_of((uint32_t)random64()), z = -(x * y);
        float mine32 = wi_fmaf_soft(x, y, z), theirs32 = fmaf(x, y, z);
        wrong += wi_u32_of(mine32) != wi_u32_of(theirs32) && (mine32 == mine32 || theirs32 == theirs32);
    }
    printf("fma, fmaf: %ld of %ld differ\n", wrong, 2 * n);
    return wrong;
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? atol(argv[1]) : 4000000, wrong = check_fma(n);
    for (size_t i = 0; i < sizeof checks64 / sizeof *checks64; i++)
        wrong += check_f64(&checks64[i], n);
    for (size_t i = 0; i < sizeof checks32 / sizeof *checks32; i++)
        wrong += check_f32(&checks32[i], n, argc > 2);
    long pow_wrong = 0;
    for (long i = 0; i < n; i++) {
        double x = unit() * 10 + 1e-9, y = i & 1 ? 2.0 : unit() * 20 - 10;
        pow_wrong += wi_pow_f64(x, y) != pow(x, y);
    }
    printf("pow: %ld of %ld differ\n", pow_wrong, n);
    return wrong + pow_wrong != 0;
}
