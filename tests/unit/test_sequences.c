/* after=, key= and the seeds of frameworks: what is read, what is refused, and one spelling of each. The numbers are in
 * tests/vectors/like. */
#include <stdio.h>
#include <string.h>

#include "support/body.h"
#include "support/test.h"
#include "wi.h"

#define N(array) (sizeof(array) / sizeof *(array))

/* The canonical text holds `canonical`, and asks for the same when it is read again. */
static void becomes(const char *request, const char *canonical)
{
    struct wi_plan plan, again;
    struct wi_error err = {0};
    char text[WI_CANONICAL_MAX], second[WI_CANONICAL_MAX];
    if (body_plan(&plan, request, &err) != WI_OK)
        fail_msg("%s: %s", request, err.text);
    wi_plan_canonical(&plan, WI_CANONICAL_TENSOR, text);
    if (!strstr(text, canonical))
        fail_msg("%s became %s, without %s", request, text, canonical);
    assert_int_equal(body_plan(&again, text + strlen("/init?"), &err), WI_OK);
    wi_plan_canonical(&again, WI_CANONICAL_TENSOR, second);
    assert_string_equal(text, second);
}

static void refuses(const char *request, enum wi_status code, const char *param, const char *text)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    if (body_plan(&plan, request, &err) != code || strcmp(err.param, param) != 0 || !strstr(err.text, text))
        fail_msg("%s: %s for '%s': %s", request, wi_status_slug(err.code), err.param, err.text);
    assert_true(err.allowed[0]);
}

#define TORCH "like=torch&scheme=normal&shape=4,4&"
#define NUMPY "like=numpy&scheme=standard_normal&shape=4,4&"
#define GENERATOR "like=numpy-generator&scheme=standard_normal&shape=4,4&"
#define JAX "like=jax&scheme=normal&shape=4,4&"

TEST(pasts_have_one_spelling)
{
    becomes(TORCH "after=uniform:64x32,normal:3:bfloat16,9", "&after=uniform:2048,normal:3:bf16,words:9");
    becomes(TORCH "after=uniform:1", "&after=uniform:1");
    becomes(GENERATOR "after=normal:2x3x4:f32,uniform:7", "&after=normal:24:f32,uniform:7");
    becomes(NUMPY "after=normal:5", "&after=normal:5");
    becomes(JAX "key=split:3:2,fold_in:4294967295", "&key=split:3:2,fold_in:4294967295");
}

TEST(pasts_that_cannot_be_are_refused_by_step)
{
    static const struct {
        const char *request, *param, *text;
    } cases[] = {
        {TORCH "after=", "after", "is empty"},
        {TORCH "after=unifrom:3", "after", "step 1: there is no such step"},
        {TORCH "after=uniform", "after", "step 1: a step is its name"},
        {TORCH "after=uniform:3,", "after", "step 2"},
        {TORCH "after=uniform:3,normal:3:f31", "after", "step 2: its dtype"},
        {TORCH "after=uniform:3:f32:f32", "after", "step 1"},
        {TORCH "after=uniform:3:f8_e4m3", "after", "step 1: its dtype"},
        {TORCH "after=uniform:3:f32:f32:f32", "after", "step 1"},
        {TORCH "after=uniform:-3", "after", "step 1: its number"},
        {TORCH "after=uniform:3x", "after", "step 1: its number"},
        {TORCH "after=uniform:4294967296x4294967296", "after", "step 1: its number"},
        {TORCH "after=9223372036854775808", "after", "step 1: its number is too large"},
        {TORCH "after=4611686018427387903,4611686018427387903,4611686018427387903,4611686018427387903,9", "after",
         "more words than 64 bits"},
        {TORCH "after=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "after", "step 25"},
        {TORCH "after=split:3:1", "after", "no such step"},
        {JAX "key=normal:3", "key", "no such step"},
        {JAX "key=7", "key", "no such step"},
        {JAX "key=split:3:3", "key", "below the number of keys"},
        {JAX "key=split:3", "key", "a step is its name"},
        {JAX "key=split:0:0", "key", "below the number of keys"},
        {JAX "key=split:4294967296:0", "key", "too large"},
        {JAX "key=fold_in:4294967296", "key", "too large"},
        {JAX "key=fold_in:-1", "key", "its number"},
        {NUMPY "after=words:3", "after", "NumPy draws"},
        {NUMPY "after=normal:3:f32", "after", "NumPy draws"},
        {GENERATOR "after=normal:3:f16", "after", "NumPy draws"},
    };
    for (size_t i = 0; i < N(cases); i++)
        refuses(cases[i].request, WI_E_PARAM_VALUE, cases[i].param, cases[i].text);
    refuses(GENERATOR "after=normal:99999999999", WI_E_TOO_LARGE, "after", "more than");
    refuses(NUMPY "after=normal:200000000,normal:200000000", WI_E_TOO_LARGE, "after", "more than");
    refuses("scheme=normal&shape=3&after=uniform:3", WI_E_PARAM_UNUSED, "after", "does not take after");
    refuses("like=jax&scheme=zeros&shape=3&key=fold_in:3", WI_E_PARAM_UNUSED, "key", "does not take key");
}

TEST(seeds_of_frameworks_have_one_spelling)
{
    becomes(TORCH "seed=-1", "&seed=-1&");
    becomes(JAX "seed=-9223372036854775808", "&seed=-9223372036854775808&");
    becomes(NUMPY "seed=1,2,0x10", "&seed=1,2,16&");
    becomes(NUMPY "seed=42,", "&seed=42,&");
    becomes(GENERATOR "seed=18446744073709551616", "&seed=18446744073709551616&");
    becomes(GENERATOR "seed=0x10000000000000000", "&seed=18446744073709551616&");
    becomes(GENERATOR "seed=340282366920938463463374607431768211455", "&seed=340282366920938463463374607431768211455&");
    becomes(GENERATOR "seed=18446744073709551615,1", "&seed=4294967295,4294967295,1&");
}

TEST(seeds_that_a_framework_does_not_take_are_refused)
{
    static const char *const cases[] = {
        TORCH "seed=-9223372036854775809",
        TORCH "seed=18446744073709551616",
        TORCH "seed=1,2",
        TORCH "seed=-0",
        TORCH "seed=-01",
        TORCH "seed=--1",
        JAX "seed=1,2",
        JAX "seed=9223372036854775808",
        NUMPY "seed=-1",
        NUMPY "seed=4294967296,1",
        NUMPY "seed=18446744073709551616",
        NUMPY "seed=1,,2",
        NUMPY "seed=,",
        NUMPY "seed=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
        GENERATOR "seed=-1",
        GENERATOR "seed=340282366920938463463374607431768211456",
        GENERATOR "seed=1,-2",
        "like=tfjs&scheme=uniform&shape=3&seed=-1",
        "scheme=normal&shape=3&seed=-1",
        "scheme=zeros&shape=3&seed=1,2",
        "scheme=normal&shape=3&seed=18446744073709551616",
    };
    for (size_t i = 0; i < N(cases); i++)
        refuses(cases[i], WI_E_PARAM_VALUE, "seed", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pasts_have_one_spelling),
        cmocka_unit_test(pasts_that_cannot_be_are_refused_by_step),
        cmocka_unit_test(seeds_of_frameworks_have_one_spelling),
        cmocka_unit_test(seeds_that_a_framework_does_not_take_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
