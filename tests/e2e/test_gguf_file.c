/* /models/NAME.gguf on a real server: the numbers are those of /init in llama.cpp's order, ranges are pieces of the whole,
 * matrices that must be built are waited for, and what GGUF cannot hold is an error of its parameter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/quant.h"
#include "support/server.h"
#include "support/test.h"

TEST_SERVER_GROUP("--log", "off")

/* Where the data of the file begins, and the offset in it of the tensor of that name, from its description. */
static const uint8_t *data_of(const struct test_answer *file, const char *name, unsigned dims)
{
    const uint8_t *found = memmem(file->body, file->length, name, strlen(name)), *offset;
    size_t bytes = 0, header;
    assert_non_null(found);
    offset = found + strlen(name) + 4 + 8 * dims + 4;
    for (unsigned i = 0; i < 8; i++)
        bytes |= (size_t)offset[i] << (8 * i);
    /* The last description ends with an offset; then zeros up to a multiple of 32. */
    found = memmem(file->body, file->length, "output_norm.weight", 18);
    header = (size_t)(found - file->body) + 18 + 4 + 8 + 4 + 8;
    return file->body + (header + 31) / 32 * 32 + bytes;
}

static struct test_answer get(const char *target)
{
    struct test_answer answer;
    test_get(server, target, &answer);
    if (answer.status != 200)
        fail_msg("%s: %d %.*s", target, answer.status, (int)answer.length, (const char *)answer.body);
    return answer;
}

TEST(matrices_hold_the_numbers_of_init_with_the_rows_of_heads_in_pairs)
{
    struct test_answer file = get("/models/tiny-llama.gguf?seed=7&dtype=bf16"),
                       q = get("/init?scheme=normal&std=0.02&shape=64,64&seed=7&layout=oi&dtype=bf16&format=raw&"
                               "stream=model.layers.0.self_attn.q_proj.weight"),
                       v = get("/init?scheme=normal&std=0.02&shape=32,64&seed=7&layout=oi&dtype=bf16&format=raw&"
                               "stream=model.layers.0.self_attn.v_proj.weight");
    const uint8_t *turned = data_of(&file, "blk.0.attn_q.weight", 2);
    for (size_t head = 0; head < 2; head++)
        for (size_t j = 0; j < 32; j++)
            assert_memory_equal(turned + (head * 32 + j) * 128, q.body + (head * 32 + j % 2 * 16 + j / 2) * 128, 128);
    assert_memory_equal(data_of(&file, "blk.0.attn_v.weight", 2), v.body, v.length);
    test_answer_free(&file);
    test_answer_free(&q);
    test_answer_free(&v);
}

TEST(blocks_are_made_of_the_float32_numbers)
{
    struct test_answer file = get("/models/tiny-llama.gguf?dtype=q8_0"),
                       v = get("/init?scheme=normal&std=0.02&shape=32,64&seed=0&layout=oi&format=raw&"
                               "stream=model.layers.1.self_attn.v_proj.weight");
    unsigned char want[32 * 64 / 32 * 34];
    float x[32 * 64];
    memcpy(x, v.body, sizeof x);
    srv_gguf_types[SRV_GGUF_Q8_0].encode(x, 32 * 64, want);
    assert_memory_equal(data_of(&file, "blk.1.attn_v.weight", 2), want, sizeof want);
    test_answer_free(&file);
    test_answer_free(&v);
}

TEST(ranges_are_pieces_of_the_whole_and_conditions_hold)
{
    static const char target[] = "/models/tiny-gpt2.gguf?seed=3&dtype=q4_0";
    struct test_answer whole = get(target), part, head, same;
    char range[64], condition[100];
    for (size_t from = 0; from + 40 < whole.length; from += whole.length / 37) {
        snprintf(range, sizeof range, "Range: bytes=%zu-%zu", from, from + 39);
        test_request(server, "GET", target, ARGS(range), &part);
        assert_int_equal(part.status, 206);
        assert_int_equal(part.length, 40);
        assert_memory_equal(part.body, whole.body + from, 40);
        test_answer_free(&part);
    }
    test_request(server, "HEAD", target, NULL, &head);
    assert_int_equal(atol(test_field(&head, "Content-Length")), (long)whole.length);
    snprintf(condition, sizeof condition, "If-None-Match: %s", test_field(&whole, "ETag"));
    test_request(server, "GET", target, ARGS(condition), &same);
    assert_int_equal(same.status, 304);
    test_answer_free(&whole);
    test_answer_free(&head);
    test_answer_free(&same);
}

/* Orthogonal matrices are built while the answer waits; a range in the middle needs that one alone. */
TEST(matrices_that_must_be_built_are_waited_for)
{
    static const char target[] = "/models/tiny-llama.gguf?init=orthogonal&seed=5";
    struct test_answer part, whole;
    test_request(server, "GET", target, ARGS("Range: bytes=300000-300999"), &part);
    assert_int_equal(part.status, 206);
    whole = get(target);
    assert_memory_equal(part.body, whole.body + 300000, 1000);
    test_answer_free(&part);
    test_answer_free(&whole);
}

TEST(what_gguf_cannot_hold_names_the_parameter)
{
    static const struct {
        const char *target, *param;
    } rows[] = {
        {"/models/tiny-vit.gguf", "\"param\": \"format\""},
        {"/models/tiny-llama.gguf?dtype=f64", "\"param\": \"dtype\""},
        {"/models/tiny-llama.gguf?dtype=q5_0", "q4_0"},
        {"/models/tiny-llama.safetensors?dtype=q8_0", "/models/tiny-llama.gguf"},
        {"/models/tiny-llama.gguf?vocab_size=100", "\"param\": \"vocab_size\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer answer;
        test_get(server, rows[i].target, &answer);
        assert_int_equal(answer.status, 400);
        if (!test_body_has(&answer, rows[i].param))
            fail_msg("%s: %.*s", rows[i].target, (int)answer.length, (const char *)answer.body);
        test_answer_free(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_hold_the_numbers_of_init_with_the_rows_of_heads_in_pairs),
        cmocka_unit_test(blocks_are_made_of_the_float32_numbers),
        cmocka_unit_test(ranges_are_pieces_of_the_whole_and_conditions_hold),
        cmocka_unit_test(matrices_that_must_be_built_are_waited_for),
        cmocka_unit_test(what_gguf_cannot_hold_names_the_parameter),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
