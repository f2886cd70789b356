/* The random words: the block core against published vectors, their order, keys, ranges and instruction levels. */
#include "isa.h"
#include "key.h"
#include "rng/tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "support/lines.h"

static uint32_t le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void input_from_bytes(uint32_t input[16], const uint8_t key[32], const uint8_t rest[16])
{
    wi_chacha_input(&(struct wi_key){0}, input); /* for the constants */
    for (int i = 0; i < 8; i++)
        input[4 + i] = le32(key + 4 * i);
    for (int i = 0; i < 4; i++)
        input[12 + i] = le32(rest + 4 * i);
}

/* Word j of a block is at 16 j + (block % 16) in its tile. */
static void check_block(const struct line *line, void *context)
{
    uint8_t key[32], rest[16], block[64];
    uint32_t input[16], tile[WI_TILE_WORDS];
    (void)context;
    assert_int_equal(line->n, 4);
    assert_int_equal(lines_bytes(line->field[1], key, sizeof key), sizeof key);
    assert_int_equal(lines_bytes(line->field[2], rest, sizeof rest), sizeof rest);
    assert_int_equal(lines_bytes(line->field[3], block, sizeof block), sizeof block);
    input_from_bytes(input, key, rest);
    uint64_t number = input[12] | (uint64_t)input[13] << 32;
    unsigned rounds = (unsigned)strtoul(line->field[0], NULL, 10);
    wi_chacha_tile_base(input, rounds, number / WI_TILE_BLOCKS, tile);
    for (unsigned j = 0; j < 16; j++)
        assert_int_equal(tile[16 * j + number % WI_TILE_BLOCKS], le32(block + 4 * j));
    if (rounds == WI_ROUNDS) {
        wi_tiles()(input, number / WI_TILE_BLOCKS, 1, tile);
        for (unsigned j = 0; j < 16; j++)
            assert_int_equal(tile[16 * j + number % WI_TILE_BLOCKS], le32(block + 4 * j));
    }
}

TEST(test_published_blocks)
{
    assert_int_equal(lines_read("tests/vectors/chacha.txt", check_block, NULL), 7);
}

/* seed, stream, domain, first, then words */
static void check_words(const struct line *line, void *context)
{
    (void)context;
    struct wi_key key = {strtoull(line->field[0], NULL, 16), strtoull(line->field[1], NULL, 16),
                         (uint32_t)strtoul(line->field[2], NULL, 10)};
    uint64_t first = strtoull(line->field[3], NULL, 0);
    unsigned n = line->n - 4;
    uint32_t words[LINES_FIELDS];
    wi_bits_u32(&key, first, n, words);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(words[i], strtoul(line->field[4 + i], NULL, 16));
}

TEST(test_known_words)
{
    for (int level = 0; level < WI_ISA_COUNT; level++) {
        wi_isa_limit((enum wi_isa)level);
        assert_int_equal(lines_read("tests/vectors/words.txt", check_words, NULL), 9);
    }
}

/* The definition word by word, from blocks of the 20-round-capable core. */
static uint32_t word_by_definition(const struct wi_key *key, uint64_t p)
{
    uint32_t input[16], tile[WI_TILE_WORDS];
    wi_chacha_input(key, input);
    wi_chacha_tile_base(input, 8, p >> 8, tile);
    return tile[p & 255];
}

static const uint64_t starts[] = {
    0, 1, 255, 256, 1023, 65536 + 17, (1ull << 36) - 3, (1ull << 40) + 5, (1ull << 58) - 700, (1ull << 59) - 1000};

TEST(test_any_range_any_level)
{
    enum { N = 1500 };
    static uint32_t whole[N], part[N + 1];
    const struct wi_key key = {0x0123456789abcdef, 0xfedcba9876543210, WI_DOMAIN_MASK};
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        wi_isa_limit(WI_ISA_BASE);
        wi_bits_u32(&key, starts[s], N, whole);
        for (size_t i = 0; i < N; i += 97)
            assert_int_equal(whole[i], word_by_definition(&key, starts[s] + i));
        for (int level = 0; level < WI_ISA_COUNT; level++) {
            wi_isa_limit((enum wi_isa)level);
            for (size_t from = 0, n = 1; from < N; from += n, n = n * 2 + 1) {
                size_t take = n < N - from ? n : N - from;
                memset(part, 0xab, sizeof part);
                wi_bits_u32(&key, starts[s] + from, take, part);
                assert_memory_equal(part, whole + from, take * sizeof *part);
                assert_int_equal(part[take], 0xabababab);
            }
        }
    }
}

TEST(test_u64_are_pairs)
{
    enum { N = 1300 };
    static uint32_t words[2 * N];
    static uint64_t pairs[N + 1];
    const struct wi_key key = {99, 3, WI_DOMAIN_VALUE};
    wi_isa_limit(WI_ISA_AVX512);
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        uint64_t first = starts[s] / 2 + 1;
        wi_bits_u32(&key, 2 * first, 2 * N, words);
        memset(pairs, 0xab, sizeof pairs);
        wi_bits_u64(&key, first, N, pairs);
        for (size_t i = 0; i < N; i++)
            assert_true(pairs[i] == (words[2 * i] | (uint64_t)words[2 * i + 1] << 32));
        assert_true(pairs[N] == 0xabababababababab);
    }
}

/* Every part of the key changes the words. */
TEST(test_key)
{
    const struct wi_key keys[] = {{0, 0, 0}, {1, 0, 0},          {1ull << 32, 0, 0}, {1ull << 63, 0, 0},
                                  {0, 1, 0}, {0, 1ull << 32, 0}, {0, 1ull << 63, 0}, {0, 0, 1}};
    enum { KEYS = sizeof keys / sizeof *keys };
    uint32_t words[KEYS][16];
    for (int k = 0; k < KEYS; k++) {
        wi_bits_u32(&keys[k], 0, 16, words[k]);
        for (int other = 0; other < k; other++)
            for (int i = 0; i < 16; i++)
                assert_int_not_equal(words[k][i], words[other][i]);
    }
}

/* Published FNV-1a values. */
TEST(test_stream_id)
{
    assert_true(wi_stream_id("", 0) == 0xcbf29ce484222325);
    assert_true(wi_stream_id("a", 1) == 0xaf63dc4c8601ec8c);
    assert_true(wi_stream_id("foobar", 6) == 0x85944171f73967e8);
    assert_true(wi_stream_id("\xff", 1) == (0xcbf29ce484222325 ^ 0xff) * 0x100000001b3);
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_blocks), cmocka_unit_test(test_known_words),
        cmocka_unit_test(test_any_range_any_level), cmocka_unit_test(test_u64_are_pairs),
        cmocka_unit_test(test_key), cmocka_unit_test(test_stream_id),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
