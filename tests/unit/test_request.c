/* Requests that must be refused, and how: every parameter of the library's table against what people and programs send.
 * Every error names its parameter and says what went wrong and what is allowed, in printable ASCII. */
#include "support/test.h"
#include "support/body.h"

#include <stdio.h>
#include <string.h>

/* ---- what every error must look like ---- */

static bool printable(const char *s, size_t cap)
{
    size_t n = strnlen(s, cap);
    for (size_t i = 0; i < n; i++)
        if (s[i] < 0x20 || s[i] > 0x7e)
            return false;
    return n < cap;
}

static void check_error(enum wi_status status, const struct wi_error *err, enum wi_status code, const char *param,
                        const char *what)
{
    if (status != code || err->code != code || strcmp(err->param, param) != 0)
        fail_msg("%s: got %s for '%s' (%s), not %s for '%s'", what, wi_status_slug(status), err->param, err->text,
                 wi_status_slug(code), param);
    if (!printable(err->param, sizeof err->param) || !printable(err->text, sizeof err->text) ||
        !printable(err->allowed, sizeof err->allowed) || !printable(err->nearest, sizeof err->nearest))
        fail_msg("%s: an error text is not printable ASCII", what);
    if (!err->text[0])
        fail_msg("%s: no text", what);
    if (!err->allowed[0])
        fail_msg("%s: '%s' does not say what is allowed", what, err->text);
    if (strlen(err->text) == sizeof err->text - 1 || strlen(err->allowed) == sizeof err->allowed - 1)
        fail_msg("%s: a text is cut off", what);
}

static enum wi_status set(const char *key, const char *value, size_t len, struct wi_error *err)
{
    struct wi_request req;
    wi_request_init(&req);
    memset(err, 0, sizeof *err);
    return wi_request_set(&req, key, value, len, err);
}

static void refuses(const char *key, const char *value, size_t len, enum wi_status code)
{
    struct wi_error err;
    char what[200];
    snprintf(what, sizeof what, "%s=%.*s", key, (int)(len < 100 ? len : 100), value);
    check_error(set(key, value, len, &err), &err, code, key, what);
    struct wi_request req, before;
    wi_request_init(&req);
    before = req;
    assert_int_equal(wi_request_set(&req, key, value, len, NULL), code); /* err may be NULL */
    assert_true(req.given == before.given);
}

static void accepts(const char *key, const char *value)
{
    struct wi_error err;
    if (set(key, value, strlen(value), &err) != WI_OK)
        fail_msg("%s=%s refused: %s", key, value, err.text);
}

static void refuses_plan(const char *request, enum wi_status code, const char *param)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    check_error(body_plan(&plan, request, &err), &err, code, param, request);
    assert_int_equal(body_plan(&plan, request, NULL), code);
}

static void accepts_plan(const char *request)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    if (body_plan(&plan, request, &err) != WI_OK)
        fail_msg("%s refused: %s", request, err.text);
}

/* ---- by type ---- */

static const char *const bad_numbers[] = {
    "",         " ",     " 1",   "1 ",       "\t1",   "1\n",   "--1",  "++1", "1+",  "0x",
    "0X10",     "x10",   "1e",   "e1",       ".",     "1.2.3", "1,2",  "1_0", "1'0", "nan",
    "NaN",      "inf",   "-inf", "infinity", "0b1",   "1f",    "1L",   "one", "1%",  "1;",
    "\xd9\xa1", "1\x7f", "\x01", "1/2",      "0x1p3", "0x1.8", "1e5x", "$1",  "1e+", "18446744073709551616x",
};
/* clang-format off */
static const char *const bad_uints[] = {
    "-1", "-0", "+1", "+0", "1.0", "1e3", "18446744073709551616", "99999999999999999999999", "0x10000000000000000",
    "0xg", "0x1 ", " 0x1", "0x-1", "-0x1", "1x0",
};
/* clang-format on */
static const char *const bad_reals[] = {"0x10", "1e400", "-1e400", "1e99999", "0x", "1e 5", "1 e5", "1d5", "1,5"};
/* clang-format off */
/* Controls, and what is not well-formed UTF-8: cut, continued where nothing began, overlong, surrogates, beyond U+10FFFF. */
static const char *const bad_names[] = {
    "\x7f", "\x1f", "a\nb", "a\tb", "\x80", "\xc3", "a\xc3", "\xc3(", "\xe2\x82", "\xe2\x82x", "\xf0\x9f\x98", "\xc2\x80",
    "\xc2\x9f", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
    "\xf8\x88\x80\x80\x80", "\xff", "\xfe\xff",
};
/* The first and the last of each length; letters of several scripts; a combining mark and what it combines to. */
static const char *const utf8_names[] = {
    "\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
    "\xc3\xa9", "e\xcc\x81", "\xd1\x81\xd0\xbb\xd0\xbe\xd0\xb9", "\xe5\xb1\xa4", "\xf0\x9f\xa7\xa0",
};
/* clang-format on */
/* clang-format off */
static const char *const bad_shapes[] = {
    " ",      "2x3,4", "2,3x4", ",",   "1,",  ",1",   "1,,2", "x",    "1x",    "x1",  "1xx2",
    "-1", "1,-1", "+1",   "1 ,2", " 1",    "1 ",    "1.0", "1e3",  "[1]",  "(1,)", "1;2",   "1X2", "1*2",
    "18446744073709551616", "000000000000000000001", "1,2,3,4,5,6,7,8,9", "1x2x3x4x5x6x7x8x9", "a", "1,a", "\xd9\xa1",
    "1,2,3,4,5,6,7,8,",
};
/* clang-format on */
/* clang-format off */
static const char *const bad_slices[] = {
    "",     " ",    "1:2:3", "::1", "::",  ":,", ",:",  "1,",       "a",        "1:a", "+1",   "1:+2", "--1", "-",  "1:-",
    "-:1",  "1 :2", "1: 2",  "...", "1.0", "0x1", "1x2", "0x1:0x2", "9223372036854775808", "-9223372036854775808:", "1;2",
    "[0]",  ":,:,:,:,:,:,:,:,:", "None", "18446744073709551616:",
};
/* clang-format on */

