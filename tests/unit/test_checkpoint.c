/* Files of models: their bytes against the requests of /init that their table names, at every cut, with every condition. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/sha256.h"
#include "config.h"
#include "http/body.h"
#include "model/catalog.h"
#include "resource/route.h"
#include "server.h"
#include "support/test.h"

static struct srv_server server;
static struct srv_config config;

static const char *no_env(const char *name)
{
    (void)name;
    return NULL;
}

static int open_server(void **state)
{
    char *argv[] = {"weightd", "--log", "off", NULL};
    char error[256];
    (void)state;
    assert_true(srv_config_read(&config, 3, argv, no_env, error, sizeof error));
    assert_true(srv_open(&server, &config, 2, error, sizeof error));
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    srv_close(&server);
    return 0;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

struct answer {
    struct srv_reply reply;
    uint8_t *bytes; /* with a terminator */
    size_t len;
};

/* What is sent with the next requests. */
static const void *content;
static size_t content_len;

static void ask_with(const char *method, const char *target, enum srv_field field, const char *value, struct answer *a)
{
    char storage[8192];
    const char *fields[SRV_FIELD_COUNT] = {NULL};
    struct srv_request req = {
        .method = method, .target = target, .fields = fields, .content = content, .content_len = content_len};
    const struct srv_rules rules = {.cors_origins = "*", .budget = &server.budget, .header_room = SIZE_MAX};
    if (value)
        fields[field] = value;
    assert_true(srv_target_storage(strlen(target)) <= sizeof storage);
    srv_reply_init(&a->reply);
    srv_answer_blocking(&server, &req, storage, &rules, &a->reply);
    a->len = a->reply.kind == SRV_BODY_NONE ? 0 : (size_t)srv_body_length(&a->reply);
    a->bytes = malloc(a->len + 1);
    assert_non_null(a->bytes);
    assert_true(srv_body_wait(&a->reply, 0, a->len));
    assert_int_equal(srv_body_read(&a->reply, 0, a->bytes, a->len), a->len);
    a->bytes[a->len] = 0;
}

static void ask(const char *target, struct answer *a)
{
    ask_with("GET", target, SRV_FIELD_HOST, NULL, a);
}

static void post(const char *target, const void *bytes, size_t len, struct answer *a)
{
    content = bytes;
    content_len = len;
    ask_with("POST", target, SRV_FIELD_HOST, NULL, a);
    content = NULL;
    content_len = 0;
}

static void done(struct answer *a)
{
    srv_reply_deinit(&a->reply);
    free(a->bytes);
}

static json_t *ask_json(const char *target)
{
    struct answer a;
    ask(target, &a);
    json_t *document = json_loadb((const char *)a.bytes, a.len, JSON_REJECT_DUPLICATES, NULL);
    if (a.reply.status != 200 || !document)
        fail_msg("%s: %d %s", target, a.reply.status, a.bytes);
    done(&a);
    return document;
}

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text : "";
}

