/* http/negotiate.h and srv_etag_listed of http/conditions.h, row by row. */
#include <string.h>

#include "http/negotiate.h"
#include "http/conditions.h"
#include "support/test.h"

TEST(test_accept_type)
{
    static const struct {
        const char *field, *type;
        unsigned quality;
    } rows[] = {
        {NULL, "application/json", 1000},
        {"", "application/json", 1000},
        {"*/*", "application/json", 1000},
        {"*", "application/json", 1000},
        {"application/json", "application/json", 1000},
        {"Application/JSON", "application/json", 1000},
        {"application/*", "application/json", 1000},
        {"application/*", "text/plain", 0},
        {"app/*", "application/json", 0},
        {"application/jso", "application/json", 0},
        {"application/jsonx", "application/json", 0},
        {"text/html, application/json;q=0.9, */*;q=0.8", "application/json", 900},
        {"text/html, application/json;q=0.9, */*;q=0.8", "text/plain", 800},
        {"text/html,application/json;q=0,*/*", "application/json", 0},
        {"*/*,application/json;q=0", "application/json", 0},
        {"application/*;q=0.2,*/*;q=0.9", "application/json", 200},
        {"application/json;q=0.001", "application/json", 1},
        {"application/json;q=1.000", "application/json", 1000},
        {"application/json;q=1.001", "application/json", 1000},
        {"application/json ; q=0.25", "application/json", 250},
        {"application/json;Q=0.25", "application/json", 250},
        {"application/json;charset=utf-8;q=0.5", "application/json", 500},
        {"application/json;v=\",;q=0\";q=0.5", "application/json", 500},
        {"application/json;q=", "application/json", 1000},
        {"application/json;q=abc", "application/json", 1000},
        {"application/json;q=0.1,application/json;q=0.7", "application/json", 700},
        {",, ,application/json;q=0.3,,", "application/json", 300},
        {"application/vnd.xet-fileinfo+json, */*", "application/octet-stream", 1000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (srv_negotiate_type(rows[i].field, rows[i].type) != rows[i].quality)
            fail_msg("%s of %s: %u", rows[i].type, rows[i].field, srv_negotiate_type(rows[i].field, rows[i].type));
}

TEST(test_accept_encoding)
{
    static const struct {
        const char *field, *coding;
        unsigned quality;
        /* clang-format off */
    } rows[] = {
        /* clang-format on */
        {NULL, "identity", 1000},
        {NULL, "gzip", 0},
        {"", "identity", 1000},
        {"", "gzip", 0},
        {"gzip", "gzip", 1000},
        {"GZIP", "gzip", 1000},
        {"gzip", "identity", 1000},
        {"gzip;q=0", "gzip", 0},
        {"deflate, gzip;q=0.5, br", "gzip", 500},
        {"*", "gzip", 1000},
        {"*;q=0", "identity", 0},
        {"*;q=0", "gzip", 0},
        {"identity;q=0, *", "identity", 0},
        {"*;q=0, identity", "identity", 1000},
        {"gzip, *;q=0", "gzip", 1000},
        {"x-gzip", "gzip", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (srv_negotiate_coding(rows[i].field, rows[i].coding) != rows[i].quality)
            fail_msg("%s of %s", rows[i].coding, rows[i].field);
}

TEST(test_etag_lists)
{
    static const struct {
        const char *field;
        bool strong, weak;
    } rows[] = {
        {"\"abc\"", true, true},
        {" \"abc\" ", true, true},
        {"W/\"abc\"", false, true},
        {"*", true, true},
        {" * ", true, true},
        {"*, \"x\"", false, false},
        {"\"x\", \"abc\"", true, true},
        {"\"x\",\"abc\",\"y\"", true, true},
        {"\"x\", W/\"abc\"", false, true},
        {",, \"x\" ,, \"abc\"", true, true},
        {"\"a,b\", \"abc\"", true, true},
        {"abc", false, false},
        {"\"ab\"", false, false},
        {"\"abcd\"", false, false},
        {"\"ABC\"", false, false},
        {"\"abc", false, false},
        {"w/\"abc\"", false, false},
        {"\"x\" \"abc\"", false, false},
        {"x, \"abc\"", false, false},
        {"\"a b\", \"abc\"", false, false},
        {"", false, false},
        {",", false, false},
        {"W/", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (srv_etag_listed(rows[i].field, "\"abc\"", SRV_STRONG) != rows[i].strong)
            fail_msg("strong: %s", rows[i].field);
        if (srv_etag_listed(rows[i].field, "\"abc\"", SRV_WEAK) != rows[i].weak)
            fail_msg("weak: %s", rows[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept_type),
        cmocka_unit_test(test_accept_encoding),
        cmocka_unit_test(test_etag_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
