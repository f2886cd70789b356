/* bench_ortho - how long orthogonal matrices take, asked line by line so that a driver (ortho.py) can alternate them
 * with other libraries in one run.
 *
 * Input lines: TYPE LEVEL ROWS COLS. TYPE is f32 or f64; LEVEL is baseline, avx2 or avx512. Output lines: seconds of
 * CPU time per matrix, drawing included, the best of three windows of 15 ms or of one call if that is longer; "none"
 * for what this build or CPU lacks. One thread; the memory is allocated once per line, before the clock starts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "isa.h"
#include "ortho/ortho.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void make(size_t elem, uint64_t rows, uint64_t cols, void *out, void *scratch)
{
    static struct wi_key key = {.stream = 42, .domain = WI_DOMAIN_VALUE};
    key.seed++;
    if (elem == 4)
        wi_ortho_f32(&key, rows, cols, 1, out, scratch, NULL);
    else
        wi_ortho_f64(&key, rows, cols, 1, out, scratch, NULL);
}

static double seconds_per_matrix(size_t elem, uint64_t rows, uint64_t cols, void *out, void *scratch)
{
    double best = -1;
    make(elem, rows, cols, out, scratch);
    for (int window = 0; window < 3; window++) {
        unsigned calls = 0;
        double start = now(), elapsed;
        do {
            make(elem, rows, cols, out, scratch);
            calls++;
            elapsed = now() - start;
        } while (elapsed < 0.015);
        if (best < 0 || elapsed / calls < best)
            best = elapsed / calls;
        if (calls == 1)
            break;
    }
    return best;
}

static int limit_to(const char *name)
{
    for (int level = WI_ISA_BASE; level < WI_ISA_COUNT; level++)
        if (strcmp(name, wi_isa_name((enum wi_isa)level)) == 0)
            return wi_isa_limit((enum wi_isa)level) == (enum wi_isa)level;
    return 0;
}

static void answer(const char *type, const char *level, uint64_t rows, uint64_t cols)
{
    size_t elem = strcmp(type, "f64") == 0 ? 8 : 4;
    if (!limit_to(level) || rows < 1 || cols < 1) {
        puts("none");
        return;
    }
    void *out = NULL, *scratch = NULL;
    if (posix_memalign(&out, 64, rows * cols * elem) ||
        posix_memalign(&scratch, 64, wi_ortho_scratch(rows, cols, elem, 1))) {
        puts("none");
        free(out);
        return;
    }
    printf("%.9f\n", seconds_per_matrix(elem, rows, cols, out, scratch));
    free(out);
    free(scratch);
}

int main(void)
{
    char type[8], level[16];
    unsigned rows, cols;
    while (scanf("%7s %15s %u %u", type, level, &rows, &cols) == 4) {
        answer(type, level, rows, cols);
        fflush(stdout);
    }
    return 0;
}
