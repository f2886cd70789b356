/* bench_kernels - how long the kernels take, asked line by line so that a driver (kernels.py) can alternate them with
 * other libraries in one run.
 *
 * Input lines: NAME LEVEL BYTES. NAME is bits, memset, philox (Random123, if its header was there) or KIND-TYPE as in
 * normal-f32; LEVEL is baseline, avx2 or avx512; BYTES is the size of the buffer that is filled. Output lines: CPU
 * seconds per call, the best of three windows of 15 ms or of one call if that is longer; "none" for what this build or
 * CPU lacks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if __has_include(<Random123/philox.h>)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <Random123/philox.h>
#pragma GCC diagnostic pop
#define HAVE_RANDOM123 1
#endif

#include "draw.h"
#include "isa.h"

static const struct wi_key key = {7, 42, WI_DOMAIN_VALUE};

/* CPU time: what else runs on the machine should not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void run_bits(const struct wi_draw *draw, void *out, size_t bytes)
{
    (void)draw;
    wi_bits_u32(&key, 0, bytes / 4, out);
}

static void run_memset(const struct wi_draw *draw, void *out, size_t bytes)
{
    (void)draw;
    memset(out, 0x5a, bytes);
}

#ifdef HAVE_RANDOM123
static void run_philox(const struct wi_draw *draw, void *out, size_t bytes)
{
    philox4x32_ctr_t counter = {{0}};
    const philox4x32_key_t philox_key = {{7, 42}};
    unsigned char *to = out;
    (void)draw;
    for (size_t i = 0; i + 16 <= bytes; i += 16) {
        counter.v[0] = (uint32_t)(i / 16);
        philox4x32_ctr_t words = philox4x32(counter, philox_key);
        memcpy(to + i, words.v, 16);
    }
}
#endif

static void run_f32(const struct wi_draw *draw, void *out, size_t bytes)
{
    wi_draw_f32(draw, &key, 0, bytes / 4, out);
}

static void run_f64(const struct wi_draw *draw, void *out, size_t bytes)
{
    wi_draw_f64(draw, &key, 0, bytes / 8, out);
}

static void run_f16(const struct wi_draw *draw, void *out, size_t bytes)
{
    wi_draw_f16(draw, &key, 0, bytes / 2, out);
}

static void run_bf16(const struct wi_draw *draw, void *out, size_t bytes)
{
    wi_draw_bf16(draw, &key, 0, bytes / 2, out);
}

static const struct task {
    const char *name;
    void (*run)(const struct wi_draw *, void *out, size_t bytes);
} tasks[] = {{"bits", run_bits},     {"memset", run_memset},
#ifdef HAVE_RANDOM123
             {"philox", run_philox},
#endif
             {"f32", run_f32},       {"f64", run_f64},       {"f16", run_f16}, {"bf16", run_bf16}};

static double seconds_per_call(const struct task *task, const struct wi_draw *draw, void *out, size_t bytes)
{
    double best = 0;
    task->run(draw, out, bytes);
    for (int window = 0; window < 3; window++) {
        double start = now(), elapsed;
        int calls = 0;
        do {
            task->run(draw, out, bytes);
            calls++;
        } while ((elapsed = now() - start) < 0.015);
        if (window == 0 || elapsed / calls < best)
            best = elapsed / calls;
        if (calls == 1)
            break;
    }
    return best;
}

/* The part after the dash, or all. */
static const struct task *find_task(const char *name)
{
    const char *dash = strchr(name, '-');
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i].name, dash ? dash + 1 : name) == 0)
            return &tasks[i];
    return NULL;
}

static struct wi_draw find_draw(const char *name)
{
    if (strncmp(name, "uniform", 7) == 0)
        return (struct wi_draw){WI_DRAW_UNIFORM, -0.1, 0.1};
    return (struct wi_draw){strncmp(name, "truncated", 9) == 0 ? WI_DRAW_TRUNCATED : WI_DRAW_NORMAL, 0, 0.02};
}

static int set_level(const char *name)
{
    for (int level = 0; level < WI_ISA_COUNT; level++)
        if (strcmp(name, wi_isa_name((enum wi_isa)level)) == 0)
            return wi_isa_limit((enum wi_isa)level) == (enum wi_isa)level;
    return 0;
}

int main(void)
{
    char name[32], level[32];
    size_t bytes, cap = 0;
    void *out = NULL;
    while (scanf("%31s %31s %zu", name, level, &bytes) == 3) {
        const struct task *task = find_task(name);
        struct wi_draw draw = find_draw(name);
        if (bytes > cap) {
            free(out);
            out = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
            if (!out)
                return 1;
            memset(out, 1, bytes);
            cap = bytes;
        }
        if (task && set_level(level))
            printf("%.9g\n", seconds_per_call(task, &draw, out, bytes));
        else
            printf("none\n");
        fflush(stdout);
    }
    free(out);
    return 0;
}
