/* What is said and changes nothing is what is left out: every default of every scheme, and every idle value in every
 * format, alone, gives the canonical text of a request without it, and so its ETag and its bytes. */
#include "support/test.h"
#include "support/body.h"

#include <stdio.h>
#include <string.h>

/* The request with more behind it. False: it is refused. */
static bool canonical(const char *request, const char *more, char out[WI_CANONICAL_MAX], struct wi_error *err)
{
    char text[600];
    struct wi_plan plan;
    snprintf(text, sizeof text, "%s%s", request, more);
    memset(err, 0, sizeof *err);
    *out = '\0';
    if (body_plan(&plan, text, err) != WI_OK)
        return false;
    wi_plan_canonical(&plan, WI_CANONICAL_BODY, out);
    return true;
}

static void changes_nothing(const char *request, const char *more)
{
    char without[WI_CANONICAL_MAX], with[WI_CANONICAL_MAX];
    struct wi_error err;
    if (!canonical(request, "", without, &err))
        fail_msg("%s: %s", request, err.text);
    if (!canonical(request, more, with, &err))
        fail_msg("%s: with %s: %s", request, more, err.text);
    if (strcmp(without, with) != 0)
        fail_msg("%s: with %s it is %s, without %s", request, more, with, without);
}

/* "&layout=io"; *out is empty where the default has no text. */
static void spell(enum wi_param p, union wi_value value, char *out, size_t cap)
{
    const struct wi_param_row *row = wi_param_row(p);
    char number[WI_DECIMAL_F64_MAX + 1];
    const char *text = "";
    switch (row->type) {
    case WI_T_CHOICE:
    case WI_T_BOOL:
        text = row->choice(value.choice);
        break;
    case WI_T_UINT:
        snprintf(number, sizeof number, "%llu", (unsigned long long)value.uint);
        text = number;
        break;
    case WI_T_REAL:
        number[wi_decimal_f64(value.real, number)] = '\0';
        text = number;
        break;
    case WI_T_NAME:
        text = p == WI_P_NAME ? "tensor" : "";
        break;
    default:
        *out = '\0';
        return;
    }
    snprintf(out, cap, "&%s=%s", row->name, text);
}

static void request_of(const struct wi_like_info *like, const struct wi_scheme_info *scheme, char out[400])
{
    snprintf(out, 400, "scheme=%s&%s&like=%s", scheme->name, scheme->example, like->name);
}

static bool says(const char *request, enum wi_param p)
{
    char key[40];
    snprintf(key, sizeof key, "&%s=", wi_param_row(p)->name);
    return strstr(request, key);
}

TEST(defaults_of_schemes)
{
    const struct wi_like_info *like;
    unsigned tried = 0;
    for (unsigned l = 0; (like = wi_like_at(l)); l++)
        for (unsigned i = 0; i < like->n_schemes; i++) {
            const struct wi_scheme_info *scheme = wi_like_scheme_at(like, i);
            const uint64_t taken = wi_params_common() | scheme->params;
            char request[400], more[100];
            union wi_value value;
            request_of(like, scheme, request);
            for (unsigned p = 0; p < WI_P_COUNT; p++) {
                if (!(taken & WI_P_BIT(p)) || says(request, (enum wi_param)p) ||
                    !wi_scheme_default(scheme, (enum wi_param)p, &value))
                    continue;
                spell((enum wi_param)p, value, more, sizeof more);
                changes_nothing(request, more);
                tried++;
            }
        }
    assert_true(tried > 500);
}

/* In every format, of every file whose digest there is. */
static unsigned idle_in_formats(const char *request)
{
    const struct wi_format *format;
    unsigned tried = 0;
    for (unsigned f = 0; (format = wi_format_at(f)); f++)
        for (unsigned o = 0; o == 0 || (format->digest && wi_format_file_at(o)); o++) {
            char framed[500], more[100];
            snprintf(framed, sizeof framed, "%s&format=%s%s%s", request, format->name, o ? "&of=" : "",
                     o ? wi_format_file_at(o)->name : "");
            for (unsigned p = 0; p < WI_P_COUNT; p++) {
                const struct wi_param_row *row = wi_param_row((enum wi_param)p);
                if (!row->has_idle || says(framed, (enum wi_param)p))
                    continue;
                spell((enum wi_param)p, (union wi_value){.uint = row->uint_min}, more, sizeof more);
                changes_nothing(framed, more);
                tried++;
            }
        }
    return tried;
}

TEST(idle_values)
{
    const struct wi_like_info *like;
    unsigned tried = 0;
    for (unsigned l = 0; (like = wi_like_at(l)); l++)
        for (unsigned i = 0; i < like->n_schemes; i++) {
            char request[400];
            request_of(like, wi_like_scheme_at(like, i), request);
            tried += idle_in_formats(request);
        }
    assert_true(tried > 5000);
}

/* Another value is an error still, and so is an idle one that is given twice. */
TEST(other_values)
{
    static const struct {
        const char *request, *param;
        enum wi_status code;
    } cases[] = {
        {"scheme=zeros&shape=4&flat=1", "flat", WI_E_PARAM_UNUSED},
        {"scheme=zeros&shape=4&name=w", "name", WI_E_PARAM_UNUSED},
        {"scheme=zeros&shape=4&name=", "name", WI_E_PARAM_VALUE},
        {"scheme=zeros&shape=4&of=npy", "of", WI_E_PARAM_UNUSED},
        {"scheme=zeros&shape=4&format=json&order=F", "order", WI_E_PARAM_UNUSED},
        {"scheme=zeros&shape=4&truncated=1", "truncated", WI_E_PARAM_UNUSED},
        {"scheme=zeros&shape=4&groups=2", "groups", WI_E_PARAM_UNUSED},
        {"scheme=zeros&shape=4&gain=1", "gain", WI_E_PARAM_UNUSED},
        {"scheme=zeros&shape=4&part=bias", "part", WI_E_PARAM_UNUSED},
        {"scheme=zeros&shape=4&flat=0&flat=0", "flat", WI_E_PARAM_REPEATED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        if (body_plan(&plan, cases[i].request, &err) != cases[i].code || strcmp(err.param, cases[i].param) != 0)
            fail_msg("%s: %s %s", cases[i].request, err.param, err.text);
    }
}

TEST(the_same_said_twice)
{
    static const struct {
        const char *a, *b;
        enum wi_param p;
        bool agrees;
    } cases[] = {
        {"scheme=zeros&shape=3,4", "shape=3x4", WI_P_SHAPE, true},
        {"scheme=zeros&shape=3,4", "shape=3", WI_P_SHAPE, false},
        {"format=npy", "format=npy", WI_P_FORMAT, true},
        {"format=npy", "format=raw", WI_P_FORMAT, false},
        {"format=npy", "", WI_P_FORMAT, false},
        {"scheme=zeros", "scheme=zeros", WI_P_SCHEME, true},
        {"scheme=zeros", "scheme=zeroz", WI_P_SCHEME, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wi_request a, b;
        wi_request_init(&a);
        wi_request_init(&b);
        assert_int_equal(wi_request_query(&a, cases[i].a, NULL), WI_OK);
        assert_int_equal(wi_request_query(&b, cases[i].b, NULL), WI_OK);
        if (wi_request_agrees(&a, &b, cases[i].p) != cases[i].agrees)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_of_schemes),
        cmocka_unit_test(idle_values),
        cmocka_unit_test(other_values),
        cmocka_unit_test(the_same_said_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
