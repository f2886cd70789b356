/* The generators behind like=, below requests: states, raw words, list seeds, and streams that go on from tensor to
 * tensor. tests/vectors/like/engines.txt has the digest of what the real ones gave. */
#include "support/test.h"
#include "support/lines.h"
#include "support/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "like/jax/engine.h"
#include "like/numpy/generator.h"
#include "like/numpy/legacy.h"
#include "like/torch/engine.h"
#include "like/numpy/ziggurat.h"

/* Little-endian bytes of what a case has put out so far. */
static uint8_t out[16384];
static size_t used;

static void put(const void *values, size_t n, unsigned width)
{
    assert_true(used + n * width <= sizeof out);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = 0;
        if (width == 8)
            memcpy(&bits, (const uint8_t *)values + 8 * i, 8);
        else
            bits = ((const uint32_t *)values)[i];
        for (unsigned b = 0; b < width; b++)
            out[used++] = (uint8_t)(bits >> 8 * b);
    }
}

static struct wi_np_legacy legacy;
static struct wi_bitgen generator;
static struct wi_torch torch;
static double f64[2048];
static float f32[2048];

static void randn(size_t n, double scale)
{
    wi_np_legacy_randn(&legacy, n, f64);
    for (size_t i = 0; i < n; i++)
        f64[i] *= scale;
    put(f64, n, 8);
}

static void two_layers(void)
{
    wi_np_legacy_seed(&legacy, 42);
    randn(15, __builtin_sqrt(2 / 3.0));
    randn(10, __builtin_sqrt(2 / 5.0));
}

static void mixed(void)
{
    wi_np_legacy_seed(&legacy, 42);
    randn(3, 1);
    wi_np_legacy_uniform(&legacy, -1, 1, 4, f64);
    put(f64, 4, 8);
    randn(3, 1);
}

static void state_0(void)
{
    wi_np_legacy_seed(&legacy, 0);
    put(legacy.words.mt.key, 624, 4);
}

static void state_42(void)
{
    wi_np_legacy_seed(&legacy, 42);
    put(legacy.words.mt.key, 624, 4);
}

static void state_max(void)
{
    wi_np_legacy_seed(&legacy, UINT32_MAX);
    put(legacy.words.mt.key, 624, 4);
}

static const uint32_t list_1234[] = {1, 2, 3, 4};

static void state_list_1234(void)
{
    wi_np_legacy_seed_list(&legacy, list_1234, 4);
    put(legacy.words.mt.key, 624, 4);
}

static void state_list_42(void)
{
    const uint32_t list[] = {42};
    wi_np_legacy_seed_list(&legacy, list, 1);
    put(legacy.words.mt.key, 624, 4);
}

static void randn_list(void)
{
    wi_np_legacy_seed_list(&legacy, list_1234, 4);
    randn(500, 1);
}

static void seedseq(const uint32_t *words, size_t n)
{
    struct wi_seedseq seq;
    uint32_t state[16];
    wi_seedseq_words(&seq, words, n);
    wi_seedseq_state32(&seq, 16, state);
    put(state, 16, 4);
}

static void seedseq_u64(uint64_t seed)
{
    struct wi_seedseq seq;
    uint32_t state[16];
    wi_seedseq_u64(&seq, seed);
    wi_seedseq_state32(&seq, 16, state);
    put(state, 16, 4);
}

static void seedseq_0(void)
{
    seedseq_u64(0);
}

static void seedseq_42(void)
{
    seedseq_u64(42);
}

static void seedseq_max(void)
{
    seedseq_u64(UINT64_MAX);
}

static void seedseq_big(void) /* 10^40 */
{
    const uint32_t words[] = {0, 0xb9f56100, 0x5ca4bfab, 0x6329f1c3, 0x1d};
    seedseq(words, 5);
}

static void seedseq_list(void)
{
    const uint32_t words[] = {1, 2, 3, 4, 5, 6};
    seedseq(words, 6);
}

static void raw(enum wi_bitgen_kind kind, size_t n)
{
    wi_bitgen_seed(&generator, kind, 42);
    for (size_t i = 0; i < n; i++) {
        uint64_t word =
            kind == WI_BITGEN_MT19937 ? wi_bitgen_next32(&generator, kind) : wi_bitgen_next64(&generator, kind);
        put(&word, 1, 8);
    }
}

