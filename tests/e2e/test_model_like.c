/* like=torch of whole models, over HTTP: files that transformers saved after torch.manual_seed, any part of them, the URLs of
 * their tensors, what the answer says of itself, and what is refused. The digests are of torch 2.15, transformers 5.24. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/server.h"
#include "support/sha256.h"

TEST_SERVER_GROUP("--log", "off")

static void get(const char *target, struct test_answer *a)
{
    test_get(server, target, a);
    if (a->status != 200)
        fail_msg("%s: %d %.*s", target, a->status, (int)a->length, (const char *)a->body);
}

TEST(files_are_those_that_the_library_saves)
{
    /* clang-format off */
    static const struct {
        const char *target, *sha256;
    } cases[] = {
        {"/models/tiny-llama.safetensors?like=torch&seed=0", "e58f1b48da604e03de2bae09fd2c56ac7eaa406ec08ca0d6b3ecd40d4d0ec34d"},
        {"/models/tiny-llama/model.safetensors?seed=1234&like=torch", "34a3a8cc618782cd01c76044a67363a3104bd7d2ad46ddcefc55934f3ac316c5"},
        {"/models/tiny-mixtral.safetensors?like=torch&seed=1", "794d002af4ea54cc761a0890a3da6b7ec7a31ad9878dcbb737abb308207f4bb8"},
        {"/models/tiny-gpt2.safetensors?like=torch&seed=1234", "ec3ecc7c558cbc3dadd4700b4bbbf6bbf3ee69937e122b3181450ea7616b9615"},
        {"/models/tiny-resnet.safetensors?like=torch&seed=1", "ebc299f7bf61179997980f287464fadde95c1907c96411e9b853807f7f79162e"},
        {"/models/tiny-vit.safetensors?like=torch&seed=0", "2cc68aebbb110bfd2889df9321ff74ba45d66813ed792ef67d53e58147390a0d"},
        {"/models/tiny-t5.safetensors?like=torch&seed=1", "2967c4ae4eb4ccd7580388da87ba6354862ee729da5d346859849ae36d088cf9"},
        {"/models/tiny-clip.safetensors?like=torch&seed=1234", "3e75924ccd549163dc7939dd037fcc02f124d30c34777a536428650c5914a08b"},
        {"/models/tiny-deepseek-v3.safetensors?like=torch&seed=0", "852093819a2fbf2ca61292ce68b1c0a5c2224039cedd13b1302274d29117637d"},
        {"/models/tiny-bert.safetensors?like=torch&seed=1", "64abacbd9e735fbe05dfe27d916e833c67562144ef50f53fc0a2de7d4dd79f42"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_answer a;
        char hex[SHA256_HEX_CAP];
        get(cases[i].target, &a);
        sha256_hex(a.body, a.length, hex);
        if (strcmp(hex, cases[i].sha256) != 0)
            fail_msg("%s: %s", cases[i].target, hex);
        test_answer_free(&a);
    }
}

/* The data section's digest; its length stands in the first 8 bytes. */
static void data_is(const char *target, const char *sha256)
{
    struct test_answer a;
    uint64_t header = 0;
    char hex[SHA256_HEX_CAP];
    get(target, &a);
    for (unsigned i = 8; i-- > 0;)
        header = header << 8 | a.body[i];
    assert_true(header + 8 < a.length);
    sha256_hex(a.body + 8 + header, a.length - 8 - header, hex);
    if (strcmp(hex, sha256) != 0)
        fail_msg("%s: %s", target, hex);
    test_answer_free(&a);
}

TEST(a_model_is_made_in_bf16_or_converted_to_it)
{
    data_is("/models/tiny-deepseek-v3.safetensors?like=torch&dtype=bf16",
            "ba666ce0a04283a26db68966c8640afb51f1fbf7a5d987868da4d387eef90b6e");
    data_is("/models/tiny-deepseek-v3.safetensors?like=torch&dtype=bf16&drawn=f32",
            "0a5ac71e2e90150886dbd551ad06d7aef40ec16ccfd804e8ce870583b90dfc2c");
    data_is("/models/tiny-llama.safetensors?like=torch&dtype=bf16&drawn=bf16",
            "ccf8f35de755f44fbf9b5d02c4d3c8986cc6762f0cd1dde491f183b6e32cec75");
}