#define N(list) (sizeof(list) / sizeof *(list))

/* Seeds that only frameworks take (-1, lists) are refused where the framework is known: by the plan. */
static void refuse_seed(const char *value)
{
    char text[200];
    struct wi_error err;
    if (set("seed", value, strlen(value), &err) != WI_OK) {
        refuses("seed", value, strlen(value), WI_E_PARAM_VALUE);
        return;
    }
    snprintf(text, sizeof text, "scheme=normal&shape=2&seed=%s", value);
    refuses_plan(text, WI_E_PARAM_VALUE, "seed");
}

static void refuse_all(const char *key, const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(key, "seed") == 0)
            refuse_seed(values[i]);
        else
            refuses(key, values[i], strlen(values[i]), WI_E_PARAM_VALUE);
}

static void edit_choice(const char *key, const char *name)
{
    char text[64];
    const char *const forms[] = {"%s ", " %s", "+%s", "%s,%s", "%sx"};
    for (size_t i = 0; i < N(forms); i++) {
        snprintf(text, sizeof text, forms[i], name, name);
        refuses(key, text, strlen(text), WI_E_PARAM_VALUE);
    }
    accepts(key, name);
}

TEST(test_choices)
{
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)p);
        if (row->type != WI_T_CHOICE && row->type != WI_T_BOOL)
            continue;
        const char *name;
        for (unsigned i = 0; (name = row->choice(i)); i++)
            edit_choice(row->name, name);
        refuse_all(row->name, bad_names, N(bad_names));
        refuses(row->name, "", 0, WI_E_PARAM_VALUE);
        refuses(row->name, "2", 1, WI_E_PARAM_VALUE);
        refuses(row->name, "-1", 2, WI_E_PARAM_VALUE);
    }
}

TEST(test_uints)
{
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)p);
        if (row->type != WI_T_UINT)
            continue;
        refuse_all(row->name, bad_numbers, N(bad_numbers));
        refuse_all(row->name, bad_uints, N(bad_uints));
        char text[40];
        snprintf(text, sizeof text, "%llu", (unsigned long long)row->uint_max);
        accepts(row->name, text);
        snprintf(text, sizeof text, "0x%llX", (unsigned long long)row->uint_max);
        accepts(row->name, text);
        snprintf(text, sizeof text, "%llu", (unsigned long long)row->uint_min);
        accepts(row->name, text);
        if (row->uint_max < UINT64_MAX) {
            snprintf(text, sizeof text, "%llu", (unsigned long long)row->uint_max + 1);
            refuses(row->name, text, strlen(text), WI_E_PARAM_VALUE);
        }
        if (row->uint_min > 0) {
            snprintf(text, sizeof text, "%llu", (unsigned long long)row->uint_min - 1);
            refuses(row->name, text, strlen(text), WI_E_PARAM_VALUE);
        }
    }
}

/* The neighbour of v, away from or towards zero by one unit in the last place. */
static double step(double v, int64_t ulps)
{
    int64_t bits;
    memcpy(&bits, &v, sizeof v);
    bits += ulps;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void check_real(const char *key, double v, bool good)
{
    char text[64];
    snprintf(text, sizeof text, "%.17g", v);
    if (good)
        accepts(key, text);
    else
        refuses(key, text, strlen(text), WI_E_PARAM_VALUE);
}

/* At a bound and one unit in the last place beyond it. */
static void check_bound(const char *key, double bound, bool lower, bool open)
{
    check_real(key, bound, !open);
    if (bound == 0) {
        check_real(key, lower ? -5e-324 : 5e-324, false);
        check_real(key, lower ? 5e-324 : -5e-324, true);
        return;
    }
    bool away = (bound < 0) == lower; /* beyond the bound is further from zero */
    double beyond = step(bound, away ? 1 : -1), inside = step(bound, away ? -1 : 1);
    check_real(key, inside, true);
    if (beyond <= 0x1.fffffffffffffp+1023 && beyond >= -0x1.fffffffffffffp+1023)
        check_real(key, beyond, false);
}

TEST(test_reals)
{
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)p);
        if (row->type != WI_T_REAL)
            continue;
        refuse_all(row->name, bad_numbers, N(bad_numbers));
        refuse_all(row->name, bad_reals, N(bad_reals));
        check_bound(row->name, row->open_min ? row->like_min : row->min, true, false);
        check_bound(row->name, row->open_min ? row->like_max : row->max, false, false);
        accepts(row->name, "1e-3");
        accepts(row->name, "+1");
        accepts(row->name, "1E0");
        accepts(row->name, ".5");
        accepts(row->name, "1.");
    }
}