static void raw_pcg64(void)
{
    raw(WI_BITGEN_PCG64, 64);
}

static void raw_pcg64dxsm(void)
{
    raw(WI_BITGEN_PCG64DXSM, 64);
}

static void raw_philox(void)
{
    raw(WI_BITGEN_PHILOX, 64);
}

static void raw_sfc64(void)
{
    raw(WI_BITGEN_SFC64, 64);
}

static void raw_mt19937(void)
{
    raw(WI_BITGEN_MT19937, 700);
}

static void widen(size_t n)
{
    for (size_t i = 0; i < n; i++)
        f64[i] = (double)f32[i];
    put(f64, n, 8);
}

/* The unused half of a 64-bit draw waits through a draw of doubles. */
static void default_rng_mix(void)
{
    wi_bitgen_seed(&generator, WI_BITGEN_PCG64, 42);
    wi_np_random32(&generator, WI_BITGEN_PCG64, 3, f32);
    widen(3);
    wi_np_uniform(&generator, WI_BITGEN_PCG64, 0, 1, 2, f64);
    put(f64, 2, 8);
    wi_np_random32(&generator, WI_BITGEN_PCG64, 4, f32);
    widen(4);
}

static void torch_words(uint64_t seed, size_t n)
{
    wi_torch_seed(&torch, seed);
    for (size_t i = 0; i < n; i++) {
        uint32_t high = wi_words_next(&torch.words), low = wi_words_next(&torch.words);
        uint64_t word = (uint64_t)high << 32 | low;
        put(&word, 1, 8);
    }
}

static void torch_003(void)
{
    torch_words(42, 700);
}

static void torch_004(void)
{
    torch_words(UINT64_MAX, 8);
}

static void randperm(int64_t seed, uint32_t n)
{
    static uint32_t order[1000];
    wi_torch_seed(&torch, (uint64_t)seed);
    wi_torch_randperm(&torch, n, order);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t index = order[i];
        put(&index, 1, 8);
    }
}

static void torch_005(void)
{
    randperm(0, 10);
}

static void torch_006(void)
{
    randperm(-7, 33);
}

static void torch_007(void)
{
    randperm(5, 1000);
}

/* normal_ 3, uniform_ 5, normal_ 1, normal_ 17, normal_ 2: the second normal of a pair waits through the others. */
static void sequence(enum wi_dtype_id dtype)
{
    static const struct wi_torch_rules rules = {.half = WI_TORCH_HALF_TAIL};
    static const size_t counts[] = {3, 5, 1, 17, 2};
    wi_torch_seed(&torch, 9);
    for (size_t i = 0; i < 5; i++) {
        void *to = dtype == WI_F64 ? (void *)f64 : f32;
        if (i == 1)
            wi_torch_uniform(&torch, &rules, dtype, 0, 1, counts[i], to);
        else
            wi_torch_normal(&torch, &rules, dtype, 0, 1, counts[i], to);
        put(to, counts[i], dtype == WI_F64 ? 8 : 4);
    }
}

static void torch_106(void)
{
    sequence(WI_F32);
}

static void torch_107(void)
{
    sequence(WI_F64);
}

static void ziggurat_k(void)
{
    put(wi_ziggurat_k, 256, 8);
}

static void ziggurat_w(void)
{
    put(wi_ziggurat_w, 256, 8);
}

static void ziggurat_f(void)
{
    put(wi_ziggurat_f, 256, 8);
}

static void ziggurat_k32(void)
{
    put(wi_ziggurat_k32, 256, 4);
}

static void ziggurat_w32(void)
{
    put(wi_ziggurat_w32, 256, 4);
}

static void ziggurat_f32(void)
{
    put(wi_ziggurat_f32, 256, 4);
}

