/* The OpenAPI document: the program carries the committed one, and it agrees with the tables that the program answers from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/json.h"
#include "http/problem.h"
#include "resource/route.h"
#include "support/test.h"
#include "wi.h"

static json_t *document;
static char *carried;
static size_t length;

static SETUP(make)
{
    carried = srv_file_read(&srv_file_openapi, &length);
    document = carried ? json_loadb(carried, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    return document ? 0 : -1;
}

static TEARDOWN(drop)
{
    json_decref(document);
    free(carried);
    return 0;
}

/* The value at a path of member names that ends with NULL; fails where there is none. */
static json_t *at(json_t *value, ...)
{
    va_list names;
    const char *name;
    va_start(names, value);
    while ((name = va_arg(names, const char *))) {
        json_t *next = json_object_get(value, name);
        if (!next)
            fail_msg("no member %s", name);
        value = next;
    }
    va_end(names);
    return value;
}

static json_t *parameter(const char *name)
{
    return at(document, "components", "parameters", name, NULL);
}

/* ---- the committed document ------------------------------------------------------------------------------------ */

TEST(test_the_committed_document_is_this_one)
{
    char *committed = malloc(length + 1);
    FILE *file = fopen(srv_file_openapi.path, "rb");
    assert_non_null(committed);
    assert_non_null(file);
    assert_int_equal(fread(committed, 1, length + 1, file), length);
    assert_memory_equal(committed, carried, length);
    fclose(file);
    free(committed);
}

/* ---- against the tables ---------------------------------------------------------------------------------------- */

/* The enum is exactly the list. */
static void assert_enum(json_t *schema, const char *(*name_at)(unsigned i))
{
    json_t *list = at(schema, "enum", NULL);
    unsigned n = 0;
    for (; name_at(n); n++)
        assert_string_equal(json_string_value(json_array_get(list, n)), name_at(n));
    assert_int_equal(json_array_size(list), n);
    assert_true(n > 0);
}

TEST(test_every_parameter_is_described)
{
    json_t *of_init = at(document, "paths", "/init", "get", "parameters", NULL);
    assert_int_equal(json_array_size(of_init), WI_P_COUNT);
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)p);
        json_t *schema = at(parameter(row->name), "schema", NULL);
        assert_string_equal(json_string_value(at(parameter(row->name), "description", NULL)), row->help);
        if (row->type == WI_T_CHOICE)
            assert_enum(schema, row->choice);
        if (row->type != WI_T_REAL)
            continue;
        json_t *least = at(schema, row->open_min ? "exclusiveMinimum" : "minimum", NULL);
        assert_true(json_real_value(least) == row->min);
        assert_true(json_real_value(at(schema, "maximum", NULL)) == row->max);
    }
}

static bool has(json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) if (!strcmp(json_string_value(item), text)) return true;
    return false;
}

/* A name is in the enum if and only if some table finds a scheme by it. */
TEST(test_the_schemes_are_those_of_the_tables)
{
    json_t *list = at(parameter("scheme"), "schema", "enum", NULL);
    const struct wi_like_info *like;
    for (unsigned t = 0; (like = wi_like_at(t)); t++)
        for (unsigned i = 0; i < like->n_schemes; i++)
            assert_true(has(list, wi_like_scheme_at(like, i)->name));
    size_t i;
    json_t *name;
    json_array_foreach(list, i, name)
    {
        struct wi_request request;
        struct wi_plan plan;
        enum wi_status code = WI_E_PARAM_UNKNOWN;
        for (unsigned t = 0; (like = wi_like_at(t)) && code == WI_E_PARAM_UNKNOWN; t++) {
            struct wi_error err = {0};
            const char *text = json_string_value(name);
            wi_request_init(&request);
            wi_request_set(&request, "scheme", text, strlen(text), NULL);
            wi_request_set(&request, "shape", "4,4", 3, NULL);
            wi_request_set(&request, "like", like->name, strlen(like->name), NULL);
            code = wi_plan_make(&plan, &request, NULL, &err);
            if (strcmp(err.param, "scheme"))
                code = WI_OK; /* the scheme is known; it may want something else */
        }
        assert_int_equal(code, WI_OK);
    }
}

