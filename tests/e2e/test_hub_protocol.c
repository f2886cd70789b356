/* The hub's protocol beyond what was recorded: what is refused and how, revisions, ranges of large files, replicas. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/guard.h"
#include "support/server.h"
#include "support/sha256.h"
#include "support/test.h"
#include "support/watch.h"

TEST_SERVER_GROUP("--log", "off")

#define LLAMA "/weightd/tiny-llama/resolve/main/"

static const char *field(const struct test_answer *answer, const char *name)
{
    const char *value = test_field(answer, name);
    return value ? value : "";
}

static void commit_of(const struct test_server *of, const char *repo, const char *rev, char commit[41])
{
    char target[256];
    struct test_answer answer;
    snprintf(target, sizeof target, "/api/models/%s/revision/%s", repo, rev);
    test_get(of, target, &answer);
    assert_int_equal(answer.status, 200);
    snprintf(commit, 41, "%s", field(&answer, "X-Repo-Commit"));
    assert_int_equal(strlen(commit), 40);
    test_answer_free(&answer);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

/* The answer is an error that the hub's clients know, in a body that they can read. */
static void assert_refused(const char *method, const char *target, int status, const char *code)
{
    struct test_answer answer;
    test_request(server, method, target, NULL, &answer);
    if (answer.status != status || strcmp(field(&answer, "X-Error-Code"), code) || !*field(&answer, "X-Error-Message"))
        fail_msg("%s %.200s: %d %s", method, target, answer.status, field(&answer, "X-Error-Code"));
    json_t *doc = strcmp(method, "HEAD") ? json_loadb((const char *)answer.body, answer.length, 0, NULL) : NULL;
    if (strcmp(method, "HEAD") && !json_is_string(json_object_get(doc, "error")))
        fail_msg("%s %.200s: no \"error\"", method, target);
    assert_string_equal(field(&answer, "Cache-Control"), "no-store");
    json_decref(doc);
    test_answer_free(&answer);
}