TEST(any_range_is_that_part_of_the_file)
{
    static const char target[] = "/models/tiny-mixtral.safetensors?like=torch&seed=3";
    struct test_answer whole, part;
    get(target, &whole);
    for (size_t at = 0; at < whole.length; at += 40009) {
        char range[64];
        size_t n = whole.length - at < 5001 ? whole.length - at : 5001;
        snprintf(range, sizeof range, "Range: bytes=%zu-%zu", at, at + n - 1);
        test_request(server, "GET", target, ARGS(range), &part);
        assert_int_equal(part.status, 206);
        assert_int_equal(part.length, n);
        assert_memory_equal(part.body, whole.body + at, n);
        test_answer_free(&part);
    }
    test_answer_free(&whole);
}

/* Every tensor of the table that has a URL: it gives the bytes at the tensor's offset. */
TEST(the_table_says_which_request_gives_a_tensor)
{
    struct test_answer table, whole, tensor;
    unsigned n = 0, after = 0;
    get("/models/tiny-gpt2?like=torch&seed=5", &table);
    get("/models/tiny-gpt2.safetensors?like=torch&seed=5", &whole);
    assert_true(test_body_has(&table, "\"like\": \"torch\""));
    for (const char *at = (const char *)table.body, *row; (row = strstr(at, "\"offset\": ")); n++) {
        const char *url = strstr(row, "\"url\": \"");
        size_t offset = strtoul(row + 10, NULL, 10);
        char target[600];
        assert_non_null(url);
        url += 8;
        snprintf(target, sizeof target, "%.*s", (int)strcspn(url, "\""), url);
        after += strstr(target, "&after=words:") != NULL;
        get(target, &tensor);
        assert_true(offset + tensor.length <= whole.length);
        assert_memory_equal(tensor.body, whole.body + offset, tensor.length);
        test_answer_free(&tensor);
        at = url;
    }
    assert_true(n >= 20 && after >= 8);
    test_answer_free(&table);
    test_answer_free(&whole);
}

TEST(the_answer_names_the_releases)
{
    struct test_answer a;
    test_request(server, "HEAD", "/models/llama-3.1-405b.safetensors?like=torch&dtype=bf16", NULL, &a);
    assert_int_equal(a.status, 200);
    assert_string_equal(test_field(&a, "X-Tensor-Exactness"), "exact");
    assert_non_null(strstr(test_field(&a, "X-Tensor-Exactness-Note"), "transformers 4.40 to 5.24"));
    assert_non_null(strstr(test_field(&a, "Content-Location"), "&like=torch"));
    char etag[80];
    snprintf(etag, sizeof etag, "%s", test_field(&a, "ETag"));
    test_answer_free(&a);
    test_request(server, "HEAD", "/models/llama-3.1-405b.safetensors?dtype=bf16", NULL, &a);
    assert_string_not_equal(test_field(&a, "ETag"), etag);
    test_answer_free(&a);
}

TEST(a_range_far_into_the_generator_is_served)
{
    struct test_answer a, b;
    const char *const range = "Range: bytes=500000000000-500000000099";
    test_request(server, "GET", "/models/llama-3.1-405b.safetensors?like=torch&seed=-1&dtype=bf16", ARGS(range), &a);
    test_request(server, "GET", "/models/llama-3.1-405b.safetensors?like=torch&seed=4294967295&dtype=bf16", ARGS(range),
                 &b);
    assert_int_equal(a.status, 206);
    assert_int_equal(a.length, 100);
    assert_memory_equal(a.body, b.body, 100); /* 32 bits of a seed reach torch's generator */
    test_answer_free(&a);
    test_answer_free(&b);
}

TEST(stacks_are_those_of_torch)
{
    data_is("/model?layers=Flatten;Linear:784,128;ReLU;Dropout:0.2;Linear:128,10&like=torch&seed=0&format=safetensors",
            "01627e874993365ddec9df247e45fedf72dc5fbe9100e0537d23d9143d4ad4c5");
    data_is(
        "/model?layers=Linear:9,11;Tanh;Linear:11,4&init=linear.weight:xavier_uniform&like=torch&format=safetensors",
        "20f933f314055aa7e8f39296862ff2ba5665fed97b3c81d5cfda0d04a777ba69");
    data_is("/model?layers=linear:9,11;relu;linear:11,4&like=torch&seed=1234&format=safetensors"
            "&init=linear.weight:kaiming_normal,nonlinearity=relu;linear.bias:zeros",
            "d27b61945df29c225be99b9f7a539ba29c086f0cb211e2c07dbd688e5dc5c8ce");
    data_is("/model?layers=transformer:16,4,num_encoder_layers=2,num_decoder_layers=2,dim_feedforward=32&like=torch"
            "&seed=1&format=safetensors",
            "a6c7b5e246d9d8742c41044e8369c052a1bba295ab76ade9d9efa774ef651a53");
}

