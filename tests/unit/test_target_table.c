/* server/net/target_table.h: entries are found, replaced and evicted, and each confirmation is freed exactly once. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/target_table.h"
#include "support/test.h"

static atomic_int alive;

static void *new_confirmation(void)
{
    atomic_fetch_add(&alive, 1);
    return malloc(1);
}

static void free_confirmation(void *confirmation)
{
    atomic_fetch_sub(&alive, 1);
    free(confirmation);
}

static void copy_key(void *arg, const struct srv_target_memo *entry)
{
    snprintf(arg, 64, "%s %s %llu", entry->key ? entry->key : "-", entry->etag, (unsigned long long)entry->signature);
}

static void put(struct srv_target_table *front, const char *target, const char *key, uint64_t signature)
{
    srv_target_table_put(front, target,
                         &(struct srv_target_memo){
                             .key = key, .etag = "\"e\"", .signature = signature, .confirmation = new_confirmation()});
}

TEST(test_remembers)
{
    struct srv_target_table *front = srv_target_table_open(free_confirmation);
    char text[64];
    assert_false(srv_target_table_visit(front, "/a", copy_key, text));
    put(front, "/a", NULL, 1);
    assert_true(srv_target_table_visit(front, "/a", copy_key, text));
    assert_string_equal(text, "- \"e\" 1");
    put(front, "/a", "key", 2);
    assert_true(srv_target_table_visit(front, "/a", copy_key, text));
    assert_string_equal(text, "key \"e\" 2");
    put(front, "/a", NULL, 3); /* does not replace one with a key */
    assert_true(srv_target_table_visit(front, "/a", copy_key, text));
    assert_string_equal(text, "key \"e\" 2");
    put(front, "/a", "other", 4);
    assert_true(srv_target_table_visit(front, "/a", copy_key, text));
    assert_string_equal(text, "other \"e\" 4");
    assert_false(srv_target_table_visit(front, "/", copy_key, text));
    assert_false(srv_target_table_visit(front, "/aa", copy_key, text));
    assert_int_equal(alive, 1);
    srv_target_table_close(front);
    assert_int_equal(alive, 0);
}

TEST(test_too_long)
{
    struct srv_target_table *front = srv_target_table_open(free_confirmation);
    char longest[SRV_TARGET_TEXT_MAX + 1], text[1024];
    memset(longest, 'a', SRV_TARGET_TEXT_MAX);
    longest[SRV_TARGET_TEXT_MAX] = '\0';
    put(front, longest, "key", 1);
    put(front, "/b", longest, 1);
    assert_false(srv_target_table_visit(front, longest, copy_key, text));
    assert_false(srv_target_table_visit(front, "/b", copy_key, text));
    put(front, longest + 1, "key", 1);
    assert_true(srv_target_table_visit(front, longest + 1, copy_key, text));
    srv_target_table_close(front);
    assert_int_equal(alive, 0);
}

/* Many threads, more targets than places: what is found is what was put, and nothing leaks. */
static void *hammer(void *arg)
{
    struct srv_target_table *front = arg;
    for (unsigned i = 0; i < 20000; i++) {
        char target[32], key[32], text[64] = "", want[64];
        snprintf(target, sizeof target, "/%u", i * 7919 % 10007);
        snprintf(key, sizeof key, "key%u", i * 7919 % 10007);
        snprintf(want, sizeof want, "%s \"e\" 5", key);
        if (srv_target_table_visit(front, target, copy_key, text) && strcmp(text, want) != 0)
            return arg;
        put(front, target, key, 5);
    }
    return NULL;
}

TEST(test_threads)
{
    struct srv_target_table *front = srv_target_table_open(free_confirmation);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, front), 0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    srv_target_table_close(front);
    assert_int_equal(alive, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remembers),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
