/* server/hub: revisions and commits, the tokenizer, the small files of a repository. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/revision.h"
#include "hub/small.h"
#include "hub/tokenizer.h"
#include "support/test.h"

/* ---- revisions --------------------------------------------------------------------------------------------------- */

TEST(test_revisions_have_one_spelling)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t seed;
        enum srv_dtype dtype;
    } rows[] = {
        {"main", true, 0, SRV_DTYPE_F64},
        {"HEAD", true, 0, SRV_DTYPE_F64},
        {"refs/heads/main", true, 0, SRV_DTYPE_F64},
        {"refs/tags/seed-7", true, 7, SRV_DTYPE_F64},
        {"bf16", true, 0, SRV_DTYPE_BF16},
        {"f16", true, 0, SRV_DTYPE_F16},
        {"seed-0", true, 0, SRV_DTYPE_F64},
        {"seed-7", true, 7, SRV_DTYPE_F64},
        {"seed-7-bf16", true, 7, SRV_DTYPE_BF16},
        {"seed-18446744073709551615-f32", true, UINT64_MAX, SRV_DTYPE_F32},
        {.text = "seed-18446744073709551616"},
        {.text = "seed-07"},
        {.text = "seed-"},
        {.text = "seed--1"},
        {.text = "seed-7-"},
        {.text = "seed-7-bf17"},
        {.text = "seed-7 "},
        {.text = "seed-7-bf16-f32"},
        {.text = "SEED-7"},
        {.text = "Main"},
        {.text = ""},
        {.text = "refs/pr/1"},
        {.text = "v1.0"},
        {.text = "0000000000000000000000000000000000000000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srv_hub_revision revision;
        if (srv_hub_revision_read(rows[i].text, SRV_DTYPE_F64, &revision) != rows[i].good)
            fail_msg("%s", rows[i].text);
        assert_true(!rows[i].good || (revision.seed == rows[i].seed && revision.dtype == rows[i].dtype));
    }
}

static const uint8_t identity[SRV_SHA256_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST(test_a_commit_is_read_back)
{
    static const uint64_t seeds[] = {0, 1, 7, UINT64_C(0x0123456789abcdef), UINT64_MAX};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        for (enum srv_dtype dtype = 0; dtype <= SRV_DTYPE_FLOAT; dtype++) {
            struct srv_hub_revision revision;
            char commit[SRV_HUB_COMMIT_CHARS];
            srv_hub_commit((struct srv_hub_revision){seeds[i], dtype}, identity, commit);
            assert_int_equal(strlen(commit), 40);
            assert_true(srv_hub_commit_read(commit, identity, &revision));
            assert_true(revision.seed == seeds[i] && revision.dtype == dtype);
        }
}

/* Every other digit in every place, another identity, another length: none is a commit. */
TEST(test_a_changed_commit_is_none)
{
    static const char digits[] = "0123456789abcdefAg";
    struct srv_hub_revision revision;
    char commit[SRV_HUB_COMMIT_CHARS + 1], changed[SRV_HUB_COMMIT_CHARS];
    uint8_t other[SRV_SHA256_BYTES];
    srv_hub_commit((struct srv_hub_revision){7, SRV_DTYPE_BF16}, identity, commit);
    for (size_t at = 0; at < 40; at++)
        for (const char *d = digits; *d; d++) {
            memcpy(changed, commit, sizeof changed);
            changed[at] = *d;
            assert_int_equal(srv_hub_commit_read(changed, identity, &revision), *d == commit[at]);
        }
    for (size_t at = 0; at < sizeof other; at++) {
        memcpy(other, identity, sizeof other);
        other[at] ^= 1;
        assert_false(srv_hub_commit_read(commit, other, &revision));
    }
    assert_false(srv_hub_commit_read("", identity, &revision));
    strcat(commit, "0");
    assert_false(srv_hub_commit_read(commit, identity, &revision));
}

/* ---- small files ------------------------------------------------------------------------------------------------- */

static char *text_of(const char *path, const struct srv_hub_source *source)
{
    const struct srv_hub_small *small;
    for (unsigned i = 0; (small = srv_hub_small_at(i)); i++)
        if (!strcmp(small->path, path))
            return small->wanted(source) ? srv_hub_small_text(small, source) : NULL;
    fail_msg("no row %s", path);
    return NULL;
}

static json_t *config_of(const char *text)
{
    json_t *config = json_loads(text, 0, NULL);
    assert_non_null(config);
    return config;
}

static struct srv_hub_source source_of(const char *arch, const json_t *config)
{
    return (struct srv_hub_source){.kind = srv_hub_kind_of(arch),
                                   .config = config,
                                   .dtype = SRV_DTYPE_BF16,
                                   .id = "weightd/some",
                                   .model = "some"};
}

/* git's names of files that real clients loaded: tokenizer.json and the rest of a repository that every client was
 * tried with. */
TEST(test_the_tokenizer_is_the_one_that_was_tried)
{
    static const char *const files[][2] = {
        {"tokenizer.json", "78b5af9d70f655b6f2a3dee818f913b79c40219c"},
        {"tokenizer_config.json", "224854da62f87cd08705141301831d6952fa2cc2"},
        {"special_tokens_map.json", "6c392efe71d8f5e8393df01ce77e664508177117"},
        {"generation_config.json", "05393479f260eb9a1c3accdbc570f4aa0f2d38e3"},
    };
    json_t *config = config_of("{\"vocab_size\": 264, \"max_position_embeddings\": 512}");
    const struct srv_hub_source source = source_of("llama", config);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char oid[SRV_GIT_BLOB_HEX], *text = text_of(files[i][0], &source);
        assert_non_null(text);
        srv_git_blob(text, strlen(text), oid);
        assert_string_equal(oid, files[i][1]);
        free(text);
    }
    json_decref(config);
}