static const struct {
    const char *name;
    void (*run)(void);
    /* clang-format off */
} cases[] = {
    /* clang-format on */
    {"doc_two_layers_s42", two_layers},
    {"doc_mixed_s42", mixed},
    {"legacy_state_s0", state_0},
    {"legacy_state_s42", state_42},
    {"legacy_state_smax", state_max},
    {"legacy_state_list1234", state_list_1234},
    {"legacy_state_list42", state_list_42},
    {"legacy_randn_list", randn_list},
    {"seedseq_0", seedseq_0},
    {"seedseq_42", seedseq_42},
    {"seedseq_2p64m1", seedseq_max},
    {"seedseq_big", seedseq_big},
    {"seedseq_list", seedseq_list},
    {"raw_pcg64_s42", raw_pcg64},
    {"raw_pcg64dxsm_s42", raw_pcg64dxsm},
    {"raw_philox_s42", raw_philox},
    {"raw_sfc64_s42", raw_sfc64},
    {"raw_mt19937_ss42", raw_mt19937},
    {"default_rng_mix_s42", default_rng_mix},
    {"torch_003", torch_003},
    {"torch_004", torch_004},
    {"torch_005", torch_005},
    {"torch_006", torch_006},
    {"torch_007", torch_007},
    {"torch_106", torch_106},
    {"torch_107", torch_107},
    {"ziggurat_k", ziggurat_k},
    {"ziggurat_w", ziggurat_w},
    {"ziggurat_f", ziggurat_f},
    {"ziggurat_k32", ziggurat_k32},
    {"ziggurat_w32", ziggurat_w32},
    {"ziggurat_f32", ziggurat_f32},
};
enum { CASES = sizeof cases / sizeof *cases };

static void check_line(const struct line *line, void *wrong)
{
    char digest[65];
    size_t i = 0;
    while (i < CASES && strcmp(cases[i].name, line->field[0]) != 0)
        i++;
    assert_true(i < CASES);
    used = 0;
    cases[i].run();
    sha256_hex(out, used, digest);
    if (strcmp(digest, line->field[1]) != 0) {
        print_error("%s: %s\n", line->field[0], digest);
        ++*(unsigned *)wrong;
    }
}

TEST(test_known_digests)
{
    unsigned wrong = 0;
    assert_int_equal(lines_read("tests/vectors/like/engines.txt", check_line, &wrong), CASES);
    assert_int_equal(wrong, 0);
}

/* Known answers of jax's tests and Random123. */
TEST(test_threefry)
{
    struct wi_jax j = {{0, 0}, true, 4};
    uint32_t words[4];
    wi_jax_bits32(&j, 32, 0, 4, words);
    assert_int_equal(words[0], 0xf29a4fa7);
    assert_int_equal(words[3], 0x77faa835);
    j.partitionable = false;
    wi_jax_bits32(&j, 32, 0, 4, words);
    assert_int_equal(words[0], 0xf71f4ea9);
    assert_int_equal(words[3], 0x4bdfae2f);
    uint64_t word;
    j.partitionable = true;
    wi_jax_bits64(&j, 0, 1, &word);
    assert_int_equal(word, UINT64_C(0x6b20015999ba4efe));
}

/* Any range of jax's elements is the same part of the whole, in every width. */
TEST(test_jax_ranges)
{
    enum { N = 1001 };
    static uint32_t whole[N], part[N];
    for (int mode = 0; mode < 2; mode++)
        for (unsigned width = 8; width <= 32; width *= 2) {
            struct wi_jax j = {{7, 9}, mode, N};
            wi_jax_bits32(&j, width, 0, N, whole);
            for (size_t first = 0; first < N; first += 37) {
                size_t n = N - first < 300 ? N - first : 300;
                wi_jax_bits32(&j, width, first, n, part);
                assert_memory_equal(part, whole + first, n * sizeof *part);
            }
        }
}

/* However a legacy stream is cut into calls, it is the same stream. */
TEST(test_numpy_cuts)
{
    static double whole[2000];
    wi_np_legacy_seed(&legacy, 3);
    wi_np_legacy_randn(&legacy, 2000, whole);
    wi_np_legacy_seed(&legacy, 3);
    for (size_t at = 0, n = 1; at < 2000; at += n, n = n % 9 + 1) {
        n = n < 2000 - at ? n : 2000 - at;
        wi_np_legacy_randn(&legacy, n, f64);
        assert_memory_equal(f64, whole + at, n * sizeof *f64);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_digests),
        cmocka_unit_test(test_threefry),
        cmocka_unit_test(test_jax_ranges),
        cmocka_unit_test(test_numpy_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