/* A gain or scale of 0 or less, or a scale above 1e12, is for the rows of like= whose framework takes it. */
TEST(test_open_bounds)
{
    static const struct {
        const char *request, *param;
    } rows[] = {
        {"scheme=xavier_uniform&shape=3&gain=0", "gain"},
        {"scheme=orthogonal&shape=3,3&gain=-1", "gain"},
        {"scheme=variance_scaling&shape=3&scale=0", "scale"},
        {"scheme=variance_scaling&shape=3&scale=1000000000000.0001", "scale"},
        {"like=jax&scheme=variance_scaling&shape=3,3&scale=-1", "scale"},
        {"like=tfjs&scheme=variance_scaling&shape=3,3&scale=0&seed=1", "scale"},
        {"like=torch&scheme=xavier_uniform&shape=3,3&gain=-1", "gain"},
        {"like=torch&scheme=xavier_normal&shape=3,3&gain=-1", "gain"},
        {"like=torch&scheme=xavier_uniform&shape=3,3&gain=0", NULL},
        {"like=torch&scheme=orthogonal&shape=3,3&gain=-2", NULL},
        {"like=numpy&scheme=orthogonal&shape=3,3&gain=-2", NULL},
        {"like=jax&scheme=uniform&shape=3&scale=-1", NULL},
        {"like=jax&scheme=variance_scaling&shape=3,3&scale=0", NULL},
        {"like=jax&scheme=variance_scaling&shape=3,3&scale=1e30", NULL},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        bool good = body_plan(&plan, rows[i].request, &err) == WI_OK;
        if (good != !rows[i].param || (!good && strcmp(err.param, rows[i].param)))
            fail_msg("%s: %s %s", rows[i].request, err.param, err.text);
    }
}

/* Who passes a bound is told of it: of the one of like= too, where that one is wider. */
TEST(test_allowed_reals)
{
    static const struct {
        const char *request, *allowed;
    } rows[] = {
        {"like=jax&scheme=uniform&shape=3&scale=2e30",
         "a decimal number, 0.0 < scale <= 1000000000000.0; with like=, where the framework takes it, "
         "-1000000000000.0 <= scale <= 1e+30"},
        {"like=torch&scheme=xavier_uniform&shape=3,3&gain=1e7",
         "a decimal number, 0.0 < gain <= 1000000.0; with like=, where the framework takes it, -1000000.0 <= gain <= "
         "1000000.0"},
        {"scheme=truncated_normal&shape=3&cut=1e7", "a decimal number, 0.0 < cut <= 1000000.0"},
        {"scheme=normal&shape=3&std=1e31", "a decimal number, 0.0 <= std <= 1e+30"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        assert_int_equal(body_plan(&plan, rows[i].request, &err), WI_E_PARAM_VALUE);
        assert_string_equal(err.allowed, rows[i].allowed);
    }
}

TEST(test_names)
{
    char longest[WI_NAME_MAX + 2];
    memset(longest, 'n', sizeof longest);
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)p);
        if (row->type != WI_T_NAME)
            continue;
        refuse_all(row->name, bad_names, N(bad_names));
        refuses(row->name, longest, WI_NAME_MAX + 1, WI_E_PARAM_VALUE);
        accepts(row->name, "normal");
    }
    longest[WI_NAME_MAX] = 0;
    accepts("stream", longest);
    accepts("stream", "");
    accepts("stream", " !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~");
    accepts("name", longest);
    refuses("name", "", 0, WI_E_PARAM_VALUE);
    refuses("scheme", "", 0, WI_E_PARAM_VALUE);
    refuses("scheme", longest, 32, WI_E_PARAM_VALUE);
    for (size_t i = 0; i < N(utf8_names); i++) {
        accepts("stream", utf8_names[i]);
        accepts("name", utf8_names[i]);
        refuses("scheme", utf8_names[i], strlen(utf8_names[i]), WI_E_PARAM_VALUE);
    }
}

TEST(test_shapes)
{
    static const struct {
        const char *text;
        unsigned rank;
        uint64_t shape[WI_RANK_MAX];
    } good[] = {
        {"", 0, {0}},
        {"1", 1, {1}},
        {"256,128", 2, {256, 128}},
        {"256x128", 2, {256, 128}},
        {"007,1", 2, {7, 1}},
        {"0", 1, {0}},
        {"00", 1, {0}},
        {"1,0", 2, {1, 0}},
        {"0x10", 2, {0, 10}}, /* every x separates */
        {"0x0", 2, {0, 0}},
        {"1,2,3,4,5,6,7,8", 8, {1, 2, 3, 4, 5, 6, 7, 8}},
        {"18446744073709551615", 1, {UINT64_MAX}}, /* too large for every scheme, but a number */
    };
    refuse_all("shape", bad_shapes, N(bad_shapes));
    for (size_t i = 0; i < N(good); i++) {
        struct wi_request req;
        wi_request_init(&req);
        assert_int_equal(wi_request_set(&req, "shape", good[i].text, strlen(good[i].text), NULL), WI_OK);
        assert_int_equal(req.rank, good[i].rank);
        assert_memory_equal(req.shape, good[i].shape, good[i].rank * sizeof *req.shape);
    }
}