TEST(test_what_there_is_not)
{
    static const struct {
        const char *target, *code;
        int status;
    } rows[] = {
        {"/weightd/nope/resolve/main/config.json", "RepoNotFound"},
        {"/nope/tiny-llama/resolve/main/config.json", "RepoNotFound"},
        {"/tiny-llama/resolve/main/config.json", "RepoNotFound"},
        {"/weightd/../resolve/main/config.json", "RepoNotFound"},
        {"/weightd/%2e%2e%2ftiny-llama/resolve/main/config.json", "RepoNotFound"},
        {"/init/resolve/main/config.json", "RepoNotFound"},
        {"/weightd/he_normal/resolve/main/config.json", "RepoNotFound"},
        {"/datasets/weightd/tiny-llama/resolve/main/config.json", "RepoNotFound"},
        {"/api/datasets/weightd/tiny-llama", "RepoNotFound"},
        {"/api/models/weightd/tiny-llama/nothing", "RepoNotFound"},
        {"/weightd/tiny-llama/resolve/v1/config.json", "RevisionNotFound"},
        {"/weightd/tiny-llama/resolve/refs%2Fpr%2F1/config.json", "RevisionNotFound"},
        {"/weightd/tiny-llama/resolve/seed-07/config.json", "RevisionNotFound"},
        {"/weightd/tiny-llama/resolve/%2e%2e/config.json", "RevisionNotFound"},
        {"/weightd/tiny-llama/resolve/0000000000000000000000000000000000000000/config.json", "RevisionNotFound"},
        {"/api/models/weightd/tiny-llama/revision/nope", "RevisionNotFound"},
        {"/api/models/weightd/tiny-llama/tree/nope", "RevisionNotFound"},
        {LLAMA "nope", "EntryNotFound"},
        {LLAMA, "EntryNotFound"},
        {LLAMA "/config.json", "EntryNotFound"},
        {LLAMA "config.json/", "EntryNotFound"},
        {LLAMA "..%2fconfig.json", "EntryNotFound"},
        {LLAMA "../main/config.json", "EntryNotFound"},
        {LLAMA "./config.json", "EntryNotFound"},
        {LLAMA "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "EntryNotFound"},
        {LLAMA "%2fetc%2fpasswd", "EntryNotFound"},
        {LLAMA "config.json%20", "EntryNotFound"},
        {LLAMA "Config.json", "EntryNotFound"},
        {LLAMA "model-00001-of-00001.safetensors", "EntryNotFound"},
        {LLAMA ".safetensors", "EntryNotFound"},
        {"/api/models/weightd/tiny-llama/tree/main/nope", "EntryNotFound"},
        {"/api/models/weightd/tiny-llama/tree/main/config.json", "EntryNotFound"},
        {"/api/models/weightd/tiny-llama/tree/main/%2e%2e", "EntryNotFound"},
        {"/v2/weightd/nope/manifests/latest", "RepoNotFound"},
        {"/v2/weightd/tiny-llama-gguf/manifests/Q9", "", 400},
        {"/v2/weightd/tiny-llama-gguf/manifests/F1", "", 400},
        {"/v2/weightd/tiny-llama/manifests/latest", "", 400},
        {"/api/whoami-v2", "", 401},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused("GET", rows[i].target, rows[i].status ? rows[i].status : 404, rows[i].code);
        assert_refused("HEAD", rows[i].target, rows[i].status ? rows[i].status : 404, rows[i].code);
    }
}

TEST(test_long_names)
{
    static char target[SRV_TARGET_MAX];
    const size_t sizes[] = {100, 255, 256, 257, 4096, 7000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t n = (size_t)snprintf(target, sizeof target, LLAMA);
        memset(target + n, 'a', sizes[i]);
        target[n + sizes[i]] = '\0';
        assert_refused("GET", target, 404, "EntryNotFound");
        memset(target, 'a', sizes[i]);
        target[0] = '/';
        snprintf(target + sizes[i], sizeof target - sizes[i], "/resolve/main/config.json");
        assert_refused("GET", target, 404, "RepoNotFound");
        snprintf(target, sizeof target, "/weightd/tiny-llama/resolve/");
        memset(target + 28, 'a', sizes[i]);
        snprintf(target + 28 + sizes[i], sizeof target - 28 - sizes[i], "/config.json");
        assert_refused("GET", target, 404, "RevisionNotFound");
    }
}

TEST(test_methods)
{
    static const struct {
        const char *method, *target, *allow;
        int status;
    } rows[] = {
        {"POST", LLAMA "config.json", "GET, HEAD, OPTIONS", 405},
        {"DELETE", "/api/models/weightd/tiny-llama", "GET, HEAD, OPTIONS", 405},
        {"GET", "/api/models/weightd/tiny-llama/paths-info/main", "POST, OPTIONS", 405},
        {"OPTIONS", "/api/models/weightd/tiny-llama/paths-info/main", "POST, OPTIONS", 204},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer answer;
        test_request(server, rows[i].method, rows[i].target, NULL, &answer);
        assert_int_equal(answer.status, rows[i].status);
        assert_string_equal(field(&answer, "Allow"), rows[i].allow);
        test_answer_free(&answer);
    }
}

/* ---- commits ----------------------------------------------------------------------------------------------------- */

static void assert_same_bytes(const struct test_server *one, const char *target, const struct test_server *other,
                              const char *other_target)
{
    struct test_answer a, b;
    test_get(one, target, &a);
    test_get(other, other_target, &b);
    assert_int_equal(a.status, 200);
    assert_int_equal(b.status, 200);
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.body, b.body, a.length);
    test_answer_free(&a);
    test_answer_free(&b);
}

/* Every digit of a commit counts; a server that has just started knows the commit of another. */
TEST(test_a_commit_is_known_everywhere)
{
    struct test_server *other = test_server_start(ARGS("--log", "off"));
    static const char *const revisions[] = {"main", "seed-7", "seed-7-bf16", "f16"};
    for (size_t i = 0; i < sizeof revisions / sizeof *revisions; i++) {
        char commit[41], target[256];
        commit_of(server, "weightd/tiny-llama", revisions[i], commit);
        snprintf(target, sizeof target, "/weightd/tiny-llama/resolve/%s/model.safetensors", commit);
        assert_same_bytes(server, target, other, target);
        commit[7 * i % 40] = commit[7 * i % 40] == '0' ? '1' : '0';
        snprintf(target, sizeof target, "/weightd/tiny-llama/resolve/%s/config.json", commit);
        assert_refused("GET", target, 404, "RevisionNotFound");
    }
    test_server_stop(other);
}

