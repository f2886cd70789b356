/* wi_request_query and wi_get: a body in one call, in memory of exactly the size that it asks for. And reading without a
 * matrix that is needed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/test.h"

enum { GUARD = 64, QUERY_MAX = 512 };

/* A query of the scheme that works: its example. */
static void example(char query[QUERY_MAX], const struct wi_like_info *like, const struct wi_scheme_info *scheme,
                    const char *format)
{
    snprintf(query, QUERY_MAX, "scheme=%s&like=%s&format=%s&%s", scheme->name, like->name, format, scheme->example);
}

/* Call `check` with an example of every scheme of every framework. */
static void each_scheme(const char *format, void (*check)(const char *query))
{
    const struct wi_like_info *like;
    const struct wi_scheme_info *scheme;
    unsigned n = 0;
    for (unsigned l = 0; (like = wi_like_at(l)); l++)
        for (unsigned i = 0; (scheme = wi_like_scheme_at(like, i)); i++, n++) {
            char query[QUERY_MAX];
            example(query, like, scheme, format);
            check(query);
        }
    assert_true(n > 100);
}

/* At an address of every alignment in turn, between bytes that must not change. */
static void check_get(const char *query)
{
    static size_t shift;
    struct wi_sizes sizes;
    size_t n;
    uint8_t *want = body_bytes(query, &n);
    assert_int_equal(wi_get(query, NULL, 0, &sizes, NULL), WI_OK);
    assert_int_equal(sizes.body_bytes, n);
    assert_true(sizes.memory_bytes >= n);
    shift = (shift + 7) % GUARD;
    size_t all = (size_t)sizes.memory_bytes + 2 * GUARD;
    uint8_t *room = malloc(all), *memory = room + shift;
    assert_non_null(room);
    memset(room, 0xab, all);
    assert_int_equal(wi_get(query, memory, sizes.memory_bytes, &sizes, NULL), WI_OK);
    assert_memory_equal(memory, want, n);
    for (size_t i = 0; i < all; i++)
        if (room + i < memory || room + i >= memory + sizes.memory_bytes)
            assert_int_equal(room[i], 0xab);
    free(room);
    free(want);
}

TEST(test_gives_the_body_of_every_scheme)
{
    each_scheme("raw", check_get);
    each_scheme("json", check_get);
}

/* One byte less than it needs: an error that says how many it needs, and nothing is written. */
static void check_short(const char *query)
{
    struct wi_sizes sizes, again;
    struct wi_error err;
    wi_error_init(&err);
    assert_int_equal(wi_get(query, NULL, 0, &sizes, &err), WI_OK);
    uint8_t *memory = malloc((size_t)sizes.memory_bytes);
    assert_non_null(memory);
    memset(memory, 0xab, (size_t)sizes.memory_bytes);
    assert_int_equal(wi_get(query, memory, sizes.memory_bytes - 1, &again, &err), WI_E_TOO_LARGE);
    assert_int_equal(again.memory_bytes, sizes.memory_bytes);
    assert_int_equal(again.body_bytes, sizes.body_bytes);
    for (uint64_t i = 0; i < sizes.memory_bytes; i++)
        assert_int_equal(memory[i], 0xab);
    char digits[32];
    snprintf(digits, sizeof digits, "%llu bytes", (unsigned long long)sizes.memory_bytes);
    assert_non_null(strstr(err.text, digits));
    free(memory);
}

TEST(test_says_what_it_needs)
{
    each_scheme("raw", check_short);
}

static enum wi_status ask(const char *query, struct wi_error *err)
{
    struct wi_sizes sizes = {1, 1};
    wi_error_init(err);
    enum wi_status status = wi_get(query, NULL, 0, &sizes, err);
    assert_int_equal(status, err->code);
    if (status != WI_OK) {
        assert_int_equal(sizes.body_bytes, 0);
        assert_int_equal(sizes.memory_bytes, 0);
        assert_string_equal(wi_error_text(err), err->text);
    }
    return status;
}