TEST(test_slices)
{
    refuse_all("slice", bad_slices, N(bad_slices));
    static const struct {
        const char *slice;
        enum wi_status code;
        uint64_t start, n;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {":", WI_OK, 0, 10},
        {"0:10", WI_OK, 0, 10},
        {"3:", WI_OK, 3, 7},
        {":3", WI_OK, 0, 3},
        {"-3:", WI_OK, 7, 3},
        {":-3", WI_OK, 0, 7},
        {"-10:", WI_OK, 0, 10},
        {"9:10", WI_OK, 9, 1},
        {"3:99", WI_OK, 3, 7},
        {"9", WI_OK, 9, 1},
        {"-1", WI_OK, 9, 1},
        {"-10", WI_OK, 0, 1},
        {"-3:-1", WI_OK, 7, 2},
        {"-0", WI_OK, 0, 1},
        {"0:9223372036854775807", WI_OK, 0, 10},
        {"10", WI_E_PARAM_VALUE, 0, 0},
        {"10:", WI_E_PARAM_VALUE, 0, 0},
        {"-11:", WI_E_PARAM_VALUE, 0, 0},
        {"-11", WI_E_PARAM_VALUE, 0, 0},
        {"3:3", WI_E_PARAM_VALUE, 0, 0},
        {"4:3", WI_E_PARAM_VALUE, 0, 0},
        {":0", WI_E_PARAM_VALUE, 0, 0},
        {":-10", WI_E_PARAM_VALUE, 0, 0},
        {":-99", WI_E_PARAM_VALUE, 0, 0},
        {"11:12", WI_E_PARAM_VALUE, 0, 0},
        {"0:-0", WI_E_PARAM_VALUE, 0, 0},
        {"1,1", WI_E_PARAM_VALUE, 0, 0},
        {"9223372036854775807", WI_E_PARAM_VALUE, 0, 0},
        {"-9223372036854775807:", WI_E_PARAM_VALUE, 0, 0},
    };
    for (size_t i = 0; i < N(cases); i++) {
        char text[100];
        snprintf(text, sizeof text, "scheme=normal&shape=10&slice=%s", cases[i].slice);
        if (cases[i].code != WI_OK) {
            refuses_plan(text, cases[i].code, "slice");
            continue;
        }
        struct wi_plan plan;
        assert_int_equal(body_plan(&plan, text, NULL), WI_OK);
        if (plan.part.start[0] != cases[i].start || plan.part.out_shape[0] != cases[i].n ||
            plan.part.out_elems != cases[i].n)
            fail_msg("slice=%s starts at %llu with %llu elements", cases[i].slice,
                     (unsigned long long)plan.part.start[0], (unsigned long long)plan.part.out_shape[0]);
    }
    refuses_plan("scheme=normal&shape=&slice=0", WI_E_PARAM_VALUE, "slice");
    refuses_plan("scheme=normal&shape=2,2&slice=:,:,:", WI_E_PARAM_VALUE, "slice");
    refuses_plan("scheme=normal&shape=4&like=torch&dtype=f8_e4m3", WI_E_UNSUPPORTED, "dtype");
    refuses_plan("scheme=normal&shape=4&std=100&dtype=f8_e4m3", WI_E_PARAM_VALUE, "dtype");
    refuses_plan("scheme=normal&shape=&padding=0", WI_E_PARAM_CONFLICT, "padding");
    refuses_plan("scheme=normal&shape=2,3&padding=2", WI_E_PARAM_CONFLICT, "padding");
    refuses_plan("scheme=normal&shape=2,3&padding=18446744073709551615", WI_E_PARAM_CONFLICT, "padding");
}

/* ---- what holds for every parameter ---- */

static const char *a_good_value(const struct wi_param_row *row)
{
    static const char *const values[] = {
        [WI_T_UINT] = "1",    [WI_T_REAL] = "0.5",  [WI_T_NAME] = "normal",
        [WI_T_SHAPE] = "2,3", [WI_T_SLICE] = "0:1", [WI_T_PAST] = "uniform:3",
    };
    if (row == wi_param_row(WI_P_KEY))
        return "split:2:1";
    return row->type == WI_T_CHOICE || row->type == WI_T_BOOL ? row->choice(0) : values[row->type];
}

TEST(test_every_parameter)
{
    char long_value[600];
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)p);
        const char *value = a_good_value(row);
        size_t len = strlen(value);
        char with_nul[40];
        assert_true(row->name[0] && row->help[0]);
        assert_int_equal(wi_param_find(row->name, strlen(row->name)), p);
        accepts(row->name, value);

        memcpy(with_nul, value, len + 1); /* the terminator is part of the value */
        refuses(row->name, with_nul, len + 1, WI_E_PARAM_VALUE);
        refuses(row->name, "\0", 1, WI_E_PARAM_VALUE);
        memset(long_value, '1', sizeof long_value);
        refuses(row->name, long_value, 512, WI_E_PARAM_VALUE);
        refuses(row->name, long_value, 513, WI_E_PARAM_VALUE);
        refuses(row->name, long_value, 511, WI_E_PARAM_VALUE);
        memset(long_value, '\x1b', sizeof long_value);
        refuses(row->name, long_value, 300, WI_E_PARAM_VALUE);

        struct wi_request req;
        struct wi_error err = {0};
        wi_request_init(&req);
        assert_int_equal(wi_request_set(&req, row->name, value, len, &err), WI_OK);
        check_error(wi_request_set(&req, row->name, value, len, &err), &err, WI_E_PARAM_REPEATED, row->name, row->name);
    }
}

TEST(test_names_are_distinct_and_legible)
{
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const char *name = wi_param_row((enum wi_param)p)->name;
        assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name));
        for (unsigned q = 0; q < p; q++)
            assert_string_not_equal(name, wi_param_row((enum wi_param)q)->name);
    }
}

static void refuses_key(const char *key, size_t len, const char *shown, const char *nearest)
{
    struct wi_request req;
    struct wi_error err = {0};
    wi_request_init(&req);
    enum wi_status status = wi_request_set_n(&req, key, len, "1", 1, &err);
    check_error(status, &err, WI_E_PARAM_UNKNOWN, shown, shown);
    if (strcmp(err.nearest, nearest) != 0)
        fail_msg("'%s' suggests '%s', not '%s'", shown, err.nearest, nearest);
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        if (!strstr(err.allowed, wi_param_row((enum wi_param)p)->name))
            fail_msg("the list of parameters lacks %s: %s", wi_param_row((enum wi_param)p)->name, err.allowed);
}

