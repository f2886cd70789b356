/* Tensors over HTTP: formats, negotiation, the cache, ranges, conditions, errors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <pthread.h>

#include "support/test.h"
#include "support/body.h"
#include "support/sha256.h"
#include "support/server.h"
#include "wi.h"

TEST_SERVER_GROUP("--max-bytes", "1G", "--threads", "2")

static struct test_answer get(const char *target)
{
    struct test_answer answer;
    test_get(server, target, &answer);
    return answer;
}

static struct test_answer get_with(const char *method, const char *target, const char *header)
{
    struct test_answer answer;
    test_request(server, method, target, (const char *[]){header, NULL}, &answer);
    return answer;
}

static uint64_t length_of(const struct test_answer *answer)
{
    const char *text = test_field(answer, "Content-Length");
    assert_non_null(text);
    return strtoull(text, NULL, 10);
}

/* The body of a query, made by libwi. */
static uint8_t *expected(const char *query, size_t *len)
{
    static struct body body;
    struct wi_error err = {0};
    *len = 0;
    if (body_open(&body, query, &err) != WI_OK)
        return NULL;
    *len = (size_t)body.plan.total_bytes;
    uint8_t *bytes = body_read(&body, 0, *len);
    body_close(&body);
    return bytes;
}

/* "DIGEST\n", or "DIGEST  NAME\n" with the name under which the file is saved. */
static void check_digest(const struct test_answer *answer, const struct wi_format *format, const uint8_t *file,
                         size_t n)
{
    char expected[400];
    sha256_hex(file, n, expected);
    size_t len = strlen(expected);
    if (format->names_file) {
        char name[200];
        const char *disposition = test_field(answer, "Content-Disposition");
        assert_int_equal(sscanf(disposition, "inline; filename=\"%199[^\"]", name), 1);
        char *extension = strstr(name, ".sha256sum");
        assert_non_null(extension);
        *extension = '\0';
        len += (size_t)sprintf(expected + len, "  %s", name);
    }
    expected[len++] = '\n';
    assert_int_equal(answer->length, len);
    assert_memory_equal(answer->body, expected, len);
}

static void check_query(const char *query, const struct wi_format *format)
{
    char target[600];
    size_t len = 0;
    uint8_t *body = expected(query, &len);
    snprintf(target, sizeof target, "/init?%s", query);
    struct test_answer answer = get(target), head = get_with("HEAD", target, NULL);
    if (!body) {
        assert_int_equal(answer.status, 400);
    } else {
        assert_int_equal(answer.status, 200);
        assert_int_equal(head.status, 200);
        assert_int_equal(length_of(&answer), answer.length);
        assert_int_equal(length_of(&head), answer.length);
        char etag[64];
        snprintf(etag, sizeof etag, "%s", test_field(&answer, "ETag"));
        assert_string_equal(test_field(&head, "ETag"), etag);
        if (format->digest) {
            check_digest(&answer, format, body, len);
        } else {
            assert_int_equal(answer.length, len);
            assert_memory_equal(answer.body, body, len);
        }
    }
    free(body);
    test_answer_free(&answer);
    test_answer_free(&head);
}

TEST(test_every_scheme_dtype_format_layout)
{
    const struct wi_scheme_info *scheme;
    const struct wi_dtype *dtype;
    const struct wi_format *format;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++)
        for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++)
            for (unsigned f = 0; (format = wi_format_at(f)); f++)
                for (int oi = 0; oi < 2; oi++) {
                    char query[400];
                    snprintf(query, sizeof query, "scheme=%s&%s&dtype=%s&format=%s&layout=%s", scheme->name,
                             oi && strcmp(scheme->name, "delta_orthogonal") == 0 ? "shape=32,16,3,3" : scheme->example,
                             dtype->name, format->name, oi ? "oi" : "io");
                    check_query(query, format);
                }
}

static void assert_same_body(const char *a, const char *b)
{
    struct test_answer first = get(a), second = get(b);
    assert_int_equal(first.status, 200);
    assert_int_equal(second.status, 200);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.body, second.body, first.length);
    assert_string_equal(test_field(&second, "Cache-Status"), "weightd; hit");
    test_answer_free(&first);
    test_answer_free(&second);
}

/* Two spellings share one cache entry: the second is always a hit. */
TEST(test_spellings_share_an_entry)
{
    assert_same_body("/init?scheme=xavier_uniform&shape=25,13&seed=7", "/xavier_uniform/25x13?seed=0x7");
    assert_same_body("/he_normal/31x7.npy?seed=3", "/init?seed=3&format=npy&shape=31,7&scheme=kaiming_normal");
    assert_same_body("/zeros/scalar.json", "/init?scheme=zero&shape=&format=json&seed=99&stream=x");
    assert_same_body("/init?scheme=normal&shape=9&stream=layer+1", "/normal/9.bin?stream=layer%201");
    assert_same_body("/init?scheme=normal&std=1e+3&shape=11", "/normal/11.bin?std=1000.000&mean=-0");
    assert_same_body("/init?scheme=normal&shape=12&dtype=float32", "/normal/12.raw?slice=0:12&dtype=FP32");
}

