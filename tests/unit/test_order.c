/* order=F: the same elements by columns, in every shape and slice, at any range of bytes; and who does not take it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/test.h"

#define N(list) (sizeof(list) / sizeof *(list))
enum { REQUEST_MAX = 300 };

/* Shapes of every rank, with dimensions of 1 at every end; more rows and more columns than a block has elements; slices; every
 * dtype; matrices that are computed whole; frameworks. */
static const char *const queries[] = {
    "scheme=normal&shape=&seed=1",
    "scheme=normal&shape=77&seed=1",
    "scheme=normal&shape=1,77&seed=1",
    "scheme=normal&shape=77,1&seed=1",
    "scheme=normal&shape=5,3&seed=1",
    "scheme=normal&shape=3,5&seed=1&dtype=f64",
    "scheme=normal&shape=70,67&seed=2&dtype=f16",
    "scheme=normal&shape=2,1500&seed=2",
    "scheme=normal&shape=1500,2&seed=2&dtype=bf16",
    "scheme=uniform&shape=1,4,1,3&seed=3",
    "scheme=uniform&shape=5,1,1&seed=3",
    "scheme=uniform&shape=2,3,4,5&seed=3&dtype=f64",
    "scheme=truncated_normal&shape=2,1,3,2,1,2,3,2&seed=3",
    "scheme=normal&shape=33,17&seed=4&slice=5:9,3:",
    "scheme=normal&shape=33,17&seed=4&slice=5,3:",
    "scheme=normal&shape=7,8,9&seed=4&slice=1:6,2:,4",
    "scheme=normal&shape=1000000000,1000000&seed=4&slice=999999990:,999998:",
    "scheme=orthogonal&shape=20,9&seed=5",
    "scheme=orthogonal&shape=9,4,5&seed=5&layout=oi&dtype=f64",
    "scheme=sparse&shape=40,70&seed=5&sparsity=0.5",
    "scheme=eye&shape=5,7",
    "scheme=dirac&shape=3,3,4,4",
    "scheme=normal&shape=40,50,3,3&seed=7",
    "scheme=normal&shape=3,3,50,40&seed=7&dtype=f64",
    "scheme=normal&shape=90,1,41,2&seed=7&slice=3:80,:,5:,1",
    "like=torch&scheme=normal&shape=8,9&seed=6",
    "like=jax&scheme=normal&shape=8,9&seed=6",
    "like=numpy&scheme=random&shape=8,9&seed=6&slice=2:7,1:",
};

/* The elements of a raw body by columns, moved one by one: the place of each is counted up like a mileage whose first digit is
 * the fastest. */
static uint8_t *by_columns(const struct wi_part *part, const uint8_t *bytes)
{
    size_t width = part->tensor.dtype->bytes, n = (size_t)part->out_elems;
    uint64_t at[WI_RANK_MAX] = {0};
    uint8_t *out = malloc(n * width + 1);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++) {
        size_t from = 0;
        for (unsigned d = 0; d < part->tensor.rank; d++)
            from = from * (size_t)part->out_shape[d] + (size_t)at[d];
        memcpy(out + i * width, bytes + from * width, width);
        for (unsigned d = 0; d < part->tensor.rank && ++at[d] == part->out_shape[d]; d++)
            at[d] = 0;
    }
    return out;
}

/* All of the body, and pieces of every size up to 40 bytes and some larger ones from everywhere, also at odd addresses. */
static void check_reading(const char *request, const struct body *body, const uint8_t *expected, size_t n)
{
    uint8_t *bytes = malloc(n + 2);
    assert_non_null(bytes);
    for (size_t len = n, step = 0; step < 60; step++, len = step < 40 ? step : step * step * 7) {
        for (size_t at = 0; at < n; at += len + step / 3 + 1 + n / 200) {
            size_t want = n - at < len ? n - at : len;
            uint8_t *out = bytes + step % 2;
            assert_int_equal(body_read_plan(&body->plan, body->keep, at, out, want), want);
            if (memcmp(out, expected + at, want) != 0)
                fail_msg("%s: bytes %zu to %zu are wrong", request, at, at + want);
        }
    }
    free(bytes);
}

TEST(test_raw)
{
    for (size_t i = 0; i < N(queries); i++) {
        char request[REQUEST_MAX];
        struct body rows, columns;
        snprintf(request, sizeof request, "%s&order=F", queries[i]);
        assert_int_equal(body_open(&rows, queries[i], NULL), WI_OK);
        assert_int_equal(body_open(&columns, request, NULL), WI_OK);
        size_t n = (size_t)rows.plan.total_bytes;
        assert_int_equal(columns.plan.total_bytes, n);
        uint8_t *bytes = body_read(&rows, 0, n), *expected = by_columns(&rows.plan.part, bytes);
        check_reading(request, &columns, expected, n);
        free(bytes);
        free(expected);
        body_close(&rows);
        body_close(&columns);
    }
}

/* npy: the same data behind a header of the same length but for the digits of another dimension. */
TEST(test_npy)
{
    for (size_t i = 0; i < N(queries); i++) {
        char request[REQUEST_MAX];
        struct body columns;
        size_t n;
        if (strstr(queries[i], "bf16"))
            continue;
        snprintf(request, sizeof request, "%s&order=F", queries[i]);
        uint8_t *raw = body_bytes(request, &n);
        snprintf(request, sizeof request, "%s&order=F&format=npy", queries[i]);
        assert_int_equal(body_open(&columns, request, NULL), WI_OK);
        const struct wi_plan *plan = &columns.plan;
        uint8_t *file = malloc((size_t)plan->total_bytes);
        assert_non_null(file);
        assert_int_equal(plan->total_bytes, plan->header_bytes + n);
        assert_int_equal(body_read_plan(plan, columns.keep, 0, file, (size_t)plan->total_bytes), plan->total_bytes);
        assert_memory_equal(file + plan->header_bytes, raw, n);
        const char *order = plan->part.column_major ? "'fortran_order': True," : "'fortran_order': False,";
        assert_non_null(memmem(file, plan->header_bytes, order, strlen(order)));
        check_reading(request, &columns, file, (size_t)plan->total_bytes);
        free(raw);
        free(file);
        body_close(&columns);
    }
}