static size_t number_of(const json_t *object, const char *member)
{
    assert_true(json_is_integer(json_object_get(object, member)));
    return (size_t)json_integer_value(json_object_get(object, member));
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

/* Tensors that no request of /init gives. */
static bool is_unsaid(const char *rule, const char *dtype)
{
    return strcmp(rule, "positions") == 0 || (strcmp(dtype, "I64") == 0 && strcmp(rule, "zeros") != 0);
}

static void check_tensor(const char *target, const struct answer *file, const json_t *row)
{
    struct answer tensor;
    const char *url = text_of(row, "url");
    size_t offset = number_of(row, "offset"), bytes = number_of(row, "bytes");
    assert_true(offset + bytes <= file->len);
    if (!*url) {
        assert_true(is_unsaid(text_of(json_object_get(row, "rule"), "scheme"), text_of(row, "dtype")));
        return;
    }
    ask(url, &tensor);
    if (tensor.reply.status != 200 || tensor.len != bytes || memcmp(tensor.bytes, file->bytes + offset, bytes) != 0)
        fail_msg("%s: %s is not %s", target, text_of(row, "name"), url);
    assert_string_equal(srv_reply_get(&tensor.reply, "Content-Location"), url);
    done(&tensor);
}

/* The file of a listing, against the listing. */
static void check_model(const char *target)
{
    struct answer file;
    json_t *table = ask_json(target), *row;
    size_t i, end = 0;
    ask(text_of(table, "file"), &file);
    assert_int_equal(file.reply.status, 200);
    assert_int_equal(file.len, number_of(table, "bytes"));
    json_array_foreach(json_object_get(table, "tensors"), i, row)
    {
        assert_true(i == 0 || number_of(row, "offset") == end);
        end = number_of(row, "offset") + number_of(row, "bytes");
        check_tensor(target, &file, row);
    }
    assert_int_equal(end, file.len);
    done(&file);
    json_decref(table);
}

TEST(test_every_tensor_is_its_request)
{
    static const char *const queries[] = {"seed=7", "seed=18446744073709551615&dtype=bf16", "dtype=f16",
                                          "dtype=f64&seed=3"};
    const struct srv_preset *preset;
    unsigned n = 0;
    for (unsigned i = 0; (preset = srv_catalog_preset_at(server.catalog, i)); i++) {
        char target[256];
        if (strncmp(preset->name, "tiny-", 5) != 0)
            continue;
        snprintf(target, sizeof target, "/models/%s?%s", preset->name, queries[n++ % 4]);
        check_model(target);
    }
    assert_true(n >= 24);
}

TEST(test_matrices_by_another_scheme)
{
    check_model("/models/tiny-llama?seed=7&init=orthogonal");
    check_model("/models/tiny-llama?seed=7&init=he_normal&dtype=bf16");
    check_model("/models/tiny-qwen3?init=xavier_uniform&hidden_size=96&num_hidden_layers=1");
}

TEST(test_bounds_that_cut)
{
    check_model("/models/tiny-vit?seed=3&initializer_range=1");
    check_model("/models/tiny-vit?seed=3&initializer_range=0.7&dtype=f64");
    check_model("/models/tiny-vit?initializer_range=1&dtype=f8_e4m3");
    json_t *table = ask_json("/models/tiny-vit?initializer_range=1"), *row;
    size_t i, cut = 0;
    json_array_foreach(json_object_get(table, "tensors"), i, row) cut +=
        strstr(text_of(row, "url"), "scheme=truncated_normal&") != NULL;
    json_decref(table);
    assert_int_equal(cut, 2); /* cls_token and position_embeddings */
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

TEST(test_digest_is_that_of_the_file)
{
    struct answer file, digest;
    uint8_t sha256[SRV_SHA256_BYTES];
    char hex[SRV_SHA256_HEX];
    ask("/models/tiny-llama.safetensors?seed=7", &file);
    ask("/models/tiny-llama.sha256?seed=7", &digest);
    srv_sha256(file.bytes, file.len, sha256);
    srv_hex(sha256, sizeof sha256, hex);
    assert_int_equal(digest.len, 65);
    assert_memory_equal(digest.bytes, hex, 64);
    done(&file);
    done(&digest);
    ask_with("GET", "/models/tiny-llama.safetensors?seed=7", SRV_FIELD_WANT_REPR_DIGEST, "sha-256=1", &file);
    assert_non_null(srv_reply_get(&file.reply, "Repr-Digest"));
    done(&file);
}

/* Known answers: no byte of a model changes. */
TEST(test_known_files)
{
    char line[512];
    unsigned n = 0;
    FILE *file = fopen("tests/vectors/checkpoints.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        struct answer a;
        line[strcspn(line, "\n")] = 0;
        if (*line == '#')
            continue;
        ask(line + 65, &a);
        if (a.len != 65 || memcmp(a.bytes, line, 64) != 0)
            fail_msg("%s gives %s", line, a.bytes);
        done(&a);
        n++;
    }
    fclose(file);
    assert_true(n >= 56);
}

/* The data of all shards, put where the index says, is the data of the file that holds all. */
TEST(test_shards_hold_the_file)
{
    struct answer whole, index;
    ask("/models/tiny-llama.safetensors?seed=7", &whole);
    ask("/models/tiny-llama/model.safetensors.index.json?seed=7&shard=100000", &index);
    assert_int_equal(index.reply.status, 200);
    json_t *document = json_loadb((const char *)index.bytes, index.len, 0, NULL), *file;
    const char *name;
    size_t sum = 0;
    json_object_foreach(json_object_get(document, "weight_map"), name, file)
    {
        char target[256], member[300], *at;
        struct answer shard;
        unsigned long begin, end, in_whole;
        snprintf(target, sizeof target, "/models/tiny-llama/%s?seed=7&shard=100000", json_string_value(file));
        snprintf(member, sizeof member, "\"%s\":", name);
        ask(target, &shard);
        assert_int_equal(shard.reply.status, 200);
        assert_non_null(at = strstr(strstr((char *)shard.bytes + 8, member), "data_offsets"));
        assert_int_equal(sscanf(at, "data_offsets\":[%lu,%lu]", &begin, &end), 2);
        assert_non_null(at = strstr(strstr((char *)whole.bytes + 8, member), "data_offsets"));
        assert_int_equal(sscanf(at, "data_offsets\":[%lu", &in_whole), 1);
        uint64_t shard_header, whole_header;
        memcpy(&shard_header, shard.bytes, 8);
        memcpy(&whole_header, whole.bytes, 8);
        assert_memory_equal(shard.bytes + 8 + shard_header + begin, whole.bytes + 8 + whole_header + in_whole,
                            end - begin);
        sum += end - begin;
        done(&shard);
    }
    assert_int_equal(sum, number_of(json_object_get(document, "metadata"), "total_size"));
    json_decref(document);
    done(&whole);
    done(&index);
}

/* Ranges of a file that is streamed, at its cuts. */
TEST(test_ranges)
{
    static const char *const ranges[] = {"bytes=0-7",           "bytes=2136-2151", "bytes=84060-84069",
                                         "bytes=165980-166250", "bytes=462175-",   "bytes=-17",
                                         "bytes=1-1",           "bytes=0-462175",  "bytes=3-5,84063-84064,-1"};
    const char *target = "/models/tiny-llama.safetensors?seed=9";
    struct answer whole;
    ask(target, &whole);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct answer part;
        char other[128];
        snprintf(other, sizeof other, "%s&init=normal", target); /* nothing of it is in the cache */
        ask_with("GET", i % 2 ? target : "/models/tiny-llama.safetensors?seed=10", SRV_FIELD_RANGE, ranges[i], &part);
        assert_int_equal(part.reply.status, 206);
        if (i % 2 && part.reply.n_ranges == 1)
            assert_memory_equal(part.bytes, whole.bytes + part.reply.ranges[0].first, part.len);
        done(&part);
    }
    done(&whole);
}

TEST(test_huge_files_answer_at_once)
{
    struct answer a;
    ask_with("HEAD", "/models/llama-3.1-405b.safetensors?dtype=bf16", SRV_FIELD_HOST, NULL, &a);
    assert_int_equal(a.reply.status, 200);
    assert_true(a.reply.length == UINT64_C(811706777600) + 138568);
    done(&a);
    ask_with("GET", "/models/llama-3.1-405b.safetensors?dtype=bf16", SRV_FIELD_RANGE, "bytes=811706900000-811706900007",
             &a);
    assert_int_equal(a.reply.status, 206);
    assert_int_equal(a.len, 8);
    done(&a);
    ask_with("HEAD", "/models/llama-3.1-405b/model-00191-of-00191.safetensors?dtype=bf16", SRV_FIELD_HOST, NULL, &a);
    assert_int_equal(a.reply.status, 200);
    done(&a);
}

/* ---- conditions and errors --------------------------------------------------------------------------------------- */

TEST(test_conditions)
{
    struct answer a, b;
    ask("/models/tiny-llama.safetensors?seed=7", &a);
    assert_int_equal(strlen(a.reply.etag), 34);
    assert_string_equal(srv_reply_get(&a.reply, "Content-Disposition"),
                        "attachment; filename=\"tiny-llama-seed7.safetensors\"");
    assert_string_equal(srv_reply_get(&a.reply, "Content-Location"),
                        "/models/tiny-llama.safetensors?alg=1&seed=7&dtype=f32");
    assert_string_equal(srv_reply_get(&a.reply, "Cache-Control"), "public, max-age=31536000, immutable");
    ask_with("GET", "/models/tiny-llama/model.safetensors?seed=7", SRV_FIELD_IF_NONE_MATCH, a.reply.etag, &b);
    assert_int_equal(b.reply.status, 304);
    done(&b);
    ask_with("GET", "/models/tiny-llama.safetensors?seed=8", SRV_FIELD_IF_NONE_MATCH, a.reply.etag, &b);
    assert_int_equal(b.reply.status, 200);
    done(&b);
    ask_with("GET", "/models/tiny-llama.safetensors?seed=7", SRV_FIELD_IF_MATCH, "\"other\"", &b);
    assert_int_equal(b.reply.status, 412);
    done(&b);
    done(&a);
}

TEST(test_errors)
{
    static const struct {
        const char *target, *says;
        int status;
    } rows[] = {
        {"/models/tiny-lama.safetensors", "tiny-llama", 404},
        {"/models/tiny-llama/nothing.bin", "no file", 404},
        {"/models/tiny-llama/.hidden", "no file", 404},
        {"/models/tiny-llama/model-00002-of-00001.safetensors", "no file", 404},
        {"/models/tiny-llama?seed=x", "\"param\": \"seed\"", 400},
        {"/models/tiny-llama?dtype=f31", "\"nearest\": \"f32\"", 400},
        {"/models/tiny-llama?init=he_norma", "\"nearest\": \"he_normal\"", 400},
        {"/models/tiny-llama?seed=1&seed=1", "more than once", 400},
        {"/models/tiny-llama?hidden_sise=64", "\"nearest\": \"hidden_size\"", 400},
        {"/models/tiny-llama?hidden_size=-1", "\"param\": \"hidden_size\"", 400},
        {"/models/tiny-llama?hidden_size=99999999999", "\"param\": \"hidden_size\"", 400},
        {"/models/tiny-llama?num_hidden_layers=4000000", "tensors", 413},
        {"/models/tiny-llama?shard=0", "\"param\": \"shard\"", 400},
        {"/models/tiny-llama?alg=2", "\"param\": \"alg\"", 400},
        {"/models/tiny-llama?init=orthogonal&vocab_size=200000000", "embed_tokens", 413},
        {"/models/tiny-llama?init=dirac", "embed_tokens", 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned twice = 0; twice < 2; twice++) { /* made, and from the cache */
            struct answer a;
            ask(rows[i].target, &a);
            if (a.reply.status != rows[i].status || !strstr((char *)a.bytes, rows[i].says))
                fail_msg("%s: %d %s", rows[i].target, a.reply.status, a.bytes);
            done(&a);
        }
}

/* ---- models that are sent ---------------------------------------------------------------------------------------- */

static void same_file(const struct answer *got, const struct answer *expected, const char *what)
{
    if (got->reply.status != 200 || got->len != expected->len || memcmp(got->bytes, expected->bytes, got->len) != 0)
        fail_msg("%s: %d %.300s", what, got->reply.status, got->bytes);
}

/* A preset's config.json makes its file; so does the header of its file, where the rules by name are right. */
TEST(test_what_is_sent_makes_the_same_file)
{
    static const char *const names[] = {"tiny-llama", "tiny-mixtral", "tiny-bert", "tiny-deepseek-v3", "tiny-resnet",
                                        "tiny-t5",    "tiny-whisper", "tiny-gpt2", "tiny-vit"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char target[128];
        struct answer file, sent_config, sent;
        snprintf(target, sizeof target, "/models/%s.safetensors?seed=5&dtype=bf16", names[i]);
        ask(target, &file);
        snprintf(target, sizeof target, "/models/%s/config.json?dtype=bf16", names[i]);
        ask(target, &sent_config);
        post("/model?format=safetensors&seed=5", sent_config.bytes, sent_config.len, &sent);
        same_file(&sent, &file, names[i]);
        assert_string_equal(sent.reply.etag, file.reply.etag);
        assert_string_equal(srv_reply_get(&sent.reply, "Cache-Control"), "no-store");
        done(&sent);
        done(&sent_config);
        uint64_t header;
        memcpy(&header, file.bytes, 8);
        if (i < 2) {
            post("/model?format=safetensors&seed=5", file.bytes, 8 + header, &sent);
            same_file(&sent, &file, names[i]);
            done(&sent);
            post("/model?format=safetensors&seed=5", file.bytes + 8, header, &sent);
            same_file(&sent, &file, names[i]);
            done(&sent);
        }
        done(&file);
    }
}

TEST(test_a_list_says_its_rules)
{
    static const char list[] =
        "[{\"name\":\"a\",\"shape\":[2,3],\"dtype\":\"F32\",\"scheme\":\"uniform\",\"low\":-1,\"high\":0},"
        "{\"name\":\"b\",\"shape\":[4],\"dtype\":\"I64\",\"scheme\":\"positions\"},"
        "{\"name\":\"c\",\"shape\":[3],\"dtype\":\"I32\",\"scheme\":\"constant\",\"value\":-7},"
        "{\"name\":\"d\",\"shape\":[5],\"dtype\":\"BOOL\",\"scheme\":\"ones\"},"
        "{\"name\":\"e\",\"shape\":[],\"dtype\":\"U8\",\"scheme\":\"constant\",\"value\":200},"
        "{\"name\":\"f\",\"shape\":[2,0],\"dtype\":\"F16\"},"
        "{\"name\":\"g\",\"shape\":[99],\"scheme\":\"trunc_normal\",\"mean\":0.5,\"std\":1,\"low\":-0.25,\"high\":0.75}"
        "]";
    struct answer file, table, tensor;
    post("/model?format=safetensors&seed=1", list, strlen(list), &file);
    assert_int_equal(file.reply.status, 200);
    post("/model?seed=1", list, strlen(list), &table);
    json_t *document = json_loadb((const char *)table.bytes, table.len, 0, NULL), *row;
    size_t i;
    assert_int_equal(number_of(document, "bytes"), file.len);
    json_array_foreach(json_object_get(document, "tensors"), i, row)
    {
        const uint8_t *at = file.bytes + number_of(row, "offset");
        const char *name = text_of(row, "name");
        if (*name == 'a') {
            ask(text_of(row, "url"), &tensor);
            assert_memory_equal(at, tensor.bytes, 24);
            done(&tensor);
        } else if (*name == 'b') {
            const int64_t expected[] = {0, 1, 2, 3};
            assert_memory_equal(at, expected, sizeof expected);
        } else if (*name == 'c') {
            const int32_t expected[] = {-7, -7, -7};
            assert_memory_equal(at, expected, sizeof expected);
        } else if (*name == 'g') {
            for (size_t k = 0; k < 99; k++) {
                float x;
                memcpy(&x, at + 4 * k, sizeof x);
                assert_true(x >= -0.25f && x <= 0.75f);
            }
            ask(text_of(row, "url"), &tensor);
            assert_int_equal(tensor.len, 99 * sizeof(float));
            assert_memory_equal(at, tensor.bytes, tensor.len);
            done(&tensor);
        } else if (*name == 'd')
            assert_memory_equal(at, "\1\1\1\1\1", 5);
        else if (*name == 'e')
            assert_int_equal(*at, 200);
        else
            assert_int_equal(number_of(row, "bytes"), 0);
    }
    json_decref(document);
    done(&table);
    done(&file);
}

TEST(test_stacks)
{
    check_model("/model?layers=linear:784,256;relu;linear:256,10&seed=3");
    check_model("/model?layers=conv2d:3,16,3;batchnorm2d:16;relu;flatten;linear:16,2,bias=false&seed=3&dtype=bf16");
}

TEST(test_what_is_sent_is_refused)
{
    static const struct {
        const char *target, *content, *says;
        int status;
    } rows[] = {
        {"/model", "", "'[' or '{' expected", 400},
        {"/model", "{", "expected", 400},
        {"/model", "{}", "no tensor", 400},
        {"/model", "[]", "no tensor", 400},
        {"/model", "[1]", "needs \\\"name\\\"", 400},
        {"/model", "{\"model_type\":\"martian\"}", "manifest", 400},
        {"/model", "{\"peft_type\":\"LORA\"}", "adapter", 400},
        {"/model?hidden_size=x", "{\"model_type\":\"llama\"}", "\"param\": \"hidden_size\"", 400},
        {"/model?hidden_size=64", "[{\"name\":\"a\",\"shape\":[1]}]", "manifest", 400},
        {"/model", "{\"model_type\":\"llama\",\"hidden_size\":65,\"num_attention_heads\":2}", "hidden_size", 400},
        {"/model", "[{\"name\":\"a\",\"shape\":[9223372036854775807]}]", "\"param\": \"a\"", 413},
        {"/model", "[{\"name\":\"a\",\"shape\":[4294967296,4294967296]}]", "\"param\": \"a\"", 413},
        {"/model", "[{\"name\":\"a\",\"shape\":[1]},{\"name\":\"a\",\"shape\":[1]}]", "twice", 400},
        {"/model", "[{\"name\":\"a\\u0000b\",\"shape\":[1]}]", "u0000", 400},
        {"/model", "[{\"name\":\"a\",\"shape\":[2],\"scheme\":\"normal\",\"std\":-1}]", "\"param\": \"a\"", 400},
        {"/model", "[{\"name\":\"a\",\"shape\":[2],\"scheme\":\"trunc_normal\",\"std\":1,\"mean\":50}]",
         "tensor a: high", 400},
        {"/model", "[{\"name\":\"a\",\"shape\":[2],\"dtype\":\"F16\",\"scheme\":\"constant\",\"value\":1e6}]",
         "tensor a", 400},
        {"/model", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", "\"param\": \"a\"", 400},
        {"/model",
         "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],"
         "\"data_offsets\":[4,8]}}",
         "overlap", 400},
        {"/model?format=gif", "[{\"name\":\"a\",\"shape\":[1]}]", "\"param\": \"format\"", 400},
        {"/model?format=json&file=config.json", "[{\"name\":\"a\",\"shape\":[1]}]", "each name", 400},
        {"/model?file=config.json", "[{\"name\":\"a\",\"shape\":[1]}]", "no file", 404},
        {"/model?layers=linear:3,4", "[{\"name\":\"a\",\"shape\":[1]}]", "layers", 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer a;
        post(rows[i].target, rows[i].content, strlen(rows[i].content), &a);
        if (a.reply.status != rows[i].status || !strstr((char *)a.bytes, rows[i].says))
            fail_msg("%s %s: %d %s", rows[i].target, rows[i].content, a.reply.status, a.bytes);
        done(&a);
    }
}

TEST(test_list_of_models)
{
    json_t *document = ask_json("/models"), *model;
    size_t i;
    json_array_foreach(json_object_get(document, "models"), i, model)
    {
        const struct srv_preset *preset = srv_catalog_preset_at(server.catalog, (unsigned)i);
        assert_string_equal(text_of(model, "name"), preset->name);
        assert_true(number_of(model, "parameters") > 0 && number_of(model, "bytes") > 0);
    }
    assert_null(srv_catalog_preset_at(server.catalog, (unsigned)i));
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_tensor_is_its_request),
        cmocka_unit_test(test_matrices_by_another_scheme),
        cmocka_unit_test(test_bounds_that_cut),
        cmocka_unit_test(test_digest_is_that_of_the_file),
        cmocka_unit_test(test_known_files),
        cmocka_unit_test(test_shards_hold_the_file),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_huge_files_answer_at_once),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_what_is_sent_makes_the_same_file),
        cmocka_unit_test(test_a_list_says_its_rules),
        cmocka_unit_test(test_stacks),
        cmocka_unit_test(test_what_is_sent_is_refused),
        cmocka_unit_test(test_list_of_models),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