/* The query may say once more what the path says, and idle values: one entity tag. Anything else is an error still. */
TEST(test_what_is_said_twice)
{
    static const struct {
        const char *path, *query;
        int status;
    } rows[] = {
        {"/he_normal/3x4.npy", "format=npy", 200},
        {"/he_normal/3x4.npy", "shape=3,4&scheme=he_normal", 200},
        {"/he_normal/3x4.npy.sha256sum", "of=npy&format=sha256sum", 200},
        {"/he_normal/3x4.npy", "flat=0&name=tensor&of=raw&order=C&groups=1&seed=0&alg=1&stream=", 200},
        {"/he_normal/3x4", "flat=0&name=tensor&format=raw", 200},
        {"/he_normal/3x4.npy", "format=npy&format=npy", 400},
        {"/he_normal/3x4.npy", "format=raw", 400},
        {"/he_normal/3x4.npy", "shape=4,3", 400},
        {"/he_normal/3x4.npy", "scheme=he_uniform", 400},
        {"/he_normal/3x4.npy", "seed=0&seed=0", 400},
        {"/he_normal/3x4.npy", "flat=1", 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char target[200];
        snprintf(target, sizeof target, "%s?%s", rows[i].path, rows[i].query);
        struct test_answer plain = get(rows[i].path), said = get(target);
        if (said.status != rows[i].status)
            fail_msg("%s: %d", target, said.status);
        if (said.status == 200) {
            assert_string_equal(test_field(&plain, "ETag"), test_field(&said, "ETag"));
            assert_string_equal(test_field(&plain, "Content-Location"), test_field(&said, "Content-Location"));
        }
        test_answer_free(&plain);
        test_answer_free(&said);
    }
}

/* A checksum's line is about the very file that its own target without the last extension gives, and is the same by any spelling;
 * sha256sum reads it. */
TEST(test_checksum_files)
{
    static const struct {
        const char *path, *query, *long_form;
    } rows[] = {
        {"/he_normal/30x4.npy", "seed=7", "scheme=he_normal&shape=30,4&seed=7&format=sha256sum&of=npy"},
        {"/he_normal/30x4.bin", "seed=7&order=F", "scheme=he_normal&shape=30,4&seed=7&format=sha256sum&order=F"},
        {"/he_normal/30x4.npy", "order=F", "scheme=he_normal&shape=30,4&format=sha256sum&of=npy&order=F"},
        {"/he_normal/30x4.json", "flat=1", "scheme=he_normal&shape=30,4&format=sha256sum&of=json&flat=1"},
        {"/orthogonal/30x40.safetensors", "name=w%22",
         "scheme=orthogonal&shape=30,40&format=sha256sum&of=safetensors&name=w%22"},
        {"/zeros/scalar.npy", "dtype=f64", "scheme=zeros&shape=&dtype=f64&format=sha256sum&of=npy"},
        {"/zeros/3000x3000.raw", "", "scheme=zeros&shape=3000,3000&format=sha256sum"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char target[300], name[200], disposition[300], expected[400];
        snprintf(target, sizeof target, "%s?%s", rows[i].path, rows[i].query);
        struct test_answer file = get(target);
        assert_int_equal(file.status, 200);
        snprintf(disposition, sizeof disposition, "%s", test_field(&file, "Content-Disposition"));
        assert_int_equal(sscanf(strchr(disposition, '"'), "\"%199[^\"]", name), 1);
        sha256_hex(file.body, file.length, expected);
        sprintf(expected + 64, "  %s\n", name);
        snprintf(target, sizeof target, "%s.sha256sum?%s", rows[i].path, rows[i].query);
        struct test_answer sum = get(target), head = get_with("HEAD", target, NULL);
        assert_int_equal(sum.status, 200);
        assert_int_equal(sum.length, strlen(expected));
        assert_memory_equal(sum.body, expected, sum.length);
        assert_int_equal(length_of(&head), sum.length);
        assert_string_equal(test_field(&sum, "Content-Type"), "text/plain; charset=utf-8");
        test_answer_free(&head);
        snprintf(target, sizeof target, "/init?%s", rows[i].long_form);
        struct test_answer again = get(target);
        assert_int_equal(again.length, sum.length);
        assert_memory_equal(again.body, sum.body, sum.length);
        assert_string_equal(test_field(&again, "Cache-Status"), "weightd; hit");
        test_answer_free(&again);
        snprintf(target, sizeof target, "%s.sha256?%s", rows[i].path, rows[i].query);
        again = get(target);
        assert_int_equal(again.length, 65);
        assert_memory_equal(again.body, expected, 64);
        test_answer_free(&again);
        test_answer_free(&file);
        test_answer_free(&sum);
    }
    assert_int_equal(test_status(server, "/he_normal/3x4.sha256.sha256sum", NULL), 400);
    assert_int_equal(test_status(server, "/he_normal/3x4.npy.npy", NULL), 400);
    assert_int_equal(test_status(server, "/he_normal/3x4..sha256sum", NULL), 400);
    assert_int_equal(test_status(server, "/he_normal/3x4.npy.sha256sum?dtype=bf16", NULL), 400);
}

/* A tensor without elements is an answer like any other; of a body of no bytes there is no range. */
TEST(test_empty_tensors)
{
    static const struct {
        const char *target, *shape;
        size_t length;
    } rows[] = {
        {"/normal/0x5.bin?seed=7", "0,5", 0},
        {"/init?scheme=zeros&shape=0", "0", 0},
        {"/orthogonal/0x5.bin", "0,5", 0},
        {"/he_normal/5x0.npy", "5,0", 128},
        {"/sparse/0x0.npy?order=F", "0,0", 128},
        {"/normal/4x0.json", "4,0", 0},
        {"/normal/4x0.safetensors", "4,0", 0},
        {"/normal/0x4.npy.sha256sum", "0,4", 64 + 2 + 24 + 1},
        {"/init?like=torch&scheme=normal&shape=0,3", "0,3", 0},
        {"/init?scheme=normal&shape=3,0,2&slice=1", "1,0,2", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool raw = strstr(rows[i].target, ".bin") || strstr(rows[i].target, "/init");
        char etag[100], field[120];
        for (unsigned time = 0; time < 3; time++) {
            struct test_answer answer = get(rows[i].target), head = get_with("HEAD", rows[i].target, NULL);
            assert_int_equal(answer.status, 200);
            assert_string_equal(test_field(&answer, "X-Tensor-Shape"), rows[i].shape);
            assert_int_equal(length_of(&answer), answer.length);
            assert_int_equal(length_of(&head), answer.length);
            assert_int_equal(head.status, 200);
            assert_true(raw ? answer.length == 0 : answer.length > 0);
            assert_true(!rows[i].length || answer.length == rows[i].length);
            snprintf(etag, sizeof etag, "%s", test_field(&answer, "ETag"));
            test_answer_free(&answer);
            test_answer_free(&head);
        }
        snprintf(field, sizeof field, "If-None-Match: %s", etag);
        assert_int_equal(test_status(server, rows[i].target, field), 304);
        assert_int_equal(test_status(server, rows[i].target, "If-Match: \"other\""), 412);
        static const char *const ranges[] = {"Range: bytes=0-", "Range: bytes=0-0", "Range: bytes=-1",
                                             "Range: bytes=5-9,0-1"};
        for (size_t r = 0; raw && r < sizeof ranges / sizeof *ranges; r++) {
            struct test_answer part = get_with("GET", rows[i].target, ranges[r]);
            assert_int_equal(part.status, 416);
            assert_string_equal(test_field(&part, "Content-Range"), "bytes */0");
            test_answer_free(&part);
        }
    }
    struct test_answer digest = get_with("GET", "/normal/0.bin", "Want-Repr-Digest: sha-256=1");
    assert_string_equal(test_field(&digest, "Repr-Digest"), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
    test_answer_free(&digest);
    struct test_answer json = get_with("GET", "/normal/0x3.json", "Accept-Encoding: gzip");
    assert_string_equal(test_field(&json, "Content-Encoding"), "gzip");
    test_answer_free(&json);
}

/* Any range of a body by columns, streamed or cached, is that part of it. */
TEST(test_column_major)
{
    static const char *const targets[] = {"/normal/300x200.npy?order=F", "/orthogonal/60x50.bin?order=F",
                                          "/normal/4000x50000.bin?order=F&slice=:3000,:3000"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct test_answer whole = get(targets[i]);
        assert_int_equal(whole.status, 200);
        assert_string_equal(test_field(&whole, "X-Tensor-Order"), "F");
        for (size_t first = 0; first < whole.length; first += whole.length / 7 + 1) {
            char field[64];
            size_t last = first + 1001 < whole.length ? first + 1001 : whole.length - 1;
            snprintf(field, sizeof field, "Range: bytes=%zu-%zu", first, last);
            struct test_answer part = get_with("GET", targets[i], field);
            assert_int_equal(part.status, 206);
            assert_int_equal(part.length, last - first + 1);
            assert_memory_equal(part.body, whole.body + first, part.length);
            test_answer_free(&part);
        }
        test_answer_free(&whole);
    }
    struct test_answer rows = get("/normal/300x1.npy?order=F");
    assert_null(test_field(&rows, "X-Tensor-Order"));
    test_answer_free(&rows);
}

TEST(test_raw_headers)
{
    struct test_answer a = get("/init?scheme=xavier_uniform&shape=256,128&seed=7");
    static const char *const rows[][2] = {
        {"Content-Type", "application/octet-stream"},
        {"Content-Length", "131072"},
        {"X-Tensor-Shape", "256,128"},
        {"X-Tensor-Dtype", "f32"},
        {"X-Tensor-Scheme", "xavier_uniform"},
        {"X-Tensor-Fan-In", "256"},
        {"X-Tensor-Fan-Out", "128"},
        {"X-Tensor-Bound", "0.125"},
        {"X-Tensor-Alg", "1"},
        {"Vary", "Accept"},
        {"Accept-Ranges", "bytes"},
        {"Cache-Control", "public, max-age=31536000, immutable"},
        {"Content-Location",
         "/init?alg=1&scheme=xavier_uniform&shape=256,128&seed=7&dtype=f32&layout=io&mode=fan_avg&gain="
         "1.0&format=raw"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_non_null(test_field(&a, rows[i][0]));
        assert_string_equal(test_field(&a, rows[i][0]), rows[i][1]);
    }
    test_answer_free(&a);
}

/* An answer to like= names the releases that it repeats, whether it is exact, and if not, why. */
TEST(test_exactness_is_told)
{
    static const struct {
        const char *target, *exactness, *note[2];
    } rows[] = {
        {"/init?scheme=normal&shape=3", "exact", {NULL}},
        {"/init?like=torch&scheme=normal&shape=3", "exact", {"torch.manual_seed", "x86-64"}},
        {"/init?like=numpy&scheme=orthogonal&shape=3,3", "approximate", {"np.random.seed", "QR"}},
        {"/init?like=jax@0.11&scheme=normal&shape=3",
         "exact",
         {"0.11.2", "under jax.jit the numbers are those of like=jax"}},
        {"/init?like=jax@0.10&scheme=normal&shape=3", "exact", {"0.9 to 0.11.0", "those of like=jax"}},
        {"/init?like=jax@0.10&scheme=normal&shape=3&dtype=f64", "exact", {"0.9 to 0.11.0", "an ulp or two"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer a = get(rows[i].target);
        assert_string_equal(test_field(&a, "X-Tensor-Exactness"), rows[i].exactness);
        const char *note = test_field(&a, "X-Tensor-Exactness-Note");
        assert_true((note != NULL) == (rows[i].note[0] != NULL));
        assert_true(!note || (strstr(note, rows[i].note[0]) && strstr(note, rows[i].note[1])));
        test_answer_free(&a);
    }
}

/* Two tensors that differ in dtype, slice or order are saved under two names. */
TEST(test_file_names)
{
    static const char *const rows[][2] = {
        {"/normal/3x4.npy?seed=7", "attachment; filename=\"normal-3x4-f32-seed7.npy\""},
        {"/normal/3x4.npy?seed=7&dtype=f16", "attachment; filename=\"normal-3x4-f16-seed7.npy\""},
        {"/normal/3x4.npy?slice=1", "attachment; filename=\"normal-3x4-slice1_2x0_4-f32-seed0.npy\""},
        {"/normal/3x4.csv?slice=:,2:", "inline; filename=\"normal-3x4-slice0_3x2_4-f32-seed0.csv\""},
        {"/normal/3x4.npy?slice=:,:", "attachment; filename=\"normal-3x4-f32-seed0.npy\""},
        {"/normal/6x4.npy?slice=1", "attachment; filename=\"normal-6x4-slice1_2x0_4-f32-seed0.npy\""},
        {"/normal/scalar.bin?dtype=f64", "attachment; filename=\"normal-scalar-f64-seed0.bin\""},
        {"/normal/1,2,3,4,5,6,7,8.bin?slice=:,:,:,:,:,:,:,7",
         "attachment; filename=\"normal-1x2x3x4x5x6x7x8-slice0_1x0_2x0_3x0_4x0_5x0_6x0_7x7_8-f32-seed0.bin\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer a = get(rows[i][0]);
        const char *name = test_field(&a, "Content-Disposition");
        if (!name || strcmp(name, rows[i][1]) != 0)
            fail_msg("%s: %s", rows[i][0], name ? name : "no name");
        test_answer_free(&a);
    }
}

/* sparse rounds its zeros up: where that is all there is, the answer says so. */
TEST(test_all_zero_is_told)
{
    static const struct {
        const char *target;
        bool told;
    } rows[] = {
        {"/init?scheme=sparse&shape=9,5", true},
        {"/init?scheme=sparse&shape=10,5", false},
        {"/init?scheme=sparse&shape=9,5&sparsity=0.8", false},
        {"/init?scheme=sparse&shape=90,5&sparsity=1", true},
        {"/init?like=torch&scheme=sparse&shape=9,5", true},
        {"/init?like=torch&scheme=sparse&shape=10,5", false},
        {"/init?scheme=zeros&shape=3", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer a = get(rows[i].target);
        bool is_zero = true;
        for (size_t k = 0; k < a.length; k++)
            is_zero = is_zero && a.body[k] == 0;
        const char *note = test_field(&a, "X-Tensor-Note");
        assert_int_equal(note && strstr(note, "every element is 0"), rows[i].told);
        assert_true(is_zero == rows[i].told || strstr(rows[i].target, "zeros"));
        test_answer_free(&a);
    }
}

/* The gain of a recommendation is that of the request beside it, and numbers are written as short as can be. */
TEST(test_numbers_of_documents)
{
    static const char *const rows[][3] = {
        {"/recommend?activation=selu", "\"gain\": 1.0,", "\"url\": \"/init?scheme=lecun_normal"},
        {"/recommend?activation=tanh", "\"gain\": 1.0,", "\"url\": \"/init?scheme=xavier_uniform"},
        {"/recommend?activation=gelu", "\"gain\": 1.4811,",
         "\"url\": \"/init?scheme=he_normal&shape=256,128&gain=1.4811\""},
        {"/recommend?activation=gelu", "\"forward_gain\": 1.5335304411955353,",
         "\"backward_gain\": 1.481114412708348,"},
        {"/recommend?activation=Leaky+ReLU&a=0.2", "\"gain\": 1.3867504905630728,", "&a=0.2\""},
        {"/recommend?activation=leaky_relu&a=1", "\"gain\": 1.0,", "leaky_relu&a=1.0\""},
        {"/schemes/sparse", "\"default\": 0.9\n", "\"maximum\": 1e+30,"},
        {"/nothing\\u0001?a=\\u0001", "\"instance\": \"/nothing\\\\u0001?a=\\\\u0001\"", "\"status\": 404"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer a = get(rows[i][0]);
        for (size_t k = 1; k < 3; k++)
            if (!test_body_has(&a, rows[i][k]))
                fail_msg("%s lacks %s: %.*s", rows[i][0], rows[i][k], (int)a.length, (const char *)a.body);
        test_answer_free(&a);
    }
}

TEST(test_negotiation)
{
    static const struct {
        const char *target, *accept, *type;
        int status;
        const char *vary; /* NULL: the answer depends on no request field */
                          /* clang-format off */
    } rows[] = {
                          /* clang-format on */
        {"/init?scheme=zeros&shape=3", "Accept: */*", "application/octet-stream", 200, "Accept"},
        {"/init?scheme=zeros&shape=3", "Accept: application/json", "application/json", 200, "Accept, Accept-Encoding"},
        {"/init?scheme=zeros&shape=3", "Accept: application/x-npy, */*;q=0.1", "application/x-npy", 200, "Accept"},
        {"/init?scheme=zeros&shape=3", "Accept: application/npy;q=0.9, application/json;q=0.2", "application/x-npy",
         200, "Accept"},
        {"/init?scheme=zeros&shape=3", "Accept: application/x-safetensors", "application/vnd.safetensors", 200,
         "Accept"},
        {"/init?scheme=zeros&shape=3", "Accept: text/plain", "text/plain; charset=utf-8", 200, "Accept"},
        {"/init?scheme=zeros&shape=3", "Accept: application/octet-stream;q=0, application/*", "application/x-npy", 200,
         "Accept"},
        {"/init?scheme=zeros&shape=3", "Accept: text/html", "application/problem+json", 406, "Accept"},
        {"/init?scheme=zeros&shape=3&format=npy", "Accept: application/json", "application/x-npy", 200, NULL},
        {"/zeros/3.json", "Accept: text/html", "application/json", 200, "Accept-Encoding"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer a = get_with("GET", rows[i].target, rows[i].accept);
        assert_int_equal(a.status, rows[i].status);
        assert_string_equal(test_field(&a, "Content-Type"), rows[i].type);
        if (rows[i].vary)
            assert_string_equal(test_field(&a, "Vary"), rows[i].vary);
        else
            assert_null(test_field(&a, "Vary"));
        test_answer_free(&a);
    }
}

TEST(test_json_body)
{
    struct test_answer a = get("/init?scheme=normal&shape=2,3,4&seed=5&format=json&dtype=f64&name=layer.0%22x");
    json_t *doc = json_loadb((const char *)a.body, a.length, 0, NULL);
    assert_non_null(doc);
    assert_string_equal(json_string_value(json_object_get(doc, "name")), "layer.0\"x");
    assert_string_equal(json_string_value(json_object_get(doc, "datatype")), "FP64");
    json_t *data = json_object_get(doc, "data");
    assert_int_equal(json_array_size(data), 2);
    assert_int_equal(json_array_size(json_array_get(data, 1)), 3);
    assert_int_equal(json_array_size(json_array_get(json_array_get(data, 1), 2)), 4);
    size_t len;
    uint8_t *raw = expected("scheme=normal&shape=2,3,4&seed=5&dtype=f64", &len);
    double last;
    memcpy(&last, raw + len - sizeof last, sizeof last);
    json_t *cell = json_array_get(json_array_get(json_array_get(data, 1), 2), 3);
    assert_true(json_real_value(cell) == last);
    free(raw);
    json_decref(doc);
    test_answer_free(&a);
}

static void check_range(const char *target, const struct test_answer *whole, const char *range, long first, long last)
{
    char header[80];
    long n = (long)whole->length;
    snprintf(header, sizeof header, "Range: bytes=%s", range);
    struct test_answer part = get_with("GET", target, header);
    first += first < 0 ? n : 0;
    last += last < 0 ? n : 0;
    assert_int_equal(part.status, 206);
    assert_int_equal(part.length, last - first + 1);
    assert_memory_equal(part.body, whole->body + first, part.length);
    test_answer_free(&part);
}

/* A range is streamed while the body is not cached, and is part of the cached body afterwards. */
TEST(test_ranges_are_parts_of_the_whole)
{
    static const char *const targets[] = {"/normal/777.npy?dtype=f64&seed=21", "/orthogonal/40x30?seed=21",
                                          "/sparse/50x20.safetensors?seed=21", "/uniform/13x7.json?seed=21"};
    static const struct {
        const char *range;
        long first, last; /* negative: from the end */
    } rows[] = {
        {"0-0", 0, 0}, {"1-700", 1, 700}, {"-9", -9, -1}, {"131-", 131, -1}, {"7-99999999999999999999999", 7, -1}};
    for (size_t t = 0; t < 4; t++) {
        char query[120];
        size_t len;
        const char *end = strchr(targets[t], '?'), *dot = strchr(targets[t], '.'), *slash = strchr(targets[t] + 1, '/');
        const char *shape_end = dot && dot < end ? dot : end;
        snprintf(query, sizeof query, "scheme=%.*s&shape=%.*s&format=%.*s&%s", (int)(slash - targets[t] - 1),
                 targets[t] + 1, (int)(shape_end - slash - 1), slash + 1, dot ? (int)(end - dot - 1) : 3,
                 dot ? dot + 1 : "raw", end + 1);
        struct test_answer whole = {.body = expected(query, &len)};
        whole.length = len;
        for (int cached = 0; cached < 2; cached++) {
            for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                check_range(targets[t], &whole, rows[i].range, rows[i].first, rows[i].last);
            struct test_answer answer = get(targets[t]);
            assert_int_equal(answer.length, whole.length);
            test_answer_free(&answer);
        }
        free(whole.body);
    }
}

/* An 8192 x 8192 orthogonal matrix takes seconds to compute: none of these requests may compute it. */
TEST(test_nothing_is_computed_without_need)
{
    const char *target = "/orthogonal/8192x8192.npy?seed=77";
    struct test_answer head = get_with("HEAD", target, NULL);
    char condition[80];
    snprintf(condition, sizeof condition, "If-None-Match: W/%s", test_field(&head, "ETag"));
    struct test_answer same = get_with("GET", target, condition), any = get_with("GET", target, "If-None-Match: *"),
                       other = get_with("GET", target, "If-Match: \"x\""),
                       beyond = get_with("GET", target, "Range: bytes=268435584-");
    assert_int_equal(head.status, 200);
    assert_int_equal(length_of(&head), 8192 * 8192 * 4 + 128);
    assert_int_equal(same.status, 304);
    assert_null(test_field(&same, "Content-Type"));
    assert_int_equal(any.status, 304);
    assert_int_equal(other.status, 412);
    assert_int_equal(beyond.status, 416);
    assert_string_equal(test_field(&beyond, "Content-Range"), "bytes */268435584");
    test_answer_free(&head);
    test_answer_free(&same);
    test_answer_free(&any);
    test_answer_free(&other);
    test_answer_free(&beyond);
}

TEST(test_errors_teach)
{
    static const struct {
        const char *target;
        int status;
        const char *param, *says;
    } rows[] = {
        {"/init", 400, "scheme", "required"},
        {"/init?scheme=zeros", 400, "shape", "required"},
        {"/init?sheme=zeros&shape=3", 400, "sheme", "\"nearest\": \"scheme\""},
        {"/init?scheme=xaver_uniform&shape=3", 400, "scheme", "\"nearest\": \"xavier_uniform\""},
        {"/init?scheme=zeros&shape=3&shape=4", 400, "shape", "more than once"},
        {"/init?scheme=zeros&shape=3,-4", 400, "shape", "dimension"},
        {"/init?scheme=zeros&shape=3,0.5", 400, "shape", "dimension"},
        {"/init?scheme=zeros&shape=4294967296,4294967296", 400, "shape", "elements"},
        {"/init?scheme=zeros&shape=1000000000", 413, "shape", "limit"},
        {"/init?scheme=zeros&shape=3&seed=-1", 400, "seed", "unsigned"},
        {"/init?scheme=zeros&shape=3&seed=18446744073709551616", 400, "seed", "unsigned"},
        {"/init?scheme=zeros&shape=3&seed=+1", 400, "seed", "unsigned"},
        {"/init?scheme=zeros&shape=3&seed=1%00", 400, "seed", ""},
        {"/init?scheme=zeros&shape=3&seed", 400, "seed", "empty"},
        {"/init?scheme=zeros&shape=3&gain=2", 400, "gain", "does not take"},
        {"/init?scheme=normal&shape=3&dtype=f33", 400, "dtype", "f32"},
        {"/init?scheme=normal&shape=3&dtype=f16&std=1e9", 400, "dtype", "65504"},
        {"/init?scheme=normal&shape=3&format=npy&dtype=bf16", 400, "dtype", "safetensors"},
        {"/init?scheme=orthogonal&shape=3", 400, "shape", "dimensions"},
        {"/init?scheme=orthogonal&shape=100000,100000&slice=0,0", 413, "shape", "memory"},
        {"/init?scheme=uniform&shape=3&low=2&high=1", 400, "low", "above"},
        {"/init?scheme=normal&shape=3&slice=2:9,1", 400, "slice", "dimensions"},
        {"/init?scheme=normal&shape=3&alg=2", 400, "alg", "range"},
        {"/init?like=torch&scheme=linear_default&shape=3", 400, "shape",
         "/init?like=torch&scheme=linear_default&shape="},
        {"/init?like=jax&scheme=nothing&shape=3", 400, "scheme", "/init?like=jax&scheme="},
        {"/init?like=nothing&scheme=he_normal&shape=3", 400, "like", "/init?like=native&scheme=he_normal&shape=3\""},
        {"/zeros/3.nyp", 400, "format", "\"nearest\": \"npy\""},
        {"/zeroes/3.npy", 400, "scheme", "\"nearest\": \"zeros\""},
        {"/schemes/sparce", 404, "name", "\"nearest\": \"sparse\""},
        {"/recommend?activation=rely", 400, "activation", "\"nearest\": \"relu\""},
        {"/recommend?activaton=relu", 400, "activaton", "\"nearest\": \"activation\""},
        {"/recommend?activation=relu&a=1", 400, "a", "leaky_relu"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer a = get(rows[i].target);
        json_t *doc = json_loadb((const char *)a.body, a.length, 0, NULL);
        if (a.status != rows[i].status || !doc || !test_body_has(&a, rows[i].says))
            print_message("%s -> %d %.*s\n", rows[i].target, a.status, (int)a.length, (const char *)a.body);
        assert_int_equal(a.status, rows[i].status);
        assert_non_null(doc);
        assert_string_equal(json_string_value(json_object_get(doc, "param")), rows[i].param);
        assert_true(test_body_has(&a, rows[i].says));
        const char *example = json_string_value(json_object_get(doc, "example"));
        assert_non_null(example);
        struct test_answer works = get(strstr(example, "://") ? strchr(strstr(example, "://") + 3, '/') : example);
        assert_int_equal(works.status, 200);
        test_answer_free(&works);
        json_decref(doc);
        test_answer_free(&a);
    }
}

TEST(test_recommendations_work)
{
    static const struct {
        const char *activation, *scheme;
        /* clang-format off */
    } rows[] = {{"sigmoid", "xavier_uniform"}, {"tanh", "xavier_uniform"}, {"relu", "he_normal"}, {"selu", "lecun_normal"},
                /* clang-format on */
                {"leaky_relu&a=0.2", "he_normal"},
                {"gelu", "he_normal"},
                {"swish", "he_normal"},
                {"elu", "he_normal"},
                {"linear", "xavier_uniform"},
                {"softmax", "xavier_uniform"},
                {"mish", "he_normal"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char target[80];
        snprintf(target, sizeof target, "/recommend?activation=%s", rows[i].activation);
        struct test_answer a = get(target);
        json_t *doc = json_loadb((const char *)a.body, a.length, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(doc, "scheme")), rows[i].scheme);
        struct test_answer tensor = get(json_string_value(json_object_get(doc, "url")));
        assert_int_equal(tensor.status, 200);
        test_answer_free(&tensor);
        json_decref(doc);
        test_answer_free(&a);
    }
}

TEST(test_scheme_table)
{
    struct test_answer a = get("/schemes");
    json_t *doc = json_loadb((const char *)a.body, a.length, 0, NULL), *row;
    json_t *schemes = json_object_get(doc, "schemes");
    size_t i;
    json_array_foreach(schemes, i, row)
    {
        static const char *const texts[] = {"formula", "summary", "best_for", "known_problem", "source"};
        char target[80];
        for (size_t k = 0; k < 5; k++)
            assert_true(json_string_length(json_object_get(row, texts[k])) > 3);
        snprintf(target, sizeof target, "/schemes/%s", json_string_value(json_object_get(row, "name")));
        struct test_answer one = get(target), tensor = get(json_string_value(json_object_get(row, "example")));
        assert_int_equal(one.status, 200);
        assert_int_equal(tensor.status, 200);
        test_answer_free(&one);
        test_answer_free(&tensor);
    }
    assert_int_equal(i, 26);
    json_decref(doc);
    test_answer_free(&a);
}

/* ---- single flight --------------------------------------------------------------------------------------------- */

enum { CLIENTS = 64 };

struct client {
    pthread_t thread;
    struct test_answer answer;
};

static void *ask(void *arg)
{
    struct client *client = arg;
    client->answer = get("/orthogonal/700x700.npy?seed=64");
    return NULL;
}

TEST(test_one_computation_for_64_clients)
{
    static struct client clients[CLIENTS];
    unsigned misses = 0;
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i].thread, NULL, ask, &clients[i]), 0);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].answer.status, 200);
        assert_int_equal(clients[i].answer.length, 700 * 700 * 4 + 128);
        assert_memory_equal(clients[i].answer.body, clients[0].answer.body, clients[0].answer.length);
        const char *status = test_field(&clients[i].answer, "Cache-Status");
        misses += strcmp(status, "weightd; fwd=uri-miss; stored") == 0;
    }
    assert_int_equal(misses, 1);
    for (int i = 0; i < CLIENTS; i++)
        test_answer_free(&clients[i].answer);
}

/* A cache of 1 MiB cannot hold a hundred bodies of 64 KiB: the first is evicted, the last is cached. */
TEST(test_eviction)
{
    struct test_server *small = test_server_start((const char *[]){"--cache-bytes", "1M", NULL});
    struct test_answer a;
    char target[64];
    for (int i = 0; i < 100; i++) {
        snprintf(target, sizeof target, "/normal/16384?seed=%d", i);
        test_get(small, target, &a);
        assert_int_equal(a.status, 200);
        test_answer_free(&a);
    }
    test_get(small, target, &a);
    assert_string_equal(test_field(&a, "Cache-Status"), "weightd; hit");
    test_answer_free(&a);
    test_get(small, "/normal/16384?seed=0", &a);
    assert_string_equal(test_field(&a, "Cache-Status"), "weightd; fwd=uri-miss; stored");
    test_answer_free(&a);
    test_get(small, "/normal/1000000", &a); /* larger than a quarter of the cache: streamed */
    assert_string_equal(test_field(&a, "Cache-Status"), "weightd; fwd=bypass; detail=streamed");
    assert_int_equal(a.length, 4000000);
    test_answer_free(&a);
    test_server_stop(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scheme_dtype_format_layout),
        cmocka_unit_test(test_spellings_share_an_entry),
        cmocka_unit_test(test_what_is_said_twice),
        cmocka_unit_test(test_checksum_files),
        cmocka_unit_test(test_empty_tensors),
        cmocka_unit_test(test_column_major),
        cmocka_unit_test(test_raw_headers),
        cmocka_unit_test(test_exactness_is_told),
        cmocka_unit_test(test_negotiation),
        cmocka_unit_test(test_json_body),
        cmocka_unit_test(test_ranges_are_parts_of_the_whole),
        cmocka_unit_test(test_nothing_is_computed_without_need),
        cmocka_unit_test(test_errors_teach),
        cmocka_unit_test(test_recommendations_work),
        cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_all_zero_is_told),
        cmocka_unit_test(test_numbers_of_documents),
        cmocka_unit_test(test_scheme_table),
        cmocka_unit_test(test_one_computation_for_64_clients),
        cmocka_unit_test(test_eviction),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