TEST(test_unknown_keys)
{
    static const struct {
        const char *key, *shown, *nearest;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {"sheme", "sheme", "scheme"},
        {"schmee", "schmee", "scheme"},
        {"Seed", "Seed", "seed"},
        {"seeed", "seeed", "seed"},
        {"dtpye", "dtpye", "dtype"},
        {"fromat", "fromat", "format"},
        {"shapes", "shapes", "shape"},
        {"", "", ""},
        {"quite_something_else", "quite_something_else", ""},
        {"seed ", "seed ", "seed"},
        {" seed", " seed", "seed"},
        {"se\ned", "se?ed", "seed"},
        {"grops", "grops", "groups"},
        {"streem", "streem", "stream"},
        {"sede", "sede", "seed"},
        {"nonlinarity", "nonlinarity", "nonlinearity"},
        {"size", "size", ""},
        {"b", "b", ""},
    };
    for (size_t i = 0; i < N(cases); i++)
        refuses_key(cases[i].key, strlen(cases[i].key), cases[i].shown, cases[i].nearest);
    char long_key[2000];
    memset(long_key, 'k', sizeof long_key);
    refuses_key(long_key, sizeof long_key, "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", "");
    refuses_key("seed\0x", 6, "seed", "seed");
}

static void check_nearest(const char *key, const char *value, enum wi_status code, const char *nearest)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    char text[200];
    snprintf(text, sizeof text, "%s%s=%s", strcmp(key, "scheme") ? "scheme=he_normal&shape=2,2&" : "shape=2,2&", key,
             value);
    check_error(body_plan(&plan, text, &err), &err, code, key, text);
    if (strcmp(err.nearest, nearest) != 0)
        fail_msg("%s: suggests '%s', not '%s'", text, err.nearest, nearest);
}

TEST(test_nearest_values)
{
    static const struct {
        const char *key, *value, *nearest;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {"dtype", "fp32", "f32"},
        {"dtype", "f23", "f32"},
        {"dtype", "bf61", "bf16"},
        {"format", "npz", "npy"},
        {"layout", "oo", "io"},
        {"mode", "fanin", "fan_in"},
        {"mode", "fan-out", "fan_out"},
        {"format", "JSON", "json"},
        {"nonlinearity", "rleu", "relu"},
        {"nonlinearity", "leakyrelux", "leaky_relu"},
        {"format", "complex", ""},
        {"layout", "OI", "oi"},
        {"layout", "z", ""},
        {"truncated", "2", ""},
    };
    static const struct {
        const char *value, *nearest;
        /* clang-format off */
    } schemes[] = {
        /* clang-format on */
        {"xavier_unifrom", "xavier_uniform"},
        {"he_noraml", "he_normal"},
        {"orthognal", "orthogonal"},
        {"zeroes", "zeros"},
        {"kaiming_unifrom", "kaiming_uniform"},
        {"Normal", "normal"},
        {"diracc", "dirac"},
        {"qqqqqqqq", ""},
        {"kaimin_normal", "kaiming_normal"},
        {"xavier-normal", "xavier_normal"},
        {"identiy", "identity"},
        {"randn", "normal"},
        {"rand", "uniform"},
        {"np.random.randn", "normal"},
        {"xavier_uniform_", "xavier_uniform"},
        {"torch.nn.init.kaiming_normal_", "he_normal"},
        {"xavier_normal_", "glorot_normal"},
        {"XavierUniform", "xavier_uniform"},
        {"GlorotNormal", "glorot_normal"},
        {"_", ""},
        {"init", ""},
        {".", ""},
    };
    for (size_t i = 0; i < N(cases); i++)
        check_nearest(cases[i].key, cases[i].value, WI_E_PARAM_VALUE, cases[i].nearest);
    for (size_t i = 0; i < N(schemes); i++)
        check_nearest("scheme", schemes[i].value, WI_E_PARAM_UNKNOWN, schemes[i].nearest);
}

/* A word that several schemes continue gets all of them. */
TEST(test_words_that_mean_several)
{
    static const struct {
        const char *value, *all;
        /* clang-format off */
    } words[] = {
        /* clang-format on */
        {"he", "he_normal and he_uniform"},
        {"he_init", "he_normal and he_uniform"},
        {"He", "he_normal and he_uniform"},
        {"xavier", "xavier_uniform and xavier_normal"},
        {"glorot", "glorot_uniform and glorot_normal"},
        {"lecun", "lecun_normal and lecun_uniform"},
        {"kaiming", "kaiming_normal and kaiming_uniform"},
        {"kaiming_", "kaiming_normal and kaiming_uniform"},
        {"xavier_initialization", "xavier_uniform and xavier_normal"},
        {"Xavier Init", "xavier_uniform and xavier_normal"},
    };
    for (size_t i = 0; i < N(words); i++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        char request[100];
        snprintf(request, sizeof request, "shape=2,2&scheme=%s", words[i].value);
        check_error(body_plan(&plan, request, &err), &err, WI_E_PARAM_UNKNOWN, "scheme", request);
        if (!strstr(err.text, words[i].all) || strncmp(err.nearest, words[i].all, strcspn(words[i].all, " ")) != 0)
            fail_msg("%s: %s (%s)", request, err.text, err.nearest);
    }
}

