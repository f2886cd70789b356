/* From a request to the bytes of its answer, without a socket, while each allocation fails in turn.
 *
 * The answer is then either the right one, byte for byte and field for field, or a clean refusal: 500, or 503 with
 * Retry-After. Nothing leaks (the sanitizers look), no budget stays charged, and the next request is answered as if
 * nothing had happened. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/body.h"
#include "cache/cache.h"
#include "config.h"
#include "http/problem.h"
#include "resource/route.h"
#include "http/finish.h"
#include "server.h"
#include "support/test.h"
#include "support/failing_malloc.h"

/* No request makes more allocations than ALLOCATIONS_MAX. The first STRIDE fail one by one; after them the steps grow,
 * because a document takes thousands of equal allocations. */
#ifdef __SANITIZE_THREAD__
#define STRIDE 4 /* ten times as slow */
#else
#define STRIDE 16
#endif
#define ALLOCATIONS_MAX 20000
#define READ_MAX (1 << 20)

struct row {
    const char *method, *target;
    const char *field, *value; /* one request field, NULL: none */
    int status;
};

static const struct row rows[] = {
    {"GET", "/init?scheme=normal&shape=16,16&seed=7", NULL, NULL, 200},
    {"GET", "/init?scheme=xavier_uniform&shape=256,256&seed=7&format=npy", NULL, NULL, 200},
    {"GET", "/init?scheme=orthogonal&shape=24,24&format=json", NULL, NULL, 200},
    {"GET", "/init?scheme=orthogonal&shape=24,24&format=sha256", NULL, NULL, 200},
    {"GET", "/init?scheme=normal&shape=64,64&format=json", "Accept-Encoding", "gzip", 200},
    {"GET", "/init?scheme=normal&shape=64,64", "Want-Repr-Digest", "sha-256=1", 200},
    {"GET", "/init?scheme=normal&shape=64,64", "Accept", "application/json", 200},
    {"GET", "/init?scheme=normal&shape=64,64", "Accept", "image/png", 406},
    {"GET", "/init?scheme=normal&shape=64,64", "Range", "bytes=10-99", 206},
    {"GET", "/init?scheme=orthogonal&shape=64,64", "Range", "bytes=10-99,500-600,-7", 206},
    {"GET", "/init?scheme=normal&shape=64,64", "Range", "bytes=99999-", 416},
    {"GET", "/init?scheme=normal&shape=64,64", "If-None-Match", "*", 304},
    {"GET", "/init?scheme=normal&shape=64,64", "If-Match", "\"other\"", 412},
    {"HEAD", "/init?scheme=orthogonal&shape=64,64", NULL, NULL, 200},
    {"HEAD", "/init?scheme=normal&shape=64,64&format=json", "Accept-Encoding", "gzip", 200},
    {"GET", "/init?scheme=ones&shape=1024,300", NULL, NULL, 200}, /* more than the cache admits: streamed */
    {"GET", "/init?scheme=orthogonal&shape=600,500", NULL, NULL, 200},
    {"GET", "/he_normal/3x3x8x16.npy?seed=7", NULL, NULL, 200},
    {"GET", "/models/tiny-llama?seed=7&num_hidden_layers=1", NULL, NULL, 200},
    {"GET", "/models/tiny-bert.safetensors?seed=7&num_hidden_layers=1", "Range", "bytes=0-99,2000-2010", 206},
    {"GET", "/models/tiny-llama.safetensors?seed=7&init=orthogonal&vocab_size=32&num_hidden_layers=1", NULL, NULL, 200},
    {"GET", "/models/tiny-llama.sha256?num_hidden_layers=1", NULL, NULL, 200},
    {"GET", "/models/tiny-llama/config.json?hidden_size=32", NULL, NULL, 200},
    {"HEAD", "/models/tiny-llama-lora.safetensors", NULL, NULL, 200},
    {"GET", "/models/tiny-llama?hidden_sise=4", NULL, NULL, 400},
    {"GET", "/init?scheme=nromal&shape=4", NULL, NULL, 400},
    {"GET", "/init?scheme=normal&shape=99999999,99999999", NULL, NULL, 413},
    {"GET", "/nothing", NULL, NULL, 404},
    {"POST", "/init", NULL, NULL, 405},
    {"OPTIONS", "/init", "Origin", "http://a", 204},
    {"GET", "/schemes", "Accept-Encoding", "gzip", 200},
    {"GET", "/recommend?activation=relu", "Range", "bytes=5-9,300-", 206},
    {"GET", "/recommend?activation=relu", "If-None-Match", "*", 304},
    {"GET", "/schemes/orthogonal", NULL, NULL, 200},
    {"GET", "/recommend?activation=relu", NULL, NULL, 200},
    {"GET", "/openapi.json", NULL, NULL, 200},
    {"GET", "/metrics", NULL, NULL, 200},
    {"GET", "/api/models/weightd/tiny-llama?blobs=true", NULL, NULL, 200},
    {"GET", "/api/models/weightd/tiny-sentence-bert/tree/bf16?recursive=true&expand=true", NULL, NULL, 200},
    {"GET", "/weightd/tiny-llama/resolve/main/config.json", NULL, NULL, 200},
    {"GET", "/weightd/tiny-llama/resolve/main/config.json", "Range", "bytes=5-9", 206},
    {"GET", "/weightd/tiny-llama/resolve/main/model.safetensors", "Range", "bytes=0-100000", 206},
    {"HEAD", "/weightd/tiny-llama-lora/resolve/seed-7/adapter_model.safetensors", NULL, NULL, 200},
    {"GET", "/weightd/tiny-llama/resolve/main/nope", NULL, NULL, 404},
    {"GET", "/api/models/weightd/tiny-llama/refs", NULL, NULL, 200},
    {"GET", "/api/models?search=tiny", NULL, NULL, 200},
    {"GET", "/version", NULL, NULL, 200},
    {"GET", "/", NULL, NULL, 200},
    {"GET", "/?scheme=orthogonal&shape=24,24", "Accept-Encoding", "gzip", 200},
    {"GET", "/?shape=4,x", NULL, NULL, 400},
    {"GET", "/plan?scheme=he_normal&shape=3,3,64,128", NULL, NULL, 200},
    {"GET", "/assets/0123456789abcdef/page.css", NULL, NULL, 404},
};
#define N_ROWS (sizeof rows / sizeof *rows)

