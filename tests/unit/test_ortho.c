/* Orthogonal matrices: the bits of the plain reference, orthogonality, and the first laws of the Haar distribution. */
#include <stdint.h>

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "ortho/ortho.h"
#include "support/test.h"
#include "support/lines.h"
#include "support/ortho_ref.h"
#include "support/sha256.h"

struct shape {
    uint64_t rows, cols;
};

static struct wi_key key_of(uint64_t seed)
{
    return (struct wi_key){.seed = seed, .stream = wi_stream_id("", 0), .domain = WI_DOMAIN_VALUE};
}

static void *alloc(size_t bytes)
{
    void *p = NULL;
    assert_int_equal(posix_memalign(&p, 64, bytes ? bytes : 64), 0);
    memset(p, 0xAB, bytes);
    return p;
}

/* An exec of `width` threads, each running every width-th task. */
struct share {
    size_t start, step, n;
    void (*task)(void *arg, size_t i);
    void *arg;
};

static void *run_share(void *arg)
{
    struct share *s = arg;
    for (size_t i = s->start; i < s->n; i += s->step)
        s->task(s->arg, i);
    return NULL;
}

static void run_threads(void *ctx, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    unsigned width = *(unsigned *)ctx;
    pthread_t threads[8];
    struct share shares[8];
    for (unsigned t = 0; t < width; t++) {
        shares[t] = (struct share){.start = t, .step = width, .n = n, .task = task, .arg = arg};
        assert_int_equal(pthread_create(&threads[t], NULL, run_share, &shares[t]), 0);
    }
    for (unsigned t = 0; t < width; t++)
        pthread_join(threads[t], NULL);
}

/* The matrix as bytes; freed by the caller. Scratch is exactly as large as stated, so that sanitizers see an
 * overrun. */
static void *make_key(size_t elem, const struct wi_key *key, struct shape s, double gain, unsigned width)
{
    struct wi_exec exec = {.parallel = run_threads, .ctx = &width, .width = width};
    void *out = alloc(s.rows * s.cols * elem);
    void *scratch = alloc(wi_ortho_scratch(s.rows, s.cols, elem, width));
    if (elem == 4)
        wi_ortho_f32(key, s.rows, s.cols, gain, out, scratch, &exec);
    else
        wi_ortho_f64(key, s.rows, s.cols, gain, out, scratch, &exec);
    free(scratch);
    return out;
}

static void *make(size_t elem, uint64_t seed, struct shape s, double gain, unsigned width)
{
    struct wi_key key = key_of(seed);
    return make_key(elem, &key, s, gain, width);
}

static void *make_ref(size_t elem, uint64_t seed, struct shape s, double gain)
{
    struct wi_key key = key_of(seed);
    void *out = alloc(s.rows * s.cols * elem);
    if (elem == 4)
        ortho_ref_f32(&key, s.rows, s.cols, gain, out);
    else
        ortho_ref_f64(&key, s.rows, s.cols, gain, out);
    return out;
}

static double at(const void *q, size_t elem, size_t i)
{
    return elem == 4 ? (double)((const float *)q)[i] : ((const double *)q)[i];
}

/* max |Q'Q - I| over the orthonormal side. */
static double defect(const void *q, size_t elem, struct shape s)
{
    bool wide = s.rows < s.cols;
    size_t n = wide ? s.rows : s.cols, m = wide ? s.cols : s.rows;
    size_t vec = wide ? s.cols : 1, item = wide ? 1 : s.cols;
    double worst = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            double dot = i == j ? -1 : 0;
            for (size_t k = 0; k < m; k++)
                dot += at(q, elem, i * vec + k * item) * at(q, elem, j * vec + k * item);
            worst = fmax(worst, isnan(dot) ? INFINITY : fabs(dot));
        }
    return worst;
}