/* A shape as another program writes it is told how it is written here; what is no shape, what is wrong with it. */
TEST(test_shapes_of_other_programs)
{
    static const struct {
        const char *value, *says, *nearest;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {"(256,128)", "write 256,128", "256,128"},
        {"[256, 128]", "write 256,128", "256,128"},
        {"256, 128", "write 256,128", "256,128"},
        {"256,+128", "write 256,128", "256,128"},
        {"256 128", "write 256,128", "256,128"},
        {"(256,)", "write 256", "256"},
        {"256,", "write 256", "256"},
        {"{3;4}", "write 3,4", "3,4"},
        {"2x3,4", "write 2,3,4", "2,3,4"},
        {"3X4", "write 3,4", "3,4"},
        {"()", "leave it empty for a scalar", ""},
        {"[ ]", "leave it empty for a scalar", ""},
        {"99999999999999999999", "a dimension is too large", ""},
        {"1,18446744073709551616", "a dimension is too large", ""},
        {"000000000000000000001", "a dimension is too large", ""},
        {"(2,-1)", "unsigned integer", ""},
        {"[2.5]", "unsigned integer", ""},
        {"1,2,3,4,5,6,7,8,9", "more than 8 dimensions", ""},
        {"(1,2,3,4,5,6,7,8,9)", "unsigned integer", ""},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct wi_error err;
        check_error(set("shape", cases[i].value, strlen(cases[i].value), &err), &err, WI_E_PARAM_VALUE, "shape",
                    cases[i].value);
        if (!strstr(err.text, cases[i].says) || strcmp(err.nearest, cases[i].nearest) != 0)
            fail_msg("%s: %s (%s)", cases[i].value, err.text, err.nearest);
    }
    struct wi_request req;
    struct wi_error err = {0};
    wi_request_init(&req);
    assert_int_equal(wi_request_set(&req, "shape", "256", 3, &err), WI_OK);
    check_error(wi_request_set(&req, "shape", "128", 3, &err), &err, WI_E_PARAM_REPEATED, "shape", "shape twice");
    assert_non_null(strstr(err.text, "as 256,128"));
    assert_string_equal(err.nearest, "256,128");
}

/* Spellings of other programs that are taken. */
TEST(test_spellings)
{
    static const char *const words[][2] = {
        {"truncated", "True"},          {"truncated", "False"},        {"flat", "True"},
        {"dtype", "torch.float32"},     {"dtype", "torch.bfloat16"},   {"dtype", "np.float64"},
        {"dtype", "numpy.float16"},     {"dtype", "jnp.bfloat16"},     {"dtype", "torch.half"},
        {"nonlinearity", "ReLU"},       {"nonlinearity", "LeakyReLU"}, {"nonlinearity", "Leaky ReLU"},
        {"nonlinearity", "leaky-relu"}, {"nonlinearity", "Tanh"},      {"nonlinearity", "SELU"},
    };
    static const char *const wrong[][2] = {
        {"truncated", "TRUE"},
        {"dtype", "np.float"},
        {"dtype", "torch."},
        {"dtype", "torch.f"},
        {"dtype", "numpy.torch.float32"},
        {"nonlinearity", "_relu"},
        {"nonlinearity", "relu_"},
        {"nonlinearity", "-"},
    };
    for (size_t i = 0; i < N(words); i++)
        accepts(words[i][0], words[i][1]);
    for (size_t i = 0; i < N(wrong); i++)
        refuses(wrong[i][0], wrong[i][1], strlen(wrong[i][1]), WI_E_PARAM_VALUE);
}

/* Where a scheme or a framework takes less than the parameter's row says, `allowed` says that. */
TEST(test_allowed_is_what_is_accepted)
{
    static const struct {
        const char *query, *param, *allowed;
        enum wi_status code;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {"scheme=sparse&shape=4", "shape", "2 dimensions, as in shape=256,128&sparsity=0.9&seed=7", WI_E_SHAPE},
        {"scheme=dirac&shape=4,4", "shape", "3 to 5 dimensions, as in shape=3,3,16,16", WI_E_SHAPE},
        {"scheme=ones&shape=4294967296,4294967296", "shape", "at most 144115188075855872 elements", WI_E_SHAPE},
        {"scheme=ones&shape=4&alg=2", "alg", "1", WI_E_PARAM_VALUE},
        {"scheme=ones&shape=1000,1000", "shape", "at most 10000 bytes", WI_E_TOO_LARGE},
        {"scheme=orthogonal&shape=1000,1000", "shape", "at most 20000 bytes of memory", WI_E_TOO_LARGE},
        {"like=torch&scheme=normal&shape=1000,1000&slice=0", "shape", "at most 20000 bytes of memory", WI_E_TOO_LARGE},
        {"like=torch&scheme=normal&shape=4&layout=io", "layout", "oi", WI_E_UNSUPPORTED},
        {"like=numpy&scheme=normal&shape=4&layout=oi", "layout", "io", WI_E_UNSUPPORTED},
        {"like=torch&scheme=normal&shape=4&stream=a", "stream", "the empty name", WI_E_UNSUPPORTED},
        {"like=torch&scheme=orthogonal&shape=4,4&dtype=f16", "dtype", "f32, f64", WI_E_UNSUPPORTED},
        {"like=torch&scheme=kaiming_normal&shape=4,4&mode=fan_avg", "mode", "fan_in, fan_out", WI_E_UNSUPPORTED},
        {"like=torch@1.13&scheme=trunc_normal&shape=4&dtype=f16", "dtype", "f32, f64, bf16", WI_E_UNSUPPORTED},
        {"like=jax&scheme=orthogonal&shape=4,4&dtype=bf16", "dtype", "f32, f64", WI_E_UNSUPPORTED},
        {"like=numpy&scheme=normal&shape=4&dtype=bf16", "dtype", "f32, f64, f16", WI_E_UNSUPPORTED},
        {"like=numpy&scheme=normal&shape=4&seed=4294967296", "seed", "0 .. 4294967295, decimal or 0x hex",
         WI_E_PARAM_VALUE},
        {"like=tfjs&scheme=random_uniform&shape=4&dtype=f64", "dtype", "f32", WI_E_UNSUPPORTED},
    };
    const struct wi_limits limits = {.body_bytes = 10000, .work_bytes = 20000};
    for (size_t i = 0; i < N(cases); i++) {
        struct wi_request req;
        struct wi_plan plan;
        struct wi_error err = {0};
        enum wi_status status = body_request(&req, cases[i].query, &err);
        if (status == WI_OK)
            status = wi_plan_make(&plan, &req, &limits, &err);
        check_error(status, &err, cases[i].code, cases[i].param, cases[i].query);
        if (strcmp(err.allowed, cases[i].allowed) != 0)
            fail_msg("%s: allowed is '%s', not '%s'", cases[i].query, err.allowed, cases[i].allowed);
    }
}