/* Where both orders are one, the request says order=C, which is not said; elsewhere order=F stands in the text. */
TEST(test_canonical)
{
    static const struct {
        const char *query;
        bool differs;
    } rows[] = {
        {"shape=", false},
        {"shape=9", false},
        {"shape=1,9", false},
        {"shape=9,1", false},
        {"shape=1,9,1", false},
        {"shape=2,9", true},
        {"shape=2,1,9", true},
        {"shape=2,9&slice=1", false},
        {"shape=2,9&slice=:,3", false},
        {"shape=2,9&slice=:,3:5", true},
    };
    for (size_t i = 0; i < N(rows); i++)
        for (int npy = 0; npy < 2; npy++) {
            char request[REQUEST_MAX], text[WI_CANONICAL_MAX], of_rows[WI_CANONICAL_MAX];
            struct wi_plan plan;
            snprintf(request, sizeof request, "scheme=normal&%s&format=%s&order=C", rows[i].query, npy ? "npy" : "raw");
            assert_int_equal(body_plan(&plan, request, NULL), WI_OK);
            wi_plan_canonical(&plan, WI_CANONICAL_BODY, of_rows);
            assert_null(strstr(of_rows, "order="));
            request[strlen(request) - 1] = 'F';
            assert_int_equal(body_plan(&plan, request, NULL), WI_OK);
            wi_plan_canonical(&plan, WI_CANONICAL_BODY, text);
            assert_int_equal(plan.part.column_major, rows[i].differs);
            assert_int_equal(strstr(text, "&order=F") != NULL, rows[i].differs);
            assert_int_equal(strcmp(text, of_rows) == 0, !rows[i].differs);
            assert_int_equal(body_plan(&plan, text, NULL), WI_OK);
            wi_plan_canonical(&plan, WI_CANONICAL_BODY, of_rows);
            assert_string_equal(text, of_rows);
        }
}

TEST(test_who_takes_it)
{
    const struct wi_format *format;
    for (unsigned f = 0; (format = wi_format_at(f)); f++) {
        char request[REQUEST_MAX];
        struct wi_plan plan;
        struct wi_error err = {0};
        bool takes = strcmp(format->name, "raw") == 0 || strcmp(format->name, "npy") == 0 || format->digest;
        snprintf(request, sizeof request, "scheme=normal&shape=3,4&format=%s&order=F", format->name);
        assert_int_equal(body_plan(&plan, request, &err), takes ? WI_OK : WI_E_PARAM_UNUSED);
        if (!takes) {
            assert_string_equal(err.param, "order");
            assert_non_null(strstr(err.text, format->name));
            assert_string_equal(err.allowed, "format=raw, format=npy");
        }
    }
    struct wi_plan plan;
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=3,4&order=f", NULL), WI_E_PARAM_VALUE);
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=3,4&format=sha256&of=json&order=F", NULL),
                     WI_E_PARAM_UNUSED);
}

/* ---- of= ------------------------------------------------------------------------------------------------------- */

/* What a digest lays out is the file of its own request, byte for byte, request in the file included. */
TEST(test_files_of_digests)
{
    const struct wi_format *file;
    static const char *const digests[] = {"sha256", "sha256sum"};
    for (unsigned f = 0; (file = wi_format_file_at(f)); f++)
        for (size_t d = 0; d < N(digests); d++) {
            char request[REQUEST_MAX], text[WI_CANONICAL_MAX], own[WI_CANONICAL_MAX];
            bool named = file->params & WI_P_BIT(WI_P_NAME);
            struct wi_plan plan;
            size_t n, m;
            assert_false(file->digest);
            snprintf(request, sizeof request, "scheme=normal&shape=3,4&seed=9&slice=1:,:3&format=%s%s", file->name,
                     named ? "&name=w" : "");
            uint8_t *one = body_bytes(request, &n);
            body_plan(&plan, request, NULL);
            wi_plan_canonical(&plan, WI_CANONICAL_BODY, own);
            snprintf(request, sizeof request, "scheme=normal&shape=3,4&seed=9&slice=1:,:3&format=%s&of=%s%s",
                     digests[d], file->name, named ? "&name=w" : "");
            uint8_t *other = body_bytes(request, &m);
            assert_int_equal(n, m);
            assert_memory_equal(one, other, n);
            body_plan(&plan, request, NULL);
            wi_plan_canonical(&plan, WI_CANONICAL_FILE, text);
            assert_string_equal(text, own);
            wi_plan_canonical(&plan, WI_CANONICAL_BODY, text);
            snprintf(own, sizeof own, "&of=%s", file->name);
            assert_int_equal(strstr(text, own) != NULL, f > 0);
            assert_int_equal(body_plan(&plan, text, NULL), WI_OK);
            wi_plan_canonical(&plan, WI_CANONICAL_BODY, own);
            assert_string_equal(text, own);
            free(one);
            free(other);
        }
    struct wi_plan plan;
    struct wi_error err = {0};
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=3&of=npy", &err), WI_E_PARAM_UNUSED);
    assert_string_equal(err.param, "of");
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=3&format=sha256&of=sha256", NULL), WI_E_PARAM_VALUE);
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=3&format=sha256&of=npy&dtype=bf16", NULL), WI_E_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_npy),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_who_takes_it),
        cmocka_unit_test(test_files_of_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
