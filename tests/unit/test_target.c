/* http/target.h: request targets, row by row; the storage is never overrun. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/target.h"
#include "support/test.h"

/* The target as text: "path [segment]... key=value..." or "status: param". */
static void describe(const char *raw, char *out, size_t cap)
{
    size_t len = strlen(raw), used = 0, room = srv_target_storage(len);
    struct srv_target target;
    struct wi_error err = {0};
    char *storage = malloc(room + 1);
    assert_non_null(storage);
    storage[room] = 0x5a;
    int status = srv_target_parse(&target, raw, len, storage, &err);
    assert_int_equal(storage[room], 0x5a);
    if (status != 200) {
        snprintf(out, cap, "%d:%s", status, err.param);
        assert_true(*err.text);
    } else {
        used = (size_t)snprintf(out, cap, "%s", target.asterisk ? "*" : target.path);
        for (size_t i = 0; i < target.n_segments; i++)
            used += (size_t)snprintf(out + used, cap - used, " [%s]", target.segments[i]);
        for (size_t i = 0; i < target.n_params; i++) {
            const struct srv_param *p = &target.params[i];
            used += (size_t)snprintf(out + used, cap - used, " %s%s%s", p->key, p->has_value ? "=" : "", p->value);
            if (strcmp(p->form, p->value))
                used += (size_t)snprintf(out + used, cap - used, "|%s", p->form);
            assert_int_equal(strlen(p->key), p->key_len);
            assert_int_equal(strlen(p->value), p->value_len);
        }
    }
    free(storage);
}

static const char *const rows[][2] = {
    {"/", "/"},
    {"/init", "/init [init]"},
    {"/a/b", "/a/b [a] [b]"},
    {"/a/", "/a/ [a] []"},
    {"//a", "//a [] [a]"},
    {"//", "// [] []"},
    {"/a%2Fb/c", "/a/b/c [a/b] [c]"},
    {"/%41%62%7e", "/Ab~ [Ab~]"},
    {"/?", "/"},
    {"/?a", "/ a"},
    {"/?a=", "/ a="},
    {"/?=b", "/ =b"},
    {"/?a=b&c=d", "/ a=b c=d"},
    {"/?a=b&&c=d&", "/ a=b c=d"},
    {"/?a=b=c", "/ a=b=c"},
    {"/?gain=1e+3", "/ gain=1e+3|1e 3"},
    {"/?a=%2B+%2b+&b=+", "/ a=++++|+ +  b=+| "},
    {"/a+b?c=%41+%20", "/a+b [a+b] c=A+ |A  "},
    {"/?gain=1e%2B3", "/ gain=1e+3"},
    {"/?shape=256%2C128", "/ shape=256,128"},
    {"/?a=?/x", "/ a=?/x"},
    {"/?a%3Db=%26", "/ a=b=&"},
    {"http://h/x?a=b", "/x [x] a=b"},
    {"HTTPS://h:1/x", "/x [x]"},
    {"http://h", "/"},
    {"http://h?a=b", "/ a=b"},
    {"*", "*"},
    {"", "400:"},
    {"x", "400:"},
    {"http://", "400:"},
    {"http:///x", "400:"},
    {"http://:80/x", "400:"},
    {"http://user@h/x", "400:"},
    {"http://user:pass@h:80/x", "400:"},
    {"http://h:port/x", "400:"},
    {"HTTPS://[::1]:80/x?a=b", "/x [x] a=b"},
    {"ftp://h/x", "400:"},
    {"**", "400:"},
    {"/a b", "400:"},
    {"/a#b", "400:"},
    {"/\x01", "400:"},
    {"/\x7f", "400:"},
    {"/\xc3\xa9", "400:"},
    {"/%", "400:"},
    {"/%4", "400:"},
    {"/%4g", "400:"},
    {"/%00", "400:"},
    {"/?%00=a", "400:"},
    {"/?a=%00", "400:a"},
    {"/?b=1&seed=%0", "400:seed"},
    {"/?b=1&seed=%zz&c=%", "400:seed"},
};

TEST(test_rows)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        describe(rows[i][0], text, sizeof text);
        if (strcmp(text, rows[i][1]) != 0)
            fail_msg("%s: %s, not %s", rows[i][0], text, rows[i][1]);
    }
}

TEST(test_bounds)
{
    static const struct {
        const char *unit;
        unsigned most;
    } limits[] = {{"/a", SRV_SEGMENTS_MAX}, {"a&", SRV_PARAMS_MAX}};
    for (size_t i = 0; i < 2; i++)
        for (unsigned n = limits[i].most; n <= limits[i].most + 1; n++) {
            char raw[1024] = "", text[2048];
            if (i == 1)
                strcpy(raw, "/?");
            for (unsigned k = 0; k < n; k++)
                strcat(raw, limits[i].unit);
            describe(raw, text, sizeof text);
            assert_int_equal(strcmp(text, "414:") == 0, n > limits[i].most);
        }
}

/* Random bytes: the storage is not overrun (the sanitizer looks, too), and every piece is terminated. */
TEST(test_noise)
{
    static const char alphabet[] = "/?&=%%%0a2Fz+h*";
    srand(11);
    for (int round = 0; round < 200000; round++) {
        char raw[40], text[2048];
        size_t n = (size_t)rand() % (sizeof raw - 1);
        for (size_t i = 0; i < n; i++)
            raw[i] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        if (n && rand() % 4)
            raw[0] = '/';
        raw[n] = '\0';
        describe(raw, text, sizeof text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