TEST(test_unknown_schemes_list_all)
{
    const struct wi_like_info *like;
    for (unsigned l = 0; (like = wi_like_at(l)); l++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        char text[100];
        snprintf(text, sizeof text, "scheme=nothing&shape=2&like=%s", like->name);
        check_error(body_plan(&plan, text, &err), &err, WI_E_PARAM_UNKNOWN, "scheme", text);
        for (unsigned i = 0; i < like->n_schemes; i++)
            if (!strstr(err.allowed, wi_like_scheme_at(like, i)->name))
                fail_msg("%s: %s is not listed", text, wi_like_scheme_at(like, i)->name);
    }
}

/* ---- parameters against each other ---- */

/* Of the values that a parameter has, one that leaving it out does not say. */
static const char *a_busy_value(const struct wi_param_row *row)
{
    if (!row->has_idle || row->type == WI_T_NAME)
        return a_good_value(row);
    return row->type == WI_T_UINT ? "2" : row->choice(1);
}

TEST(test_every_unused_parameter)
{
    const struct wi_scheme_info *scheme;
    const struct wi_format *format;
    for (unsigned s = 0; (scheme = wi_scheme_at(s)); s++)
        for (unsigned f = 0; (format = wi_format_at(f)); f++)
            for (unsigned p = 0; p < WI_P_COUNT; p++) {
                const struct wi_param_row *row = wi_param_row((enum wi_param)p);
                uint64_t of_file = format->digest ? wi_format_file_at(0)->params : 0;
                if ((wi_params_common() | scheme->params | format->params | of_file) & WI_P_BIT(p))
                    continue;
                char text[300];
                snprintf(text, sizeof text, "scheme=%s&%s&format=%s&%s=%s", scheme->name, scheme->example, format->name,
                         row->name, a_busy_value(row));
                refuses_plan(text, WI_E_PARAM_UNUSED, row->name);
            }
}

TEST(test_examples)
{
    const struct wi_like_info *like;
    for (unsigned l = 0; (like = wi_like_at(l)); l++)
        for (unsigned i = 0; i < like->n_schemes; i++) {
            const struct wi_scheme_info *scheme = wi_like_scheme_at(like, i);
            char text[300];
            snprintf(text, sizeof text, "scheme=%s&%s&like=%s", scheme->name, scheme->example, like->name);
            accepts_plan(text);
            assert_true(scheme->formula[0] && scheme->summary[0] && scheme->best_for[0] && scheme->known_problem[0] &&
                        scheme->source[0]);
        }
}

TEST(test_ranks)
{
    const struct wi_scheme_info *scheme;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++) {
        char text[120], shape[] = "4,4,4,4,4,4,4,4";
        for (unsigned rank = 0; rank <= WI_RANK_MAX; rank++) {
            snprintf(text, sizeof text, "scheme=%s&shape=%.*s", scheme->name, rank ? (int)rank * 2 - 1 : 0, shape);
            if (rank < scheme->rank_min || rank > scheme->rank_max)
                refuses_plan(text, WI_E_SHAPE, "shape");
            else
                accepts_plan(text);
        }
    }
}

