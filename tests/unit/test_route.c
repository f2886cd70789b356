/* server/resource/{route,routes,query,file}.h: the rows are whole, probes are told from the rest, a query is read by
 * its table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/coding.h"
#include "resource/resource.h"
#include "resource/route.h"
#include "support/test.h"

/* ---- rows
 * ---------------------------------------------------------------------------------------------------------- */

TEST(test_rows_are_whole)
{
    const struct srv_route *route;
    size_t n = 0;
    for (; (route = srv_route_at(n)); n++) {
        assert_int_equal(route->path[0], '/');
        assert_true(!route->handler != !route->file);
        assert_true(!route->id || (route->tag && route->summary && route->example));
        assert_true(!route->content_bytes || strstr(route->methods, "POST"));
        for (size_t k = 0; k < n; k++) {
            assert_string_not_equal(srv_route_at(k)->path, route->path);
            if (route->id && srv_route_at(k)->id)
                assert_string_not_equal(srv_route_at(k)->id, route->id);
        }
        if (route->file)
            assert_true(*route->file->gzip_length > 0 && route->file->type && !route->type);
    }
    assert_true(n > 10);
}

/* What a path gives to a pattern: args with blanks between, "-" for one that is not there, then | and the tail with
 * slashes. */
static const char *found_by(const char *pattern, const char *path)
{
    static char text[256];
    char storage[256];
    struct srv_target target;
    struct srv_request req = {0};
    struct wi_error err = {0};
    size_t n = 0;
    assert_int_equal(srv_target_parse(&target, path, strlen(path), storage, &err), 200);
    if (!srv_route_matches(pattern, &target, &req))
        return "no";
    *text = '\0';
    for (size_t i = 0; i < req.n_args; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", req.args[i] ? req.args[i] : "-");
    for (size_t i = 0; i < req.n_tail; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? "/" : "|", req.tail[i]);
    return text;
}

TEST(test_patterns)
{
    static const struct {
        const char *pattern, *path, *found;
    } rows[] = {
        {"/", "/", ""},
        {"/", "/a", "no"},
        {"/init", "/init", ""},
        {"/init", "/init/", "no"},
        {"/init", "/ini", "no"},
        {"/init", "/inits", "no"},
        {"/{a}/{b}", "/x/y", "x y"},
        {"/{a}/{b}", "/x/", "no"},
        {"/{a}/{b}", "/x/y/z", "no"},
        {"/{a}/{b}", "/x%2Fy/z", "x/y z"},
        {"/m/{o?}/{n}", "/m/x", "- x"},
        {"/m/{o?}/{n}", "/m/x/y", "x y"},
        {"/m/{o?}/{n}", "/m/x/y/z", "no"},
        {"/m/{o?}/{n}", "/m//y", "no"},
        {"/m/{o?}/{n}", "/m/x/", "no"},
        {"/m/{o?}/{n}", "/m", "no"},
        {"/{o?}/{n}/r/{v}/{f...}", "/n/r/v/a/b", "- n v|a/b"},
        {"/{o?}/{n}/r/{v}/{f...}", "/o/n/r/v/a//b/", "o n v|a//b/"},
        {"/{o?}/{n}/r/{v}/{f...}", "/r/r/r/v", "r r v"},
        {"/{o?}/{n}/r/{v}/{f...}", "/r/r/r/r/v", "r r r|v"},
        {"/{o?}/{n}/r/{v}/{f...}", "/n/r/v", "- n v"},
        {"/{o?}/{n}/r/{v}/{f...}", "/n/r/v/%2e%2e/a%2Fb", "- n v|../a/b"},
        {"/{o?}/{n}/r/{v}/{f...}", "/n/r/", "no"},
        {"/{o?}/{n}/r/{v}/{f...}", "/n/q/v/f", "no"},
        {"/a/{f...}", "/a", ""},
        {"/a/{f...}", "/a/", "|"},
        {"/a/{f...}", "/b/c", "no"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(found_by(rows[i].pattern, rows[i].path), rows[i].found))
            fail_msg("%s %s: %s, not %s", rows[i].pattern, rows[i].path, found_by(rows[i].pattern, rows[i].path),
                     rows[i].found);
}

TEST(test_open_is_the_path_as_the_row_spells_it)
{
    static const struct {
        const char *target;
        bool open;
    } rows[] = {
        {"/livez", true},         {"/readyz", true},       {"/healthz", true},
        {"/livez?", true},        {"/livez?a=1&b", true},  {"/livez/", false},
        {"/livezz", false},       {"/live", false},        {"", false},
        {"?/livez", false},       {"/%6civez", false},     {"//livez", false},
        {"/livez#", false},       {"/LIVEZ", false},       {"/", false},
        {"/init", false},         {"/init?/livez", false}, {"/metrics", false},
        {"/openapi.json", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (srv_route_is_open(rows[i].target) != rows[i].open)
            fail_msg("%s", rows[i].target);
}

/* ---- files
 * --------------------------------------------------------------------------------------------------------- */

struct bytes {
    char at[1 << 20];
    size_t n;
};

/* The file, `plain` bytes long, as an answer to a request that takes this coding. */
static void send_file(const struct srv_file *file, const char *coding, size_t plain, struct bytes *body)
{
    const char *fields[SRV_FIELD_COUNT] = {[SRV_FIELD_ACCEPT_ENCODING] = coding};
    const struct srv_request req = {.method = "GET", .fields = fields};
    struct srv_reply reply;
    srv_reply_init(&reply);
    srv_file_reply(file, &req, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(srv_reply_get(&reply, "Content-Type"), file->type);
    assert_int_equal(reply.gzip, coding && !strcmp(coding, "gzip") && *file->gzip_length < plain);
    body->n = reply.gzip ? srv_gunzip(reply.text, reply.length, (uint8_t *)body->at, sizeof body->at) : reply.length;
    if (!reply.gzip)
        memcpy(body->at, reply.text, reply.length);
    srv_reply_deinit(&reply);
}

TEST(test_a_file_is_sent_as_it_lies_in_the_tree)
{
    static const char *const codings[] = {NULL, "gzip", "br"};
    static struct bytes tree, body;
    const struct srv_route *route;
    for (size_t i = 0; (route = srv_route_at(i)); i++) {
        if (!route->file)
            continue;
        FILE *file = fopen(route->file->path, "rb");
        assert_non_null(file);
        tree.n = fread(tree.at, 1, sizeof tree.at, file);
        fclose(file);
        for (size_t k = 0; k < sizeof codings / sizeof *codings; k++) {
            send_file(route->file, codings[k], tree.n, &body);
            assert_int_equal(body.n, tree.n);
            assert_memory_equal(body.at, tree.at, tree.n);
        }
    }
}

TEST(test_the_checksum_of_a_file_is_of_its_bytes)
{
    size_t n;
    char hex[SRV_FILE_CHECKSUM_CAP], wanted[SRV_FILE_CHECKSUM_CAP];
    char *bytes = srv_file_read(&srv_file_css, &n);
    assert_non_null(bytes);
    srv_file_checksum(&srv_file_css, hex);
    const uint32_t crc = (uint32_t)crc32(0, (const Bytef *)bytes, (uInt)n);
    snprintf(wanted, sizeof wanted, "%08x%08x", __builtin_bswap32(crc), __builtin_bswap32((uint32_t)n));
    assert_string_equal(hex, wanted);
    free(bytes);
}

/* ---- queries
 * ------------------------------------------------------------------------------------------------------- */

struct numbers {
    unsigned one, two, three;
};

static bool read_digit(unsigned *into, const char *name, const struct srv_param *param, struct wi_error *err)
{
    if (!param->has_value || param->value_len != 1) {
        wi_fail(err, WI_E_PARAM_VALUE, name, "no digit");
        return false;
    }
    *into = (unsigned)(param->value[0] - '0');
    return true;
}

static bool read_one(void *into, const struct srv_param *param, struct wi_error *err)
{
    return read_digit(&((struct numbers *)into)->one, "one", param, err);
}

static bool read_two(void *into, const struct srv_param *param, struct wi_error *err)
{
    return read_digit(&((struct numbers *)into)->two, "two", param, err);
}

static bool read_three(void *into, const struct srv_param *param, struct wi_error *err)
{
    return read_digit(&((struct numbers *)into)->three, "three", param, err);
}

static const struct srv_query_row query_rows[] = {{"one", read_one}, {"two", read_two}, {"three", read_three}};

static const char *name_at(unsigned i)
{
    return i < 3 ? query_rows[i].name : NULL;
}

static const struct srv_query query = {query_rows, 3, name_at};

static struct srv_param param(const char *key, const char *value)
{
    const char *text = value ? value : "";
    return (struct srv_param){key, text, text, strlen(key), strlen(text), value != NULL};
}

/* Read up to three parameters; keys that are NULL are left out. */
static bool read_query(const char *const (*pairs)[2], struct numbers *numbers, struct wi_error *err)
{
    struct srv_param params[3];
    struct srv_request req = {.path = "/numbers", .params = params};
    for (; req.n_params < 3 && pairs[req.n_params][0]; req.n_params++)
        params[req.n_params] = param(pairs[req.n_params][0], pairs[req.n_params][1]);
    *numbers = (struct numbers){0};
    *err = (struct wi_error){0};
    return srv_query_read(&query, &req, numbers, err);
}

TEST(test_query)
{
    static const struct {
        const char *pairs[3][2];
        enum wi_status code;
        const char *param, *text, *allowed, *nearest;
    } rows[] = {
        {{{NULL}}, WI_OK, "", "", "", ""},
        {{{"three", "3"}, {"one", "1"}}, WI_OK, "", "", "", ""},
        {{{"one", "12"}}, WI_E_PARAM_VALUE, "one", "no digit", "", ""},
        {{{"one", NULL}}, WI_E_PARAM_VALUE, "one", "no digit", "", ""},
        {{{"one", "1"}, {"one", "1"}}, WI_E_PARAM_REPEATED, "one", "one is given more than once", "", ""},
        {{{"one", "1"}, {"two", "2"}, {"one", "x1"}},
         WI_E_PARAM_REPEATED,
         "one",
         "one is given more than once",
         "",
         ""},
        {{{"thre", "1"}},
         WI_E_PARAM_UNKNOWN,
         "thre",
         "/numbers takes one, two and three only",
         "one, two, three",
         "three"},
        {{{"x", "1"}, {"one", "x1"}},
         WI_E_PARAM_UNKNOWN,
         "x",
         "/numbers takes one, two and three only",
         "one, two, three",
         ""},
        {{{"", "1"}}, WI_E_PARAM_UNKNOWN, "", "/numbers takes one, two and three only", "one, two, three", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct numbers numbers;
        struct wi_error err;
        assert_int_equal(read_query(rows[i].pairs, &numbers, &err), rows[i].code == WI_OK);
        assert_int_equal(err.code, rows[i].code);
        assert_string_equal(err.param, rows[i].param);
        assert_string_equal(err.text, rows[i].text);
        assert_string_equal(err.allowed, rows[i].allowed);
        assert_string_equal(err.nearest, rows[i].nearest);
    }
    struct numbers numbers;
    struct wi_error err;
    assert_true(read_query(rows[1].pairs, &numbers, &err));
    assert_true(numbers.one == 1 && numbers.two == 0 && numbers.three == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_open_is_the_path_as_the_row_spells_it),
        cmocka_unit_test(test_a_file_is_sent_as_it_lies_in_the_tree),
        cmocka_unit_test(test_the_checksum_of_a_file_is_of_its_bytes),
        cmocka_unit_test(test_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