TEST(test_rows_are_sorted)
{
    for (unsigned i = 1; srv_hub_small_at(i); i++)
        assert_true(strcmp(srv_hub_small_at(i - 1)->path, srv_hub_small_at(i)->path) < 0);
}

TEST(test_a_small_vocabulary_has_no_tokenizer)
{
    static const struct {
        const char *config;
        bool has;
    } rows[] = {{"{\"vocab_size\": 263}", false},
                {"{\"vocab_size\": 264}", true},
                {"{}", false},
                {"{\"text_config\": {\"vocab_size\": 300}}", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *config = config_of(rows[i].config);
        const struct srv_hub_source source = source_of("llama", config);
        char *text = text_of("tokenizer.json", &source);
        assert_int_equal(text != NULL, rows[i].has);
        free(text);
        json_decref(config);
    }
}

/* The ids that config.json has for the tokenizer's tokens, and its dtype; the padding id stays. */
TEST(test_the_config_names_the_tokens)
{
    static const struct {
        const char *arch, *config, *has, *has_not;
    } rows[] = {
        {"llama", "{\"vocab_size\": 320, \"bos_token_id\": 1, \"pad_token_id\": 5}",
         "\"bos_token_id\": 257|\"eos_token_id\": 258|\"pad_token_id\": 5|\"dtype\": \"bfloat16\"|\"torch_dtype\": "
         "\"bfloat16\"",
         "decoder_start"},
        {"bert", "{\"vocab_size\": 320, \"bos_token_id\": null}", "\"bos_token_id\": null", "eos_token_id"},
        {"llama", "{\"vocab_size\": 100, \"bos_token_id\": 1}", "\"bos_token_id\": 1", "eos_token_id"},
        {"whisper", "{\"vocab_size\": 320, \"decoder_start_token_id\": 9, \"begin_suppress_tokens\": [1]}",
         "\"decoder_start_token_id\": 257|\"begin_suppress_tokens\": null", "pad_token_id"},
        {"t5", "{\"vocab_size\": 320, \"decoder_start_token_id\": 0}", "\"decoder_start_token_id\": 0", "pad_token_id"},
        {"clip", "{\"text_config\": {\"vocab_size\": 320, \"bos_token_id\": 3, \"eos_token_id\": 4}}",
         "\"bos_token_id\": 257|\"eos_token_id\": 258", "pad_token_id"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *config = config_of(rows[i].config);
        const struct srv_hub_source source = source_of(rows[i].arch, config);
        char *text = text_of("config.json", &source), wanted[512], *rest;
        assert_non_null(text);
        snprintf(wanted, sizeof wanted, "%s", rows[i].has);
        for (char *part = strtok_r(wanted, "|", &rest); part; part = strtok_r(NULL, "|", &rest))
            if (!strstr(text, part))
                fail_msg("no %s in %s", part, text);
        assert_null(strstr(text, rows[i].has_not));
        free(text);
        json_decref(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_revisions_have_one_spelling),
        cmocka_unit_test(test_a_commit_is_read_back),
        cmocka_unit_test(test_a_changed_commit_is_none),
        cmocka_unit_test(test_the_tokenizer_is_the_one_that_was_tried),
        cmocka_unit_test(test_rows_are_sorted),
        cmocka_unit_test(test_a_small_vocabulary_has_no_tokenizer),
        cmocka_unit_test(test_the_config_names_the_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