TEST(test_plans_refused)
{
    static const struct {
        const char *request, *param;
        enum wi_status code;
    } cases[] = {
        {"", "scheme", WI_E_PARAM_MISSING},
        {"shape=2", "scheme", WI_E_PARAM_MISSING},
        {"scheme=normal", "shape", WI_E_PARAM_MISSING},
        {"scheme=uniform&shape=2&low=1&high=0.5", "low", WI_E_PARAM_CONFLICT},
        {"scheme=uniform&shape=2&low=1.0000000000000002", "low", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=2&gain=1&nonlinearity=relu", "gain", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=2&a=0.1", "a", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=2&nonlinearity=relu&a=0.1", "a", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=2&nonlinearity=gelu", "nonlinearity", WI_E_PARAM_VALUE},
        {"scheme=dirac&shape=3,4,6&groups=4", "groups", WI_E_PARAM_CONFLICT},
        {"scheme=dirac&shape=3,4,6&groups=7", "groups", WI_E_PARAM_CONFLICT},
        {"scheme=dirac&shape=3,4,6&groups=0", "groups", WI_E_PARAM_VALUE},
        {"scheme=delta_orthogonal&shape=3,5,4", "shape", WI_E_SHAPE},
        {"scheme=delta_orthogonal&shape=4,5,3&layout=oi", "shape", WI_E_SHAPE},
        {"scheme=orthogonal&shape=4294967296,1", "shape", WI_E_SHAPE},
        {"scheme=sparse&shape=4294967296,1", "shape", WI_E_SHAPE},
        {"scheme=normal&shape=2&dtype=bf16&format=npy", "dtype", WI_E_UNSUPPORTED},
        {"scheme=normal&shape=2&format=safetensors&name=__metadata__", "name", WI_E_PARAM_VALUE},
        {"scheme=constant&shape=2&value=1e39", "dtype", WI_E_PARAM_VALUE},
        {"scheme=constant&shape=2&value=-65536&dtype=f16", "dtype", WI_E_PARAM_VALUE},
        {"scheme=constant&shape=2&value=3.4e38&dtype=bf16", "dtype", WI_E_PARAM_VALUE},
        {"scheme=normal&shape=2&std=10000&dtype=f16", "dtype", WI_E_PARAM_VALUE},
        {"scheme=normal&shape=2&mean=-65504&std=0.01&dtype=f16", "dtype", WI_E_PARAM_VALUE},
        {"scheme=uniform&shape=2&low=-70000&dtype=f16", "dtype", WI_E_PARAM_VALUE},
        {"scheme=truncated_normal&shape=2&std=40000&dtype=f16", "dtype", WI_E_PARAM_VALUE},
        {"scheme=orthogonal&shape=2,2&gain=100000&dtype=f16", "dtype", WI_E_PARAM_VALUE},
        {"scheme=normal&shape=144115188075855873", "shape", WI_E_SHAPE},
        {"scheme=normal&shape=18446744073709551615", "shape", WI_E_SHAPE},
        {"scheme=normal&shape=4294967296,4294967296", "shape", WI_E_SHAPE},
        {"scheme=normal&shape=65536,65536,65536,65536", "shape", WI_E_SHAPE},
        {"scheme=normal&shape=65536,65536,65536,65536,1", "shape", WI_E_SHAPE},
        {"scheme=normal&shape=6700417,2753074036095", "shape", WI_E_SHAPE},
    };
    for (size_t i = 0; i < N(cases); i++)
        refuses_plan(cases[i].request, cases[i].code, cases[i].param);
    accepts_plan("scheme=normal&shape=144115188075855872"); /* 2^57 */
    accepts_plan("scheme=normal&shape=144115188075855872&format=json&dtype=f64");
    accepts_plan("scheme=constant&shape=2&value=65504&dtype=f16");
    accepts_plan("scheme=constant&shape=2&value=-1.7976931348623157e308&dtype=f64");
    accepts_plan("scheme=uniform&shape=2&low=1&high=1");
    accepts_plan("scheme=normal&shape=2&format=json&name=__metadata__");
}

TEST(test_limits)
{
    static const struct {
        const char *request;
        uint64_t body, work;
        enum wi_status code;
    } cases[] = {
        {"scheme=normal&shape=100", 400, 0, WI_OK},
        {"scheme=normal&shape=100", 399, 0, WI_E_TOO_LARGE},
        {"scheme=normal&shape=1000000,1000000&slice=:10,:10", 400, 0, WI_OK},
        {"scheme=sparse&shape=100,1", 400, 800, WI_OK},
        {"scheme=sparse&shape=100,1", 400, 799, WI_E_TOO_LARGE},
        {"scheme=orthogonal&shape=100,100", 40000, 1000, WI_E_TOO_LARGE},
        {"scheme=orthogonal&shape=100,100", 40000, 1 << 30, WI_OK},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct wi_limits limits = {cases[i].body, cases[i].work};
        struct wi_request req;
        struct wi_plan plan;
        struct wi_error err = {0};
        assert_int_equal(body_request(&req, cases[i].request, NULL), WI_OK);
        enum wi_status status = wi_plan_make(&plan, &req, &limits, &err);
        if (cases[i].code != WI_OK)
            check_error(status, &err, cases[i].code, "shape", cases[i].request);
        else if (status != WI_OK)
            fail_msg("%s: %s", cases[i].request, err.text);
    }
}

/* The first error is kept whole: a later one must not add its own hints to it. */
TEST(test_first_error_wins)
{
    struct wi_request req;
    struct wi_error err = {0}, first;
    wi_request_init(&req);
    wi_request_set(&req, "seed", "x", 1, &err);
    first = err;
    wi_request_set(&req, "dtpye", "f32", 3, &err);
    wi_request_set(&req, "dtype", "f23", 3, &err);
    assert_memory_equal(&err, &first, sizeof err);
}

/* Our own sentences arrive whole, however long; what users sent is cut. */
TEST(test_texts_are_whole)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    assert_int_equal(body_plan(&plan, "scheme=normal", &err), WI_E_PARAM_MISSING);
    assert_non_null(strstr(err.text, wi_param_row(WI_P_SHAPE)->help));
    err = (struct wi_error){0};
    body_plan(&plan, "scheme=he_normal&shape=2&nonlinearity=gelu", &err);
    assert_non_null(strstr(err.text, "take a number instead"));
    char value[400];
    memset(value, 'v', sizeof value);
    set("dtype", value, sizeof value, &err);
    assert_true(strlen(err.text) < 120);
}

TEST(test_statuses)
{
    for (unsigned i = 0; i < WI_STATUS_COUNT; i++) {
        const char *slug = wi_status_slug((enum wi_status)i);
        assert_true(slug && slug[0] && strspn(slug, "abcdefghijklmnopqrstuvwxyz-") == strlen(slug));
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(slug, wi_status_slug((enum wi_status)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_uints),
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_open_bounds),
        cmocka_unit_test(test_allowed_reals),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_every_parameter),
        cmocka_unit_test(test_names_are_distinct_and_legible),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_nearest_values),
        cmocka_unit_test(test_words_that_mean_several),
        cmocka_unit_test(test_shapes_of_other_programs),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_allowed_is_what_is_accepted),
        cmocka_unit_test(test_unknown_schemes_list_all),
        cmocka_unit_test(test_every_unused_parameter),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_plans_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_first_error_wins),
        cmocka_unit_test(test_texts_are_whole),
        cmocka_unit_test(test_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