/* ---- one request ------------------------------------------------------------------------------------------------- */

struct answer {
    int status;
    char fields[4096]; /* "Name: value\n", without Cache-Status, which differs from ask to ask */
    uint8_t *bytes;
    uint64_t length;
    bool retry_after;
    bool failed; /* the allocation was reached, and failed */
};

static void note_fields(const struct srv_reply *reply, struct answer *answer)
{
    size_t len = 0;
    for (size_t i = 0; i < reply->n_headers; i++)
        if (strcmp(reply->headers[i].name, "Cache-Status"))
            len += (size_t)snprintf(answer->fields + len, sizeof answer->fields - len, "%s: %s\n",
                                    reply->headers[i].name, reply->headers[i].value);
    assert_true(len < sizeof answer->fields);
    answer->retry_after = srv_reply_get(reply, "Retry-After");
}

/* Answer the row while the n-th allocation fails (0: none). */
static void ask(struct srv_server *srv, const struct row *row, unsigned long n, struct answer *answer)
{
    char storage[4096];
    const char *fields[SRV_FIELD_COUNT] = {NULL};
    struct srv_request req = {.method = row->method, .target = row->target, .fields = fields};
    if (row->field)
        fields[srv_field_find(row->field, strlen(row->field))] = row->value;
    const struct srv_rules rules = {.cors_origins = "*", .budget = &srv->budget, .header_room = SIZE_MAX};
    struct srv_reply reply;
    memset(answer, 0, sizeof *answer);
    assert_true(srv_target_storage(strlen(row->target)) <= sizeof storage);
    failing_malloc_at(n);
    srv_reply_init(&reply);
    srv_answer_blocking(srv, &req, storage, &rules, &reply);
    answer->failed = failing_malloc_failed();
    failing_malloc_at(0);
    answer->status = reply.status;
    note_fields(&reply, answer);
    answer->length = reply.kind == SRV_BODY_NONE ? 0 : srv_body_length(&reply);
    size_t read = answer->length < READ_MAX ? (size_t)answer->length : READ_MAX;
    answer->bytes = malloc(read + 1);
    assert_non_null(answer->bytes);
    assert_int_equal(srv_body_read(&reply, 0, answer->bytes, read), read);
    srv_reply_deinit(&reply);
}

