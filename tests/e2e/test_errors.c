/* api/errors.md has a row for every kind of error, and the example in the row gets that error from the real server. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/problem.h"
#include "support/test.h"
#include "support/server.h"

#define COLUMNS 4

struct row {
    char line[1024];
    char *cell[COLUMNS]; /* slug, status, meaning, example */
};

/* The next line "| `slug` | ... |" of the table; false at the end of the file. */
static bool next_row(FILE *file, struct row *row)
{
    while (fgets(row->line, sizeof row->line, file)) {
        char *at = row->line + 2;
        if (strncmp(row->line, "| `", 3))
            continue;
        for (size_t i = 0; i < COLUMNS; i++) {
            char *end = strstr(at, " |");
            assert_non_null(end);
            *end = '\0';
            row->cell[i] = at;
            at = end + 3;
        }
        return true;
    }
    return false;
}

/* Cut out the text between the next two backticks of *at; NULL: there are none. */
static char *quoted(char **at)
{
    char *start = strchr(*at, '`'), *end = start ? strchr(start + 1, '`') : NULL;
    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return start + 1;
}

TEST(test_every_kind_has_a_row)
{
    FILE *file = fopen("api/errors.md", "r");
    struct row row;
    size_t n = 0;
    assert_non_null(file);
    for (; next_row(file, &row); n++) {
        const struct srv_problem *problem = srv_problem_at(n);
        char slug[64];
        assert_non_null(problem);
        snprintf(slug, sizeof slug, "`%s`", problem->slug);
        assert_string_equal(row.cell[0], slug);
        assert_int_equal(atoi(row.cell[1]), problem->status);
        assert_string_equal(row.cell[2], problem->meaning);
        assert_true(strlen(row.cell[3]) > 0);
    }
    assert_null(srv_problem_at(n));
    fclose(file);
}

/* An example is `METHOD TARGET`, optionally followed by `Name: value`. Other quoted text is prose. */
static bool example_answers(const struct test_server *server, struct row *row)
{
    char *at = row->cell[3], *request = quoted(&at), *header = quoted(&at);
    char *target = request ? strstr(request, " /") : NULL, *slug = row->cell[0];
    struct test_answer answer;
    char type[128];
    if (!target || request != row->cell[3] + 1)
        return false;
    *target++ = '\0';
    test_request(server, request, target, (const char *const[]){header, NULL}, &answer);
    snprintf(type, sizeof type, "\"type\": \"/problems/%s\"", quoted(&slug));
    print_message("%s %s %s -> %d\n", request, target, header ? header : "", answer.status);
    assert_int_equal(answer.status, atoi(row->cell[1]));
    assert_string_equal(test_field(&answer, "Content-Type"), "application/problem+json");
    assert_true(test_body_has(&answer, type));
    test_answer_free(&answer);
    return true;
}

TEST(test_examples_get_their_error)
{
    struct test_server *server = test_server_start(NULL);
    FILE *file = fopen("api/errors.md", "r");
    struct row row;
    unsigned n = 0;
    assert_non_null(file);
    while (next_row(file, &row))
        n += example_answers(server, &row);
    assert_true(n >= 15);
    fclose(file);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_has_a_row),
        cmocka_unit_test(test_examples_get_their_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