/* What a POST is answered with: `out`, and where its content begins in it. */
static const char *post(const char *target, const char *content, char *out, size_t cap)
{
    char request[1024];
    int n = snprintf(request, sizeof request,
                     "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", target,
                     strlen(content), content);
    assert_in_range(n, 1, sizeof request - 1);
    size_t len = test_raw(server, request, (size_t)n, 5000, out, cap - 1, NULL);
    out[len] = 0;
    const char *body = strstr(out, "\r\n\r\n");
    assert_non_null(body);
    return body + 4;
}

TEST(a_stack_that_is_sent_is_the_one_of_the_query)
{
    static const char sent[] =
        "{\"layers\":[\"Linear:9,11\",{\"module\":\"Tanh\"},{\"module\":\"Linear\",\"in_features\":11,"
        "\"out_features\":4}],\"init\":\"linear.weight:xavier_uniform\"}";
    static const char wrong[] = "{\"layers\":[\"Linear:9,11\",[\"Tanh\",\"Linear:12,4\"]]}";
    static char room[8192];
    struct test_answer get;
    test_get(server,
             "/model?layers=Linear:9,11;Tanh;Linear:11,4&init=linear.weight:xavier_uniform&like=torch&seed=5"
             "&format=safetensors",
             &get);
    const char *body = post("/model?like=torch&seed=5&format=safetensors", sent, room, sizeof room);
    assert_int_equal(get.status, 200);
    assert_memory_equal(room, "HTTP/1.1 200", 12);
    assert_true(get.length > 600 && body + get.length < room + sizeof room);
    assert_memory_equal(get.body, body, get.length);
    test_answer_free(&get);
    body = post("/model?like=torch", wrong, room, sizeof room);
    assert_memory_equal(room, "HTTP/1.1 400", 12);
    assert_non_null(strstr(body, "layer 1.1 takes 12, but layer 0 gives 11"));
}

TEST(what_is_not_torchs_is_refused)
{
    static const struct {
        const char *target, *text;
    } cases[] = {
        {"/models/tiny-llama?like=jax", "like"},
        {"/models/tiny-llama?like=torch@2.1", "like"},
        {"/models/tiny-llama?like=torch&init=orthogonal", "init"},
        {"/models/tiny-llama?drawn=f32", "drawn"},
        {"/models/tiny-llama?seed=-1", "seed"},
        {"/models/tiny-llama?like=torch&seed=-9223372036854775809", "seed"},
        {"/models/tiny-llama?like=torch&drawn=int8", "drawn"},
        {"/models/tiny-llama?like=torch&dtype=f32&drawn=bf16", "f32"},
        {"/model?layers=linear:3,2&like=torch&init=weight:orthogonal", "orthogonal"},
        {"/model?layers=linear:3,2;batchnorm1d:2&like=torch&init=weight:xavier_uniform", "1.weight"},
        {"/model?layers=linear:3,2&like=torch&init=gamma:zeros", "item 0"},
        {"/model?layers=linear:3,2&like=torch&init=weight:zeros;:", "item 1"},
        {"/model?layers=linear:3,2&like=torch&init=weight:normal,std=-1", "std"},
        {"/model?layers=linear:3,2&like=torch&init=weight:trunc_normal", "0.weight"},
        {"/model?layers=lniear:3,2&like=torch", "layer 0"},
        {"/model?layers=linear:3,-2&like=torch", "layer 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_answer a;
        test_get(server, cases[i].target, &a);
        if (a.status != 400 || !test_body_has(&a, cases[i].text))
            fail_msg("%s: %d %.*s", cases[i].target, a.status, (int)a.length, (const char *)a.body);
        test_answer_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_those_that_the_library_saves),
        cmocka_unit_test(a_model_is_made_in_bf16_or_converted_to_it),
        cmocka_unit_test(any_range_is_that_part_of_the_file),
        cmocka_unit_test(the_table_says_which_request_gives_a_tensor),
        cmocka_unit_test(the_answer_names_the_releases),
        cmocka_unit_test(a_range_far_into_the_generator_is_served),
        cmocka_unit_test(stacks_are_those_of_torch),
        cmocka_unit_test(a_stack_that_is_sent_is_the_one_of_the_query),
        cmocka_unit_test(what_is_not_torchs_is_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