TEST(test_wrong_queries)
{
    struct wi_error err;
    char longer[3000];
    assert_int_equal(ask("scheme=ortho&shape=3,3", &err), WI_E_PARAM_UNKNOWN);
    assert_string_equal(wi_error_param(&err), "scheme");
    assert_string_equal(wi_error_nearest(&err), "orthogonal");
    assert_non_null(strstr(wi_error_allowed(&err), "he_normal"));
    assert_int_equal(ask("", &err), WI_E_PARAM_MISSING);
    assert_int_equal(ask("scheme=ones&shape=3&shape=4", &err), WI_E_PARAM_REPEATED);
    assert_int_equal(ask("scheme=ones&shape=3&sped=4", &err), WI_E_PARAM_UNKNOWN);
    assert_int_equal(ask("scheme=ones&shape=3&stream=%4", &err), WI_E_PARAM_VALUE);
    assert_int_equal(ask("scheme=ones&shape=3&stream=%", &err), WI_E_PARAM_VALUE);
    assert_int_equal(ask("scheme=ones&shape=3&stream=%zz", &err), WI_E_PARAM_VALUE);
    assert_int_equal(ask("scheme=ones&shape=3&stream=a%00b", &err), WI_E_PARAM_VALUE);
    assert_int_equal(ask("scheme=ones&shape=3&stream", &err), WI_OK);
    assert_int_equal(ask("scheme=ones&shape=3&format=sha256", &err), WI_E_UNSUPPORTED);
    assert_int_equal(ask("scheme=orthogonal&shape=4294967296,4294967296", &err), WI_E_SHAPE);
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = 0;
    assert_int_equal(ask(longer, &err), WI_E_PARAM_VALUE);
    memcpy(longer, "scheme=ones&shape=3&name=", 25);
    assert_int_equal(ask(longer, &err), WI_E_PARAM_VALUE);
}

static void same(const char *a, const char *b, bool wanted)
{
    size_t n, m;
    uint8_t *x = body_bytes(a, &n), *y = body_bytes(b, &m);
    assert_int_equal(n == m && memcmp(x, y, n) == 0, wanted);
    free(x);
    free(y);
}

TEST(test_spellings)
{
    same("scheme=normal&shape=9&stream=a+b", "/init?scheme=normal&shape=9&stream=a%20b", true);
    same("scheme=normal&shape=9&stream=a+b", "scheme=normal&shape=9&stream=a%2bb", false);
    same("scheme=normal&shape=9&stream=a%2Bb", "scheme=normal&shape=9&stream=a%2bb", true);
    same("scheme=normal&shape=9&std=1e+1", "&&scheme=%6eormal&s%68ape=9&std=10&", true);
}

/* A matrix that is needed and not there: nothing of the cells is read, whatever says that it is missing. */
static void check_no_matrix(const char *query)
{
    struct wi_plan plan;
    struct wi_body body;
    uint8_t header[WI_HEADER_MAX], bytes[256];
    assert_int_equal(body_plan(&plan, query, NULL), WI_OK);
    if (!plan.part.tensor.keep_bytes)
        return;
    wi_plan_body(&plan, header, &body);
    assert_int_equal(wi_body_read(&body, NULL, NULL, plan.header_bytes, bytes, sizeof bytes), 0);
    assert_int_equal(wi_body_read(&body, wi_keep_only, NULL, plan.header_bytes, bytes, sizeof bytes), 0);
    assert_int_equal(wi_body_read(&body, NULL, NULL, plan.header_bytes + 1, bytes, 3), 0);
    assert_int_equal(wi_body_read(&body, NULL, NULL, 0, bytes, 9), plan.header_bytes < 9 ? plan.header_bytes : 9);
    assert_int_equal(wi_body_waits_for(&body, NULL, NULL, 0, plan.total_bytes), 0);
}

TEST(test_reads_nothing_without_the_matrix)
{
    each_scheme("raw", check_no_matrix);
    each_scheme("json", check_no_matrix);
}

TEST(test_bindings)
{
    struct wi_plan plan;
    assert_int_equal(wi_sizeof(WI_STRUCT_ERROR), sizeof(struct wi_error));
    assert_int_equal(wi_sizeof(WI_STRUCT_REQUEST), sizeof(struct wi_request));
    assert_int_equal(wi_sizeof(WI_STRUCT_PLAN), sizeof(struct wi_plan));
    assert_int_equal(wi_sizeof(WI_STRUCT_BODY), sizeof(struct wi_body));
    assert_int_equal(wi_sizeof(WI_STRUCT_COUNT), 0);
    assert_int_equal(body_plan(&plan, "scheme=orthogonal&shape=60,50", NULL), WI_OK);
    assert_int_equal(wi_plan_bytes(&plan), 60 * 50 * 4);
    assert_int_equal(wi_tensor_keep_bytes(wi_plan_tensor(&plan)), plan.part.tensor.keep_bytes);
    assert_int_equal(wi_tensor_scratch_bytes(wi_plan_tensor(&plan)), plan.part.tensor.scratch_bytes);
    assert_true(strlen(wi_version()) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_the_body_of_every_scheme),
        cmocka_unit_test(test_says_what_it_needs),
        cmocka_unit_test(test_wrong_queries),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_reads_nothing_without_the_matrix),
        cmocka_unit_test(test_bindings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