/* The tensors of a repository are those of /models, under the name that its library looks for. */
TEST(test_tensors_are_those_of_models)
{
    static const struct {
        const char *hub, *model;
    } files[] = {
        {"/weightd/tiny-llama/resolve/seed-7-bf16/model.safetensors",
         "/models/tiny-llama.safetensors?seed=7&dtype=bf16"},
        {"/weightd/tiny-vae/resolve/main/diffusion_pytorch_model.safetensors", "/models/tiny-vae.safetensors"},
        {"/weightd/tiny-llama-lora/resolve/seed-2/adapter_model.safetensors",
         "/models/tiny-llama-lora.safetensors?seed=2"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_same_bytes(server, files[i].hub, server, files[i].model);
}

/* diffusers knows its models by _class_name, and takes no member that its class has no parameter for. */
TEST(test_configs_of_diffusers)
{
    struct test_answer config, sent, model;
    test_get(server, "/weightd/tiny-unet/resolve/main/config.json", &config);
    assert_true(test_body_has(&config, "\"_class_name\": \"UNet2DConditionModel\""));
    assert_false(test_body_has(&config, "dtype"));
    test_send(server, "POST", "/model?seed=3&format=sha256", NULL, config.body, config.length, &sent);
    test_get(server, "/models/tiny-unet.sha256?seed=3", &model);
    assert_int_equal(sent.status, 200);
    assert_int_equal(sent.length, model.length);
    assert_memory_equal(sent.body, model.body, sent.length);
    test_answer_free(&config);
    test_answer_free(&sent);
    test_answer_free(&model);
}

/* ---- large files ------------------------------------------------------------------------------------------------- */

static void assert_range(const char *target, const char *range, int status, const char *content_range, size_t length)
{
    struct test_answer answer;
    char header[96];
    snprintf(header, sizeof header, "Range: bytes=%s", range);
    test_request(server, "GET", target, ARGS(header), &answer);
    if (answer.status != status || strcmp(field(&answer, "Content-Range"), content_range))
        fail_msg("%s %s: %d %s", target, range, answer.status, field(&answer, "Content-Range"));
    if (status == 206)
        assert_int_equal(answer.length, length);
    assert_int_equal(strlen(field(&answer, "X-Repo-Commit")), 40);
    test_answer_free(&answer);
}

TEST(test_ranges_of_files_of_every_size)
{
    static const char *const files[] = {LLAMA "special_tokens_map.json", LLAMA "model.safetensors",
                                        "/weightd/llama-3.1-405b/resolve/bf16/model-00002-of-00191.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct test_answer answer;
        char range[64], text[96];
        test_request(server, "HEAD", files[i], NULL, &answer);
        if (answer.status != 200)
            fail_msg("%s: %d", files[i], answer.status);
        const unsigned long long n = strtoull(field(&answer, "Content-Length"), NULL, 10);
        test_answer_free(&answer);
        snprintf(text, sizeof text, "bytes 0-0/%llu", n);
        assert_range(files[i], "0-0", 206, text, 1);
        snprintf(range, sizeof range, "%llu-%llu", n - 10, n);
        snprintf(text, sizeof text, "bytes %llu-%llu/%llu", n - 10, n - 1, n);
        assert_range(files[i], range, 206, text, 10);
        snprintf(range, sizeof range, "%llu-", n - 3);
        snprintf(text, sizeof text, "bytes %llu-%llu/%llu", n - 3, n - 1, n);
        assert_range(files[i], range, 206, text, 3);
        snprintf(range, sizeof range, "%llu-", n);
        snprintf(text, sizeof text, "bytes */%llu", n);
        assert_range(files[i], range, 416, text, 0);
    }
}

/* No file reaches the size from which clients refuse plain downloads. */
TEST(test_shards_are_below_the_clients_limit)
{
    static const char *const repos[] = {"llama-3.1-405b", "mixtral-8x7b"};
    for (size_t i = 0; i < sizeof repos / sizeof *repos; i++) {
        char target[128];
        struct test_answer answer;
        json_t *entry, *tree;
        size_t k;
        snprintf(target, sizeof target, "/api/models/weightd/%s/tree/main", repos[i]);
        test_get(server, target, &answer);
        assert_int_equal(answer.status, 200);
        tree = json_loadb((const char *)answer.body, answer.length, 0, NULL);
        assert_true(json_array_size(tree) > 20);
        json_array_foreach(tree, k, entry)
        {
            assert_true(json_integer_value(json_object_get(entry, "size")) < 50000000000);
            assert_null(json_object_get(entry, "lfs")); /* nobody has computed them */
        }
        json_decref(tree);
        test_answer_free(&answer);
    }
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static json_t *get_json(const char *target, struct test_answer *answer)
{
    test_get(server, target, answer);
    assert_int_equal(answer->status, 200);
    json_t *doc = json_loadb((const char *)answer->body, answer->length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(doc);
    return doc;
}

/* The pages of a tree, following Link, are the whole tree. */
TEST(test_pages)
{
    struct test_answer answer;
    json_t *whole = get_json("/api/models/weightd/tiny-llama/tree/main", &answer), *all = json_array();
    char target[512] = "/api/models/weightd/tiny-llama/tree/main?limit=3";
    unsigned pages = 0;
    test_answer_free(&answer);
    for (bool more = true; more; pages++) {
        json_t *page = get_json(target, &answer);
        const char *link = test_field(&answer, "Link"), *at = link ? strstr(link, "/api/") : NULL;
        assert_true(json_array_size(page) <= 3 && pages < 10);
        json_array_extend(all, page);
        json_decref(page);
        assert_true(!link || (!strncmp(link, "<http://127.0.0.1:", 18) && strstr(link, ">; rel=\"next\"")));
        if (at)
            snprintf(target, sizeof target, "%.*s", (int)strcspn(at, ">"), at);
        more = at;
        test_answer_free(&answer);
    }
    assert_int_equal(pages, 3);
    assert_true(json_equal(all, whole));
    json_decref(all);
    json_decref(whole);
}

TEST(test_list_of_repositories)
{
    static const struct {
        const char *query;
        size_t least, most;
    } rows[] = {{"", 60, 200},
                {"?search=TINY-llama", 3, 6},
                {"?author=weightd", 60, 200},
                {"?author=weight", 0, 0},
                {"?limit=2", 2, 2},
                {"?limit=0", 0, 0},
                {"?filter=timm", 1, 9},
                {"?search=zzz", 0, 0},
                {"?full=true&unknown=1&filter=text-generation&limit=5", 5, 5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char target[128];
        struct test_answer answer;
        snprintf(target, sizeof target, "/api/models%s", rows[i].query);
        json_t *list = get_json(target, &answer);
        if (json_array_size(list) < rows[i].least || json_array_size(list) > rows[i].most)
            fail_msg("%s: %zu", rows[i].query, json_array_size(list));
        json_decref(list);
        test_answer_free(&answer);
    }
}

/* ---- paths-info -------------------------------------------------------------------------------------------------- */

#define PATHS "/api/models/weightd/tiny-llama/paths-info/main"

static int post(const char *target, const char *content, size_t n, size_t *entries)
{
    struct test_answer answer;
    test_send(server, "POST", target, NULL, content, n, &answer);
    json_t *doc = answer.length ? json_loadb((const char *)answer.body, answer.length, 0, NULL) : NULL;
    const int status = answer.status;
    *entries = json_array_size(doc);
    json_decref(doc);
    test_answer_free(&answer);
    return status;
}

TEST(test_paths)
{
    static const struct {
        const char *content;
        int status;
        size_t entries;
    } rows[] = {
        {"{\"paths\":[\"config.json\",\"nope\"]}", 200, 1},
        {" {\"paths\": [\"config.json\", \"config.json\", \"model.safetensors\"], \"expand\": true}", 200, 2},
        {"{\"paths\":[]}", 200, 0},
        {"paths=config.json&paths=README.md&expand=True", 200, 2},
        {"paths=config%2ejson", 200, 1},
        {"paths=..%2f..%2fetc%2fpasswd&paths=", 200, 0},
        {"expand=true", 200, 0},
        {"", 200, 0},
        {"{\"paths\":[1]}", 400, 0},
        {"{\"paths\":\"config.json\"}", 400, 0},
        {"{\"expand\":true}", 400, 0},
        {"{\"paths\":[\"config.json\"", 400, 0},
        {"{", 400, 0},
        {"paths=%zz", 400, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t entries;
        const int status = post(PATHS, rows[i].content, strlen(rows[i].content), &entries);
        if (status != rows[i].status || entries != rows[i].entries)
            fail_msg("%s: %d, %zu entries", rows[i].content, status, entries);
    }
}

/* 10,000 paths are answered; more than the server reads is refused as too large. */
TEST(test_many_paths)
{
    const size_t cap = 2 * 1024 * 1024;
    char *content = malloc(cap);
    size_t n = 0, entries;
    assert_non_null(content);
    n += (size_t)sprintf(content, "{\"paths\":[\"config.json\"");
    for (unsigned i = 0; i < 10000; i++)
        n += (size_t)sprintf(content + n, ",\"some/folder/file-%u.bin\"", i);
    n += (size_t)sprintf(content + n, "]}");
    assert_int_equal(post(PATHS, content, n, &entries), 200);
    assert_int_equal(entries, 1);
    n = 0;
    for (unsigned i = 0; i < 10000; i++)
        n += (size_t)sprintf(content + n, "paths=config.json&");
    assert_int_equal(post(PATHS, content, n, &entries), 200);
    assert_int_equal(entries, 1);
    memset(content, ' ', cap);
    assert_int_equal(post(PATHS, content, cap, &entries), 413);
    memset(content, '[', 100000);
    memcpy(content, "{\"paths\":", 9);
    assert_int_equal(post(PATHS, content, 100000, &entries), 400);
    free(content);
}

/* ---- a crowd ----------------------------------------------------------------------------------------------------- */

#define CROWD 200

/* 200 clients ask at once for each file of a repository that nobody has asked for: all get it, and it is made once. */
TEST(test_a_crowd)
{
    static const char *const files[] = {"config.json", "tokenizer.json", "model.safetensors"};
    struct test_server *fresh = test_server_start(ARGS("--log", "off"));
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        char target[128];
        uint64_t length = 0;
        int fd[CROWD];
        const double before = test_metric(fresh, "weightd_computed_total");
        snprintf(target, sizeof target, "/weightd/tiny-gpt2/resolve/seed-5/%s", files[f]);
        for (size_t i = 0; i < CROWD; i++)
            fd[i] = test_ask(fresh, target, "");
        for (size_t i = 0; i < CROWD; i++) {
            uint64_t n;
            assert_int_equal(test_drop_answer(fd[i], &n), 200);
            assert_true(i == 0 || n == length);
            length = n;
            close(fd[i]);
        }
        assert_true(length > 100);
        /* The first makes the index, its checkpoint and its files; then it is the layout and the body. */
        const double made = test_metric(fresh, "weightd_computed_total") - before;
        if (made < 1 || made > 5)
            fail_msg("%s: %.0f values were made", files[f], made);
    }
    test_server_stop(fresh);
}

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

TEST(test_tokens_are_required_where_there_is_a_file)
{
    char path[128];
    snprintf(path, sizeof path, "%s/tokens", server->dir);
    test_write_file(path, "hf_secret\n");
    struct test_server *closed = test_server_start(ARGS("--log", "off", "--token-file", path));
    assert_int_equal(test_status(closed, LLAMA "config.json", NULL), 401);
    assert_int_equal(test_status(closed, LLAMA "config.json", "Authorization: Bearer hf_other"), 401);
    assert_int_equal(test_status(closed, LLAMA "config.json", "Authorization: Bearer hf_secret"), 200);
    assert_int_equal(test_status(closed, "/api/whoami-v2", "Authorization: Bearer hf_secret"), 200);
    test_server_stop(closed);
    assert_int_equal(test_status(server, LLAMA "config.json", "Authorization: Bearer hf_other"), 200);
    assert_int_equal(test_status(server, "/api/whoami-v2", "Authorization: Bearer hf_other"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_there_is_not),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_a_commit_is_known_everywhere),
        cmocka_unit_test(test_tensors_are_those_of_models),
        cmocka_unit_test(test_configs_of_diffusers),
        cmocka_unit_test(test_ranges_of_files_of_every_size),
        cmocka_unit_test(test_shards_are_below_the_clients_limit),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_list_of_repositories),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_many_paths),
        cmocka_unit_test(test_a_crowd),
        cmocka_unit_test(test_tokens_are_required_where_there_is_a_file),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