static void free_answer(struct answer *answer)
{
    free(answer->bytes);
    answer->bytes = NULL;
}

static bool same(const struct row *row, const struct answer *a, const struct answer *b)
{
    if (a->status != b->status || strcmp(a->fields, b->fields))
        return false;
    if (!strcmp(row->target, "/metrics"))
        return a->length > 0;
    return a->length == b->length &&
           (!a->bytes || !memcmp(a->bytes, b->bytes, (size_t)(a->length < READ_MAX ? a->length : READ_MAX)));
}

/* Fields that state a wish: an answer that ignores the field is right, too. */
static bool is_wish(const char *field)
{
    return field && (!strcmp(field, "Accept-Encoding") || !strncmp(field, "Want-", 5));
}

/* ---- the test
 * ------------------------------------------------------------------------------------------------------ */

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static void open_server(struct srv_server *srv, struct srv_config *config, unsigned threads)
{
    static const char *argv[] = {"weightd", "--cache-bytes", "4M", "--work-bytes", "32M", "--log", "off", NULL};
    char error[512];
    assert_true(srv_config_read(config, 7, (char **)(uintptr_t)argv, no_environment, error, sizeof error));
    assert_true(srv_open(srv, config, threads, error, sizeof error));
}

static void close_server(struct srv_server *srv)
{
    srv_close(srv);
    assert_int_equal(srv_budget_used(&srv->budget), 0);
}

static void reference(const struct row *row, unsigned threads, struct answer *answer)
{
    struct srv_config config;
    struct srv_server srv;
    open_server(&srv, &config, threads);
    ask(&srv, row, 0, answer);
    close_server(&srv);
    assert_int_equal(answer->status, row->status);
}

/* Returns whether the request made n allocations. */
static bool fail_at(const struct row *row, unsigned threads, unsigned long n, const struct answer *right,
                    const struct answer *plain)
{
    struct srv_config config;
    struct srv_server srv;
    struct answer answer, next;
    open_server(&srv, &config, threads);
    ask(&srv, row, n, &answer);
    bool refusal = answer.status == 500 || (answer.status == 503 && answer.retry_after);
    if (!same(row, &answer, right) && !(is_wish(row->field) && same(row, &answer, plain)) &&
        !(answer.failed && refusal))
        fail_msg("%s %s, allocation %lu: %d\n%swas %d\n%s", row->method, row->target, n, answer.status, answer.fields,
                 right->status, right->fields);
    ask(&srv, row, 0, &next);
    if (!same(row, &next, right))
        fail_msg("%s %s, after allocation %lu: %d\n%s", row->method, row->target, n, next.status, next.fields);
    close_server(&srv);
    free_answer(&answer);
    free_answer(&next);
    return answer.failed;
}

static void fail_all(unsigned threads)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        struct row without = rows[i];
        struct answer right, plain;
        without.field = NULL;
        without.status = is_wish(rows[i].field) ? rows[i].status : 0;
        reference(&rows[i], threads, &right);
        if (without.status)
            reference(&without, threads, &plain);
        unsigned long n = 1;
        for (; fail_at(&rows[i], threads, n, &right, &plain); n += 1 + n / STRIDE)
            assert_true(n < ALLOCATIONS_MAX);
        print_message("%s %s: about %lu allocations\n", rows[i].method, rows[i].target, n);
        free_answer(&right);
        if (without.status)
            free_answer(&plain);
    }
}

TEST(test_in_place)
{
    fail_all(0);
}

TEST(test_with_threads)
{
    fail_all(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_with_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
