/* An operator's own repositories: --models DIR, weightd models check DIR, and what is refused of a hostile folder. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/folder.h"
#include "support/server.h"
#include "support/test.h"

#define GPT2                                                                                                           \
    "{\"model_type\": \"gpt2\", \"n_embd\": 16, \"n_layer\": 1, \"n_head\": 2, \"vocab_size\": 300, \"n_positions\": " \
    "32, "                                                                                                             \
    "\"torch_dtype\": \"bfloat16\"}"
#define MANIFEST                                                                                                       \
    "[{\"name\": \"a.weight\", \"shape\": [4, 3], \"dtype\": \"BF16\"}, {\"name\": \"b\", \"shape\": [5], \"dtype\": " \
    "\"F32\"}]"

/* ---- a folder ---------------------------------------------------------------------------------------------------- */

static char dir[64];

static SETUP(make_dir)
{
    snprintf(dir, sizeof dir, "/tmp/weightd-models-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static TEARDOWN(drop_dir)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

/* Write a file, with the folders that it is in. */
static void put(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s", path_of(name));
    for (char *slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(path, 0755);
    }
    test_write_file(path, text);
}

/* ---- what is read ------------------------------------------------------------------------------------------------ */

static char refused[8192];

static void note(void *arg, const char *path, const char *why)
{
    (void)arg;
    const size_t n = strlen(refused);
    snprintf(refused + n, sizeof refused - n, "%s: %s\n", path, why);
}

static struct srv_hub_folder *read_dir(void)
{
    char error[256] = "";
    refused[0] = '\0';
    struct srv_hub_folder *folder = srv_hub_folder_load(dir, note, NULL, error, sizeof error);
    if (!folder)
        fail_msg("%s", error);
    return folder;
}

TEST(test_what_is_refused)
{
    static const struct {
        const char *name, *link; /* a file, or a link to that */
        const char *report;      /* NULL: nothing is refused */
    } rows[] = {
        {"acme/net/readme", "/etc/passwd", "acme/net/readme: a link that leaves"},
        {"acme/net/up", "../../../../../../etc/passwd", "acme/net/up: a link that leaves"},
        {"acme/net/neighbour", "../other/secret", "acme/net/neighbour: a link that leaves"},
        {"acme/net/loop", "loop", "acme/net/loop: a link that leaves"},
        {"acme/net/fine", "config.json", NULL},
        {"acme/net/model.safetensors", NULL, "model.safetensors: weights are made"},
        {"acme/net/model.gguf", NULL, "model.gguf: weights are made"},
        {"acme/net/back\\slash", NULL, "a name has printable characters"},
        {"acme/net/new\nline", NULL, "a name has printable characters"},
        {"acme/net/per%cent", NULL, "a name has printable characters"},
        {"acme/net/.hidden", NULL, NULL},
        {"acme/net/a/b/c/d/e", NULL, "more than 4 folders"},
        {"acme/net/a/b/c/e", NULL, NULL},
        {"acme/tree/config.json", NULL, "acme/tree: this name is a part of the hub's own paths"},
        {"weightd/net/config.json", NULL, "weightd: the organization weightd is the program's own"},
        {"acme/.hidden/config.json", NULL, NULL},
        {"acme/a--b/config.json", NULL, "acme/a--b: a name neither"},
        {"acme/\xc3\xa4/config.json", NULL, "a name has letters, digits"},
        {"acme/nothing/readme", NULL, "acme/nothing: it has neither"},
        {"acme/file", NULL, "acme/file: it is no folder"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        make_dir(NULL);
        put("acme/net/config.json", GPT2);
        put("acme/other/secret", "secret");
        put("acme/other/config.json", GPT2);
        if (rows[i].link)
            assert_int_equal(symlink(rows[i].link, path_of(rows[i].name)), 0);
        else
            put(rows[i].name, GPT2);
        struct srv_hub_folder *folder = read_dir();
        if (rows[i].report ? !strstr(refused, rows[i].report) : *refused != '\0')
            fail_msg("%s: %s", rows[i].name, refused);
        const struct srv_hub_own *own = srv_hub_folder_find(folder, "acme/net");
        assert_non_null(own);
        for (size_t k = 0; k < own->n_files; k++)
            assert_null(strstr(own->file[k].bytes, "root:"));
        srv_hub_folder_unref(folder);
        drop_dir(NULL);
    }
}

/* The links of a mounted configuration map lead within the repository. */
TEST(test_links_that_stay_are_followed)
{
    make_dir(NULL);
    put("acme/net/..2024/config.json", GPT2);
    put("acme/net/..2024/tokenizer.json", "{}");
    assert_int_equal(symlink("..2024", path_of("acme/net/..data")), 0);
    assert_int_equal(symlink("..data/config.json", path_of("acme/net/config.json")), 0);
    assert_int_equal(symlink("..data/tokenizer.json", path_of("acme/net/tokenizer.json")), 0);
    struct srv_hub_folder *folder = read_dir();
    const struct srv_hub_own *own = srv_hub_folder_find(folder, "acme/net");
    assert_string_equal(refused, "");
    assert_non_null(own);
    assert_int_equal(own->n_files, 2);
    srv_hub_folder_unref(folder);
    drop_dir(NULL);
}

/* A file that grows as it is read, again and again, is refused or read whole. */
TEST(test_a_file_that_changes)
{
    make_dir(NULL);
    put("acme/net/config.json", GPT2);
    put("acme/net/log.txt", "0");
    const pid_t child = fork();
    if (child == 0) {
        FILE *file = fopen(path_of("acme/net/log.txt"), "w");
        for (unsigned i = 0; file && i < 3000000; i++) {
            fputs("a line that is written again\n", file);
            if (i % 1000 == 0 && fseek(file, 0, SEEK_SET))
                break;
        }
        _exit(0);
    }
    for (unsigned i = 0; i < 200; i++) {
        struct srv_hub_folder *folder = read_dir();
        const struct srv_hub_own *own = srv_hub_folder_find(folder, "acme/net");
        assert_non_null(own);
        const struct srv_hub_own_file *log = srv_hub_own_find(own, "log.txt");
        assert_true(log ? !*refused : strstr(refused, "log.txt: ") != NULL);
        assert_true(!log || log->bytes[log->len] == '\0');
        srv_hub_folder_unref(folder);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    drop_dir(NULL);
}

/* ---- what is served ---------------------------------------------------------------------------------------------- */

static json_t *get_json(const struct test_server *server, const char *target)
{
    struct test_answer answer;
    test_get(server, target, &answer);
    if (answer.status != 200)
        fail_msg("%s: %d %.*s", target, answer.status, (int)answer.length, (const char *)answer.body);
    json_t *doc = json_loadb((const char *)answer.body, answer.length, 0, NULL);
    test_answer_free(&answer);
    return doc;
}

static void commit_of(const struct test_server *server, char commit[41])
{
    json_t *info = get_json(server, "/api/models/acme/net");
    snprintf(commit, 41, "%s", json_string_value(json_object_get(info, "sha")));
    json_decref(info);
}

static bool answers(const struct test_server *server, const char *target, const char *text)
{
    struct test_answer answer;
    test_get(server, target, &answer);
    const bool good = answer.status == 200 && test_body_has(&answer, text);
    test_answer_free(&answer);
    return good;
}

TEST(test_files_as_they_are_and_tensors_made)
{
    make_dir(NULL);
    put("acme/net/config.json", GPT2);
    put("acme/net/sub/notes.txt", "any bytes\n");
    put("alone/manifest.json", MANIFEST);
    put("alone/readme.txt", "of a manifest\n");
    struct test_server *server = test_server_start(ARGS("--log", "off", "--models", dir));
    assert_true(answers(server, "/acme/net/resolve/main/config.json", GPT2));
    assert_true(answers(server, "/acme/net/resolve/main/sub/notes.txt", "any bytes\n"));
    assert_true(answers(server, "/alone/resolve/main/readme.txt", "of a manifest\n"));
    assert_true(answers(server, "/acme/net/resolve/main/model.safetensors", "\"dtype\":\"BF16\""));
    assert_true(answers(server, "/acme/net/resolve/seed-3-f32/model.safetensors", "\"dtype\":\"F32\""));
    assert_true(answers(server, "/acme/net/resolve/f32/config.json", "\"torch_dtype\": \"float32\""));
    assert_true(answers(server, "/alone/resolve/main/model.safetensors", "a.weight"));
    assert_int_equal(test_status(server, "/alone/resolve/main/manifest.json", NULL), 404);
    assert_int_equal(test_status(server, "/weightd/tiny-llama/resolve/main/config.json", NULL), 200);
    assert_true(answers(server, "/api/models?author=acme", "acme/net"));
    test_server_stop(server);
    drop_dir(NULL);
}

/* Changes are seen on SIGHUP, all at once; a commit of before is not one of after. */
TEST(test_a_change_is_seen_on_sighup)
{
    char before[41], after[41], target[128];
    make_dir(NULL);
    put("acme/net/config.json", GPT2);
    put("acme/net/notes.txt", "before\n");
    struct test_server *server = test_server_start(ARGS("--log", "off", "--models", dir));
    commit_of(server, before);
    assert_true(answers(server, "/acme/net/resolve/main/notes.txt", "before"));
    put("acme/net/notes.txt", "after\n");
    assert_true(answers(server, "/acme/net/resolve/main/notes.txt", "before"));
    commit_of(server, after);
    assert_string_equal(before, after);
    kill(server->pid, SIGHUP);
    for (unsigned i = 0; i < 100 && !strcmp(before, after); i++) {
        usleep(50000);
        commit_of(server, after);
    }
    assert_string_not_equal(before, after);
    assert_true(answers(server, "/acme/net/resolve/main/notes.txt", "after"));
    snprintf(target, sizeof target, "/acme/net/resolve/%s/notes.txt", before);
    assert_int_equal(test_status(server, target, NULL), 404);
    snprintf(target, sizeof target, "/acme/net/resolve/%s/notes.txt", after);
    assert_int_equal(test_status(server, target, NULL), 200);
    test_server_stop(server);
    drop_dir(NULL);
}

TEST(test_check_says_what_would_be_served)
{
    char out[4096];
    make_dir(NULL);
    put("acme/net/config.json", GPT2);
    assert_int_equal(test_run(ARGS("models", "check", dir), out, sizeof out), 0);
    assert_non_null(strstr(out, "acme/net: gpt2, "));
    assert_non_null(strstr(out, "1 repositories, 0 refused"));
    put("acme/wrong/config.json", "{\"model_type\": \"gpt2\", \"n_embd\": -1}");
    put("acme/broken/config.json", "{");
    put("acme/unknown/config.json", "{\"model_type\": \"gtp2\"}");
    assert_int_equal(test_run(ARGS("models", "check", dir), out, sizeof out), 1);
    assert_non_null(strstr(out, "refused acme/wrong: n_embd"));
    assert_non_null(strstr(out, "refused acme/broken: "));
    assert_non_null(strstr(out, "refused acme/unknown: "));
    assert_non_null(strstr(out, "1 repositories, 3 refused"));
    assert_int_equal(test_run(ARGS("models", "check", "/nonexistent"), out, sizeof out), 1);
    assert_int_equal(test_run(ARGS("models", "check"), out, sizeof out), 1);
    assert_non_null(strstr(out, "weightd models check DIR"));
    assert_int_equal(test_run(ARGS("--models", "/nonexistent"), out, sizeof out), 1);
    drop_dir(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_links_that_stay_are_followed),
        cmocka_unit_test(test_a_file_that_changes),
        cmocka_unit_test(test_files_as_they_are_and_tensors_made),
        cmocka_unit_test(test_a_change_is_seen_on_sighup),
        cmocka_unit_test(test_check_says_what_would_be_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