static const struct shape shapes[] = {{1, 1},   {1, 2},    {2, 1},     {2, 2},     {3, 5},     {7, 7},    {1, 40},
                                      {40, 1},  {16, 16},  {47, 47},   {48, 48},   {49, 49},   {64, 64},  {96, 96},
                                      {97, 50}, {50, 97},  {127, 127}, {128, 128}, {129, 129}, {177, 49}, {300, 3},
                                      {3, 300}, {1000, 3}, {200, 144}, {145, 256}, {300, 300}, {305, 260}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

TEST(test_bits_of_the_reference_at_every_level_and_width)
{
    for (size_t elem = 4; elem <= 8; elem += 4)
        for (size_t i = 0; i < SHAPES; i++) {
            size_t bytes = shapes[i].rows * shapes[i].cols * elem;
            void *want = make_ref(elem, i, shapes[i], 1.5);
            for (int level = WI_ISA_BASE; level < WI_ISA_COUNT; level++) {
                if (wi_isa_limit((enum wi_isa)level) != (enum wi_isa)level)
                    continue;
                for (unsigned width = 1; width <= 3; width++) {
                    void *got = make(elem, i, shapes[i], 1.5, width);
                    assert_memory_equal(got, want, bytes);
                    free(got);
                }
            }
            wi_isa_limit(WI_ISA_AVX512);
            free(want);
        }
}

TEST(test_orthonormal)
{
    for (size_t elem = 4; elem <= 8; elem += 4)
        for (size_t i = 0; i < SHAPES; i++) {
            void *q = make(elem, 100 + i, shapes[i], 1, 1);
            double err = defect(q, elem, shapes[i]);
            if (!(err <= (elem == 4 ? 1e-6 : 4e-15)))
                fail_msg("%u x %u, %u bytes: %g", (unsigned)shapes[i].rows, (unsigned)shapes[i].cols, (unsigned)elem,
                         err);
            free(q);
        }
}

TEST(test_small_sizes_are_orthonormal_for_many_seeds)
{
    for (size_t elem = 4; elem <= 8; elem += 4)
        for (uint64_t m = 1; m <= 6; m++)
            for (uint64_t n = 1; n <= m; n++)
                for (uint64_t seed = 0; seed < 500; seed++) {
                    struct shape s = {m, n};
                    void *q = make(elem, seed, s, 1, 1);
                    double err = defect(q, elem, s);
                    assert_true(err <= (elem == 4 ? 1e-6 : 4e-15));
                    free(q);
                }
}

TEST(test_wide_is_tall_transposed)
{
    struct shape tall = {211, 101}, wide = {101, 211};
    for (size_t elem = 4; elem <= 8; elem += 4) {
        void *t = make(elem, 5, tall, 1, 1), *w = make(elem, 5, wide, 1, 1);
        for (size_t r = 0; r < tall.rows; r++)
            for (size_t c = 0; c < tall.cols; c++)
                assert_memory_equal((char *)t + (r * tall.cols + c) * elem, (char *)w + (c * tall.rows + r) * elem,
                                    elem);
        free(t);
        free(w);
    }
}

TEST(test_fewer_columns_are_a_prefix)
{
    struct shape square = {200, 200};
    static const uint64_t cols[] = {1, 47, 48, 49, 130, 199};
    for (size_t elem = 4; elem <= 8; elem += 4) {
        char *whole = make(elem, 9, square, 1, 1);
        for (size_t i = 0; i < sizeof cols / sizeof cols[0]; i++) {
            char *part = make(elem, 9, (struct shape){200, cols[i]}, 1, 1);
            for (size_t r = 0; r < 200; r++)
                assert_memory_equal(part + r * cols[i] * elem, whole + r * 200 * elem, cols[i] * elem);
            free(part);
        }
        free(whole);
    }
}

TEST(test_gain_is_one_multiplication)
{
    struct shape s = {70, 60};
    static const double gains[] = {1.0, 0.1, -2.5, 1.4142135623730951, 0.0};
    for (size_t i = 0; i < sizeof gains / sizeof gains[0]; i++) {
        float *q = make(4, 3, s, 1, 1), *g = make(4, 3, s, gains[i], 1);
        double *qd = make(8, 3, s, 1, 1), *gd = make(8, 3, s, gains[i], 1);
        for (size_t k = 0; k < s.rows * s.cols; k++) {
            assert_true(g[k] == q[k] * (float)gains[i]);
            assert_true(gd[k] == qd[k] * gains[i]);
        }
        free(q);
        free(g);
        free(qd);
        free(gd);
    }
}

TEST(test_batches_do_not_show)
{
    /* 8 MiB hold no two of these panels, so each is a batch and the unfinished groups go through the output. */
    struct shape s = {30000, 100};
    double *q = make(8, 1, s, 2, 2), *ref = make_ref(8, 1, s, 2);
    assert_memory_equal(q, ref, s.rows * s.cols * sizeof *q);
    free(q);
    free(ref);
    struct shape w = {100, 50000};
    float *qf = make(4, 1, w, 2, 2), *reff = make_ref(4, 1, w, 2);
    assert_memory_equal(qf, reff, w.rows * w.cols * sizeof *qf);
    free(qf);
    free(reff);
}

TEST(test_scratch_is_small)
{
    for (size_t elem = 4; elem <= 8; elem += 4) {
        assert_true(wi_ortho_scratch(4096, 4096, elem, 1) <= (size_t)16 << 20);
        assert_true(wi_ortho_scratch(16, 16, elem, 1) <= (size_t)256 << 10);
        assert_true(wi_ortho_scratch(4096, 512, elem, 1) == wi_ortho_scratch(512, 4096, elem, 1));
    }
}

/* Elements as integers of their bits, then as little-endian bytes. */
static uint64_t bits_at(const void *q, size_t elem, size_t i)
{
    return elem == 4 ? ((const uint32_t *)q)[i] : ((const uint64_t *)q)[i];
}

static void check_known(const struct line *line, void *context)
{
    (void)context;
    char *const *field = line->field, digest[65];
    size_t elem = strcmp(field[0], "f64") == 0 ? 8 : 4;
    struct shape s = {strtoull(field[1], NULL, 10), strtoull(field[2], NULL, 10)};
    struct wi_key key = {strtoull(field[4], NULL, 16), strtoull(field[5], NULL, 16), WI_DOMAIN_VALUE};
    size_t n = s.rows * s.cols;
    void *q = make_key(elem, &key, s, strtod(field[3], NULL), 1);
    unsigned char *bytes = alloc(n * elem);
    for (unsigned i = 7; i < line->n; i++)
        assert_int_equal(bits_at(q, elem, i - 7), strtoull(field[i], NULL, 16));
    for (size_t i = 0; i < n * elem; i++)
        bytes[i] = (unsigned char)(bits_at(q, elem, i / elem) >> 8 * (i % elem));
    sha256_hex(bytes, n * elem, digest);
    assert_string_equal(digest, field[6]);
    free(bytes);
    free(q);
}

TEST(test_known_answers)
{
    assert_int_equal(lines_read("tests/vectors/ortho.txt", check_known, NULL), 26);
}

/* z of the mean of n numbers of the given sum, expectation and standard deviation. */
static double z_of(double sum, double n, double mean, double std)
{
    return (sum - n * mean) / (std * sqrt(n));
}

TEST(test_trace_and_entries_are_haar)
{
    enum { SEEDS = 3000 };
    struct shape s = {6, 6};
    double trace = 0, trace2 = 0, square = 0, fourth = 0, cross = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        double *q = make(8, seed, s, 1, 1), t = 0;
        for (size_t i = 0; i < 6; i++)
            t += q[i * 7];
        trace += t;
        trace2 += t * t;
        square += q[0] * q[0];
        fourth += q[35] * q[35] * q[35] * q[35];
        cross += q[0] * q[1] * q[6] * q[7];
        free(q);
    }
    /* O(6): E tr = 0, E tr^2 = 1, E tr^4 = 3; E q^2 = 1/6, E q^4 = 3/48; E q11 q12 q21 q22 = -1/(5*6*8). */
    assert_true(fabs(z_of(trace, SEEDS, 0, 1)) < 4.5);
    assert_true(fabs(z_of(trace2, SEEDS, 1, sqrt(2))) < 4.5);
    assert_true(fabs(z_of(square, SEEDS, 1.0 / 6, sqrt(3.0 / 48 - 1.0 / 36))) < 4.5);
    assert_true(fabs(z_of(fourth, SEEDS, 1.0 / 16, sqrt(105.0 / (6 * 8 * 10 * 12) - 1.0 / 256))) < 4.5);
    assert_true(fabs(z_of(cross, SEEDS, -1.0 / 240, 1.0 / 24)) < 4.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits_of_the_reference_at_every_level_and_width),
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_orthonormal),
        cmocka_unit_test(test_small_sizes_are_orthonormal_for_many_seeds),
        cmocka_unit_test(test_wide_is_tall_transposed),
        cmocka_unit_test(test_fewer_columns_are_a_prefix),
        cmocka_unit_test(test_gain_is_one_multiplication),
        cmocka_unit_test(test_batches_do_not_show),
        cmocka_unit_test(test_scratch_is_small),
        cmocka_unit_test(test_trace_and_entries_are_haar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