TEST(test_defaults_are_those_of_the_schemes)
{
    const struct wi_scheme_info *scheme;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++)
        for (unsigned p = 0; p < WI_P_COUNT; p++) {
            const struct wi_param_row *row = wi_param_row((enum wi_param)p);
            union wi_value value;
            if (!(scheme->params & WI_P_BIT(p)))
                continue;
            json_t *stated = at(parameter(row->name), "x-weightd-schemes", scheme->name, NULL);
            if (!wi_scheme_default(scheme, (enum wi_param)p, &value))
                assert_true(json_is_null(stated));
            else if (row->type == WI_T_REAL)
                assert_true(json_real_value(stated) == value.real);
            else if (row->type == WI_T_CHOICE)
                assert_string_equal(json_string_value(stated), row->choice(value.choice));
        }
}

TEST(test_paths_are_the_routes)
{
    json_t *paths = at(document, "paths", NULL);
    const struct srv_route *route;
    size_t n = 0;
    for (size_t i = 0; (route = srv_route_at(i)); i++) {
        if (route->id && !json_object_get(paths, route->path))
            fail_msg("the route %s is not in the document", route->path);
        n += route->id != NULL;
    }
    assert_int_equal(json_object_size(paths), n);
}

/* Is the word in the list, which blanks separate? */
static bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

TEST(test_formats_and_errors_are_listed)
{
    json_t *content = at(document, "paths", "/init", "get", "responses", "200", "content", NULL);
    json_t *slugs = at(document, "components", "schemas", "Slug", "enum", NULL);
    const struct wi_format *format;
    unsigned n = 0;
    for (; (format = wi_format_at(n)); n++)
        assert_true(
            has_word(json_string_value(at(content, format->media_type, "x-weightd-format", NULL)), format->name));
    const char *type;
    json_t *answer;
    json_object_foreach(content, type,
                        answer) for (const char *word = json_string_value(at(answer, "x-weightd-format", NULL)); word;
                                     n--) word = (word = strchr(word, ' ')) ? word + 1 : NULL;
    assert_int_equal(n, 0); /* each word is a format, once */
    size_t k = 0;
    for (const struct srv_problem *problem; (problem = srv_problem_at(k)); k++)
        assert_string_equal(json_string_value(json_array_get(slugs, k)), problem->slug);
    assert_int_equal(json_array_size(slugs), k);
}

/* ---- in itself ------------------------------------------------------------------------------------------------- */

static json_t *follow(const char *ref)
{
    char names[256], *rest;
    snprintf(names, sizeof names, "%s", ref);
    json_t *value = document;
    for (char *name = strtok_r(names, "/", &rest); name; name = strtok_r(NULL, "/", &rest))
        value = *name == '#' ? value : json_object_get(value, name);
    return value;
}

static unsigned check_refs(json_t *value)
{
    unsigned n = 0;
    size_t i;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item)
    {
        if (!strcmp(key, "$ref") && !follow(json_string_value(item)))
            fail_msg("%s leads nowhere", json_string_value(item));
        n += !strcmp(key, "$ref");
        n += check_refs(item);
    }
    json_array_foreach(value, i, item) n += check_refs(item);
    return n;
}

TEST(test_every_reference_leads_somewhere)
{
    assert_true(check_refs(document) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_committed_document_is_this_one),
        cmocka_unit_test(test_every_parameter_is_described),
        cmocka_unit_test(test_the_schemes_are_those_of_the_tables),
        cmocka_unit_test(test_defaults_are_those_of_the_schemes),
        cmocka_unit_test(test_paths_are_the_routes),
        cmocka_unit_test(test_formats_and_errors_are_listed),
        cmocka_unit_test(test_every_reference_leads_somewhere),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
