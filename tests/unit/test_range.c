/* http/range.h: the Range field, row by row, and random fields against a slow reader. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/range.h"
#include "support/test.h"

#define HUGE "99999999999999999999999999"

static const struct {
    const char *field;
    uint64_t length;
    const char *parts; /* "first+length ...", "ignored" or "none" */
} rows[] = {
    {"bytes=0-0", 10, "0+1"},
    {"bytes=0-9", 10, "0+10"},
    {"bytes=3-", 10, "3+7"},
    {"bytes=9-", 10, "9+1"},
    {"bytes=10-", 10, "none"},
    {"bytes=-1", 10, "9+1"},
    {"bytes=-10", 10, "0+10"},
    {"bytes=-11", 10, "0+10"},
    {"bytes=-0", 10, "none"},
    {"bytes=0-100", 10, "0+10"},
    {"bytes=8-100000", 10, "8+2"},
    {"bytes=0-" HUGE, 10, "0+10"},
    {"bytes=-" HUGE, 10, "0+10"},
    {"bytes=" HUGE "-", 10, "none"},
    {"bytes=" HUGE "-" HUGE, 10, "none"},
    {"bytes=18446744073709551615-", 10, "none"},
    {"bytes=18446744073709551615-18446744073709551615", UINT64_MAX, "none"},
    {"bytes=18446744073709551614-", UINT64_MAX, "18446744073709551614+1"},
    {"bytes=0-18446744073709551615", UINT64_MAX, "0+18446744073709551615"},
    {"bytes=0-0", 0, "none"},
    {"bytes=0-", 0, "none"},
    {"bytes=-5", 0, "none"},
    {"bytes=0-0,9-9", 10, "0+10"}, /* the gap costs less than a part */
    {"bytes=0-0,900-900", 1000, "0+1 900+1"},
    {"bytes=900-900,0-0", 1000, "900+1 0+1"},
    {"bytes=900-900,0-0,901-", 1000, "900+100 0+1"},
    {"bytes=0-1,500-501,1-500", 1000, "0+502"},
    {"bytes=0-0,2000-,500-500", 1000, "0+1 500+1"},
    {"bytes=2000-,3000-", 1000, "none"},
    {"bytes=0-0, 500-500 ,\t-1", 1000, "0+1 500+1 999+1"},
    {"bytes=,0-0,,500-500,", 1000, "0+1 500+1"},
    {"bytes= 0-0", 10, "0+1"},
    {"BYTES=0-0", 10, "0+1"},
    {"bytes=0-18446744073709551615,-1", UINT64_MAX, "0+18446744073709551615"},
    {"items=0-0", 10, "ignored"},
    {"bytes", 10, "ignored"},
    {"bytes=", 10, "ignored"},
    {"bytes=,", 10, "ignored"},
    {"bytes 0-0", 10, "ignored"},
    {"bytes =0-0", 10, "ignored"},
    {"bytes=-", 10, "ignored"},
    {"bytes=5-4", 10, "ignored"},
    {"bytes=5", 10, "ignored"},
    {"bytes=a-b", 10, "ignored"},
    {"bytes=0x1-2", 10, "ignored"},
    {"bytes=+1-2", 10, "ignored"},
    {"bytes=1 -2", 10, "ignored"},
    {"bytes=1-2 3-4", 10, "ignored"},
    {"bytes=1--2", 10, "ignored"},
    {"bytes=--2", 10, "ignored"},
    {"bytes=0-0,5-4", 1000, "ignored"},
    {"", 10, "ignored"},
};

static void print_parts(const struct srv_range *parts, size_t n, enum srv_range_outcome outcome, char *out, size_t cap)
{
    snprintf(out, cap, "%s",
             outcome == SRV_RANGE_IGNORED         ? "ignored"
             : outcome == SRV_RANGE_UNSATISFIABLE ? "none"
                                                  : "");
    for (size_t i = 0, used = 0; outcome == SRV_RANGE_PARTIAL && i < n; i++)
        used += (size_t)snprintf(out + used, cap - used, "%s%llu+%llu", i ? " " : "",
                                 (unsigned long long)parts[i].first, (unsigned long long)parts[i].length);
}

TEST(test_rows)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srv_range parts[SRV_RANGES_MAX];
        size_t n;
        char text[512];
        enum srv_range_outcome outcome = srv_range_read(rows[i].field, rows[i].length, parts, &n);
        print_parts(parts, n, outcome, text, sizeof text);
        if (strcmp(text, rows[i].parts) != 0)
            fail_msg("%s of %llu: %s, not %s", rows[i].field, (unsigned long long)rows[i].length, text, rows[i].parts);
    }
}

/* As many parts as fit are served; one more and the field is ignored. */
TEST(test_many)
{
    for (unsigned n_specs = SRV_RANGES_MAX - 1; n_specs <= SRV_RANGES_MAX + 1; n_specs++) {
        char field[1024] = "bytes=";
        struct srv_range parts[SRV_RANGES_MAX];
        size_t n;
        for (unsigned i = 0; i < n_specs; i++)
            sprintf(field + strlen(field), "%u-%u,", i * 1000, i * 1000 + 1);
        enum srv_range_outcome outcome = srv_range_read(field, 1000000, parts, &n);
        assert_int_equal(outcome, n_specs <= SRV_RANGES_MAX ? SRV_RANGE_PARTIAL : SRV_RANGE_IGNORED);
        if (n_specs <= SRV_RANGES_MAX)
            assert_int_equal(n, n_specs);
    }
}

/* Thousands of overlapping specs are ignored, at little cost. */
TEST(test_flood)
{
    char *field = malloc(100000);
    struct srv_range parts[SRV_RANGES_MAX];
    size_t n, used = 6;
    assert_non_null(field);
    strcpy(field, "bytes=");
    while (used < 99000)
        used += (size_t)sprintf(field + used, "0-,");
    assert_int_equal(srv_range_read(field, 1000, parts, &n), SRV_RANGE_IGNORED);
    free(field);
}

#define LENGTH 3000

/* Each requested byte is in exactly one part; the parts lie within the body and apart from each other. */
static void check_cover(const struct srv_range *parts, size_t n, const unsigned char *asked)
{
    unsigned char got[LENGTH] = {0};
    for (size_t i = 0; i < n; i++) {
        assert_true(parts[i].length > 0 && parts[i].first < LENGTH && parts[i].length <= LENGTH - parts[i].first);
        for (uint64_t k = 0; k < parts[i].length; k++)
            assert_int_equal(got[parts[i].first + k]++, 0);
    }
    for (size_t k = 0; k < LENGTH; k++)
        if (asked[k])
            assert_int_equal(got[k], 1);
}

TEST(test_random_cover)
{
    srand(7);
    for (int round = 0; round < 20000; round++) {
        unsigned char asked[LENGTH] = {0};
        char field[512] = "bytes=";
        struct srv_range parts[SRV_RANGES_MAX];
        size_t n;
        bool any = false;
        for (int n_specs = 1 + rand() % 8; n_specs; n_specs--) {
            unsigned first = (unsigned)rand() % (LENGTH + 200), last = first + (unsigned)rand() % 300;
            sprintf(field + strlen(field), "%u-%u%s", first, last, n_specs > 1 ? "," : "");
            for (unsigned k = first; k <= last && k < LENGTH; k++)
                any = (asked[k] = true);
        }
        enum srv_range_outcome outcome = srv_range_read(field, LENGTH, parts, &n);
        assert_int_equal(outcome, any ? SRV_RANGE_PARTIAL : SRV_RANGE_UNSATISFIABLE);
        check_cover(parts, n, asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_random_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
