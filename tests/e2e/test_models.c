/* Models over HTTP: huge files, files whose matrices must be built while they are sent, what is sent to the server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/server.h"
#include "support/sha256.h"
#include "support/test.h"

/* Little is kept, so files are streamed. */
TEST_SERVER_GROUP("--cache-bytes", "8M", "--work-bytes", "128M", "--threads", "2")

static struct test_answer get_with(const char *method, const char *target, const char *field)
{
    struct test_answer answer;
    test_request(server, method, target, (const char *[]){field, NULL}, &answer);
    return answer;
}

static void has_digest(const struct test_answer *file, const char *target)
{
    struct test_answer digest = get_with("GET", target, NULL);
    char hex[65];
    assert_int_equal(file->status, 200);
    assert_int_equal(digest.status, 200);
    assert_int_equal(digest.length, 65);
    sha256_hex(file->body, file->length, hex);
    assert_memory_equal(digest.body, hex, 64);
    test_answer_free(&digest);
}

/* The matrices are built one after the other while the file is sent. */
TEST(test_matrices_are_waited_for)
{
#define QUERY "seed=1&init=orthogonal&n_layer=2&vocab_size=2000"
    struct test_answer file = get_with("GET", "/models/gpt2.safetensors?" QUERY, NULL);
    has_digest(&file, "/models/gpt2.sha256?" QUERY);
    struct test_answer part = get_with("GET", "/models/gpt2.safetensors?" QUERY, "Range: bytes=9000001-9400000");
    assert_int_equal(part.status, 206);
    assert_int_equal(part.length, 400000);
    assert_memory_equal(part.body, file.body + 9000001, part.length);
    test_answer_free(&part);
    part = get_with("GET", "/models/gpt2.safetensors?" QUERY, "Range: bytes=8-17,30000000-30000009,-5");
    assert_int_equal(part.status, 206);
    assert_true(test_body_has(&part, "Content-Range: bytes 30000000-30000009/"));
    test_answer_free(&part);
    test_answer_free(&file);
}

TEST(test_a_matrix_beyond_the_budget_is_named)
{
    struct test_answer answer = get_with("GET", "/models/gpt2.safetensors?init=orthogonal", NULL);
    assert_int_equal(answer.status, 413);
    assert_true(test_body_has(&answer, "tensor transformer.wte.weight"));
    test_answer_free(&answer);
}

/* Send content as it is; the answer's bytes. */
static size_t post(const char *target, const char *content, char *out, size_t cap)
{
    const size_t room = strlen(content) + 256;
    char *request = malloc(room);
    int n = snprintf(request, room, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                     target, strlen(content), content);
    size_t len = test_raw(server, request, (size_t)n, 5000, out, cap, NULL);
    free(request);
    return len;
}

/* The rows of a table, which have one width. */
static size_t count_rows(const char *table)
{
    static const char row[] = "    {\"name\": ";
    const char *first = strstr(table, row), *last = strstr(table, " \n  ]\n}\n");
    size_t rows = 0;
    assert_true(first && last);
    const size_t width = (size_t)(strchr(first, '\n') + 1 - first);
    for (const char *at = first; at < last; at += width, rows++) {
        assert_memory_equal(at, row, strlen(row));
        assert_true(at[width - 1] == '\n' && at[width - 2] == (at + width < last ? ',' : ' '));
    }
    return rows;
}

TEST(test_a_range_of_a_table)
{
    const char *target = "/models/qwen3-30b-a3b.json?seed=18446744073709551615";
    char field[64];
    struct test_answer table = get_with("GET", target, NULL);
    assert_int_equal(table.status, 200);
    assert_int_equal(count_rows((const char *)table.body), 18867);
    for (size_t from = 0; from + 5000 < table.length; from += 400009) {
        sprintf(field, "Range: bytes=%zu-%zu", from, from + 4999);
        struct test_answer part = get_with("GET", target, field);
        assert_int_equal(part.status, 206);
        assert_int_equal(part.length, 5000);
        assert_memory_equal(part.body, table.body + from, 5000);
        test_answer_free(&part);
    }
    test_answer_free(&table);
}

/* Names that JSON and URLs escape; the longest is not the first of its kind. */
TEST(test_a_table_of_odd_names)
{
    const size_t cap = 16 << 20;
    char *content = malloc(4200 * 300), *answer = malloc(cap), *at = content, slashes[241];
    memset(slashes, '/', 240);
    slashes[240] = '\0';
    for (unsigned i = 0; i < 4200; i++)
        at += sprintf(at, "%s{\"name\": \"%.*s\\\"%u\", \"shape\": [2, %u]}", i ? ", " : "[", i == 4000 ? 240 : 2,
                      slashes, i, i % 3);
    sprintf(at, "]");
    post("/model?format=json", content, answer, cap);
    assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
    assert_int_equal(count_rows(answer), 4200);
    free(answer);
    free(content);
}

TEST(test_huge)
{
    const char *target = "/models/llama-3.1-405b.safetensors?dtype=bf16&seed=7";
    struct test_answer head = get_with("HEAD", target, NULL), part;
    assert_int_equal(head.status, 200);
    assert_string_equal(test_field(&head, "Content-Length"), "811706916168");
    char condition[80];
    snprintf(condition, sizeof condition, "If-None-Match: %s", test_field(&head, "ETag"));
    part = get_with("GET", target, condition);
    assert_int_equal(part.status, 304);
    test_answer_free(&part);
    part = get_with("GET", target, "Range: bytes=811706916160-");
    assert_int_equal(part.status, 206);
    assert_int_equal(part.length, 8);
    assert_string_equal(test_field(&part, "Content-Range"), "bytes 811706916160-811706916167/811706916168");
    test_answer_free(&part);
    /* The same bytes lie at the end of the last shard that holds the last tensor. */
    part = get_with("GET", "/models/llama-3.1-405b/model-00191-of-00191.safetensors?dtype=bf16&seed=7",
                    "Range: bytes=0-7");
    assert_int_equal(part.status, 206);
    test_answer_free(&part);
    test_answer_free(&head);
}

TEST(test_what_is_sent)
{
    char answer[8192];
    static const char list[] = "[{\"name\":\"a\",\"shape\":[2,3]},{\"name\":\"b.bias\",\"shape\":[4]}]";
    post("/model?seed=7", list, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(answer, "Cache-Control: no-store\r\n"));
    assert_non_null(strstr(answer, "/init?alg=1&scheme=normal&shape=2,3&seed=7&stream=a&"));
    post("/model?seed=7", "[{\"name\":\"a\",\"shape\":[-1]}]", answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 400 "));
    assert_non_null(strstr(answer, "\"param\": \"a\""));
    post("/model", "", answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 400 "));
    post("/models/tiny-llama", list, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 405 "));
}

TEST(test_metrics_name_the_model)
{
    struct test_answer answer = get_with("GET", "/models/tiny-gpt2.safetensors?seed=99", NULL);
    assert_int_equal(answer.status, 200);
    test_answer_free(&answer);
    answer = get_with("GET", "/metrics", NULL);
    assert_true(test_body_has(&answer, "weightd_model_files_total{model=\"tiny-gpt2\"} 2\n"));
    assert_true(test_body_has(&answer, "route=\"/models/{model}\""));
    test_answer_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrices_are_waited_for),
        cmocka_unit_test(test_a_matrix_beyond_the_budget_is_named),
        cmocka_unit_test(test_a_range_of_a_table),
        cmocka_unit_test(test_a_table_of_odd_names),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_metrics_name_the_model),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
