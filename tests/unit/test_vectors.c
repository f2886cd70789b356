/* Known answers: tests/vectors/requests.txt, lines "sha256 bytes request". No byte of a version of the numbers
 * changes. */
#include "support/test.h"
#include "support/body.h"
#include "support/lines.h"
#include "support/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTORS "tests/vectors/requests.txt"

static void check_line(const struct line *line, void *wrong)
{
    size_t n;
    char digest[65];
    assert_int_equal(line->n, 3);
    uint8_t *bytes = body_bytes(line->field[2], &n);
    sha256_hex(bytes, n, digest);
    if (strtoull(line->field[1], NULL, 10) != n || strcmp(line->field[0], digest) != 0) {
        print_error("%s:%u: %s has %zu bytes, sha256 %s\n", line->path, line->number, line->field[2], n, digest);
        ++*(unsigned *)wrong;
    }
    free(bytes);
}

TEST(test_known_answers)
{
    unsigned wrong = 0, n = lines_read(VECTORS, check_line, &wrong);
    assert_true(n >= 200);
    assert_int_equal(wrong, 0);
}

struct coverage {
    char text[400];
    bool found;
};

static void look(const struct line *line, void *context)
{
    struct coverage *c = context;
    const char *request = line->field[2], *dtype = strchr(c->text, '&');
    size_t n = (size_t)(dtype - c->text);
    const char *at = strstr(request, "scheme=");
    c->found =
        c->found || (at && strncmp(at, c->text, n) == 0 && (at[n] == '&' || at[n] == 0) && strstr(request, dtype));
}

/* Every native scheme has a line in every dtype: a new one must get them. */
TEST(test_coverage)
{
    const struct wi_scheme_info *scheme;
    const struct wi_dtype *dtype;
    for (unsigned s = 0; (scheme = wi_scheme_at(s)); s++)
        for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++) {
            struct coverage c = {.found = false};
            snprintf(c.text, sizeof c.text, "scheme=%s&dtype=%s", scheme->name, dtype->name);
            lines_read(VECTORS, look, &c);
            if (!c.found)
                fail_msg("no known answer for %s", c.text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
