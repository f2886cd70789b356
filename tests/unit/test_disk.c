/* test_disk.c - the disk tier: a damaged file gives the right bytes or a miss. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cache/cache.h"
#include "cache/disk_dir.h"
#include "cache/disk.h"
#include "support/disk.h"
#include "support/test.h"

/* ---- the good days --------------------------------------------------------------------------------------------- */

TEST(test_values_survive_a_restart)
{
    static const size_t sizes[] = {0, 1, 1000, 300000};
    static const char *const keys[] = {"/init?a", "/init?b", "/init?c", "/init?d"};
    struct srv_disk *disk = disk_open();
    for (int i = 0; i < 4; i++) {
        assert_false(disk_got(disk, keys[i], sizes[i]));
        disk_put(disk, keys[i], sizes[i], EXPENSIVE);
        assert_true(disk_got(disk, keys[i], sizes[i]));
    }
    struct srv_disk_stats before = disk_stats_of(disk);
    assert_int_equal(before.writes, 4);
    assert_int_equal(before.hits, 4);
    assert_int_equal(before.misses, 4);
    srv_disk_close(disk);
    disk = disk_open();
    struct srv_disk_stats after = disk_stats_of(disk);
    uint64_t bytes;
    assert_int_equal(disk_count_files("", &bytes), 4);
    assert_int_equal(after.entries, 4);
    assert_int_equal(after.bytes, bytes);
    assert_int_equal(after.bytes, before.bytes);
    for (int i = 0; i < 4; i++)
        assert_true(disk_got(disk, keys[i], sizes[i]));
    assert_int_equal(disk_stats_of(disk).errors, 0);
    assert_int_equal(disk_n_reports, 0);
    srv_disk_close(disk);
    srv_disk_close(NULL);
}

TEST(test_only_the_expensive_is_written)
{
    struct srv_disk_config config = {.dir = disk_dir,
                                     .max_bytes = 1 << 20,
                                     .min_cost_ns = SRV_DISK_MIN_COST_NS,
                                     .min_ns_per_byte = SRV_DISK_MIN_NS_PER_BYTE};
    struct srv_disk *disk = srv_disk_open(&config);
    disk_put(disk, "quick", 10, SRV_DISK_MIN_COST_NS - 1);
    disk_put(disk, "quick per byte", 500000, 900000);
    disk_put(disk, "slow", 10, SRV_DISK_MIN_COST_NS);
    disk_put(disk, "larger than all", 1 << 20, EXPENSIVE);
    assert_false(disk_has_file("quick") || disk_has_file("quick per byte") || disk_has_file("larger than all"));
    assert_true(disk_has_file("slow"));
    srv_disk_close(disk);
}

TEST(test_digest_comes_with_the_value)
{
    struct srv_disk *disk = disk_open();
    uint64_t cost_ns;
    uint8_t sha[SRV_SHA256_BYTES], expected[SRV_SHA256_BYTES];
    disk_put(disk, "k", 1000, EXPENSIVE);
    struct srv_blob *blob = srv_disk_get(disk, "k", 1, NULL, &cost_ns);
    assert_non_null(blob);
    srv_sha256(blob->bytes, blob->size, expected);
    blob->bytes[0] ^= 1; /* a digest computed now would be another */
    srv_blob_sha256(blob, sha);
    assert_memory_equal(sha, expected, sizeof sha);
    assert_true(cost_ns == EXPENSIVE);
    srv_blob_unref(blob);
    srv_disk_close(disk);
}

/* Files stay within the bound, here and after a restart; expensive values outlive cheap ones. */
TEST(test_folder_is_bounded)
{
    struct srv_disk *disk = disk_open_with(200000, NULL);
    char key[32];
    uint64_t bytes;
    disk_put(disk, "dear", 9000, 100 * EXPENSIVE);
    for (int i = 0; i < 60; i++) {
        snprintf(key, sizeof key, "cheap %d", i);
        disk_put(disk, key, 9000, EXPENSIVE / 1000);
        disk_count_files("", &bytes);
        assert_true(bytes <= 200000);
        assert_int_equal(bytes, disk_stats_of(disk).bytes);
    }
    assert_true(disk_got(disk, "dear", 9000));
    assert_true(disk_got(disk, "cheap 59", 9000));
    assert_false(disk_got(disk, "cheap 0", 9000));
    assert_true(disk_stats_of(disk).evictions >= 39);
    srv_disk_close(disk);
    disk = disk_open_with(50000, NULL);
    srv_disk_flush(disk);
    disk_count_files("", &bytes);
    assert_true(bytes <= 50000);
    assert_true(disk_got(disk, "dear", 9000));
    srv_disk_close(disk);
}

/* ---- damaged files --------------------------------------------------------------------------------------------- */

#define SMALL "/init?small"
#define SMALL_BYTES 40

/* With these bytes as its file: a miss, and the file is gone; then it can be written again. */
static void expect_removed(struct srv_disk *disk, const char *name, const uint8_t *bytes, size_t n)
{
    disk_write_file(name, bytes, n);
    assert_false(disk_got(disk, SMALL, SMALL_BYTES));
    assert_false(disk_file_exists(name));
}

TEST(test_every_flipped_or_missing_byte_is_a_miss)
{
    struct srv_disk *disk = disk_open();
    char name[SRV_DISK_NAME_BYTES];
    uint8_t good[400], bad[400];
    disk_name_of(SMALL, name);
    disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
    size_t n = disk_read_file(name, good, sizeof good);
    assert_int_equal(n, SRV_DISK_RECORD_BYTES + strlen(SMALL) + SMALL_BYTES);
    for (size_t i = 0; i < n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bad, good, n);
            bad[i] = (uint8_t)(bad[i] ^ 1u << bit);
            expect_removed(disk, name, bad, n);
        }
    }
    for (size_t cut = 0; cut < n; cut++)
        expect_removed(disk, name, good, cut);
    memset(bad, 0, sizeof bad);
    for (size_t longer = 1; longer < 3; longer++) {
        memcpy(bad, good, n);
        expect_removed(disk, name, bad, n + longer);
    }
    /* Torn: the size is right, the end was never written. */
    for (size_t torn = 0; torn < n; torn += 7) {
        memset(bad, 0, sizeof bad);
        memcpy(bad, good, torn);
        expect_removed(disk, name, bad, n);
    }
    assert_int_equal(disk_n_reports, 0);
    disk_write_file(name, good, n);
    assert_true(disk_got(disk, SMALL, SMALL_BYTES));
    srv_disk_close(disk);
}

/* A consistent header of another version, or of another key's value. */
TEST(test_other_versions_and_keys_are_misses)
{
    struct srv_disk *disk = disk_open();
    char name[SRV_DISK_NAME_BYTES];
    uint8_t bytes[400];
    struct srv_sha256 sha;
    disk_name_of(SMALL, name);
    disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
    size_t n = disk_read_file(name, bytes, sizeof bytes);
    bytes[8] = SRV_DISK_RECORD_VERSION + 1;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, bytes, 72);
    srv_sha256_add(&sha, SMALL, strlen(SMALL));
    srv_sha256_end(&sha, bytes + 72);
    expect_removed(disk, name, bytes, n);

    char other[SRV_DISK_NAME_BYTES];
    disk_name_of("/init?SMALL", other);
    disk_put(disk, "/init?SMALL", SMALL_BYTES, EXPENSIVE);
    n = disk_read_file(other, bytes, sizeof bytes);
    expect_removed(disk, name, bytes, n);
    srv_disk_close(disk);
}

TEST(test_foreign_files)
{
    /* clang-format off */
    static const char *const untouched[] = {
        "README", "0123.wi", "weightd-tmp-fresh",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeF.wi",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.xy",
    };
    /* clang-format on */
    static const char ours[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.wi";
    char path[512], name[SRV_DISK_NAME_BYTES];
    for (size_t i = 0; i < sizeof untouched / sizeof untouched[0]; i++)
        disk_write_file(untouched[i], "mine", 4);
    disk_write_file(ours, "not a value, but under the name of one", 38);
    disk_write_file("weightd-tmp-old", "left by a crash", 15);
    disk_path_of("weightd-tmp-old", path);
    struct timespec old[2] = {{.tv_sec = time(NULL) - 3600}, {.tv_sec = time(NULL) - 3600}};
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    struct srv_disk *disk = disk_open();
    assert_false(disk_file_exists(ours));
    assert_false(disk_file_exists("weightd-tmp-old"));
    for (size_t i = 0; i < sizeof untouched / sizeof untouched[0]; i++)
        assert_true(disk_file_exists(untouched[i]));
    /* A link under our name is not followed, wherever it leads. */
    disk_name_of(SMALL, name);
    disk_path_of(name, path);
    disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
    char elsewhere[512];
    disk_path_of("elsewhere", elsewhere);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_false(disk_got(disk, SMALL, SMALL_BYTES));
    assert_true(disk_file_exists("elsewhere") && !disk_file_exists(name));
    assert_int_equal(mkdir(path, 0755), 0); /* nor does a folder there stop anything */
    assert_false(disk_got(disk, SMALL, SMALL_BYTES));
    assert_int_equal(disk_n_reports, 0);
    srv_disk_close(disk);
}

/* ---- other processes ------------------------------------------------------------------------------------------- */

TEST(test_two_stores_share_a_folder)
{
    struct srv_disk *a = disk_open(), *b = disk_open();
    disk_put(a, "from a", 5000, EXPENSIVE);
    disk_put(b, "from b", 5000, EXPENSIVE);
    assert_true(disk_got(a, "from b", 5000));
    assert_true(disk_got(b, "from a", 5000));
    disk_put(a, "both", 5000, EXPENSIVE);
    disk_put(b, "both", 5000, EXPENSIVE);
    assert_true(disk_got(a, "both", 5000) && disk_got(b, "both", 5000));
    /* One removes what the other knows. */
    char path[512], name[SRV_DISK_NAME_BYTES];
    disk_name_of("from a", name);
    disk_path_of(name, path);
    assert_int_equal(unlink(path), 0);
    assert_false(disk_got(a, "from a", 5000));
    assert_false(disk_got(b, "from a", 5000));
    disk_put(b, "from a", 5000, EXPENSIVE);
    assert_true(disk_got(a, "from a", 5000));
    assert_int_equal(disk_stats_of(a).entries, 3);
    assert_int_equal(disk_stats_of(b).entries, 3);
    assert_int_equal(disk_n_reports, 0);
    srv_disk_close(a);
    srv_disk_close(b);
}

/* A release does not read what another has written, nor remove it, but counts its bytes. */
TEST(test_releases_do_not_mix)
{
    disk_producer = "another";
    struct srv_disk *other = disk_open();
    disk_put(other, "k", 5000, EXPENSIVE);
    srv_disk_close(other);
    disk_producer = WEIGHTD_VERSION;
    struct srv_disk *disk = disk_open();
    assert_false(disk_got(disk, "k", 5000));
    disk_put(disk, "k", 5000, EXPENSIVE);
    assert_true(disk_got(disk, "k", 5000));
    assert_int_equal(disk_stats_of(disk).entries, 2);
    assert_int_equal(disk_stats_of(disk).errors, 0);
    disk_producer = "another";
    assert_true(disk_has_file("k"));
    /* Under our name, what another wrote is not ours. */
    char theirs[SRV_DISK_NAME_BYTES], ours[SRV_DISK_NAME_BYTES];
    uint8_t bytes[6000];
    disk_name_of("k", theirs);
    size_t n = disk_read_file(theirs, bytes, sizeof bytes);
    disk_producer = WEIGHTD_VERSION;
    disk_name_of("k", ours);
    disk_write_file(ours, bytes, n);
    assert_false(disk_got(disk, "k", 5000));
    assert_false(disk_file_exists(ours));
    srv_disk_close(disk);
}

static const char child_flag[] = "--write-for-ever";

/* In a process of its own: write values until killed. */
static _Noreturn void write_for_ever(void)
{
    struct srv_disk *disk = disk_open_with(300000, NULL);
    char key[32];
    for (unsigned i = 0;; i++) {
        snprintf(key, sizeof key, "key %u", i % 40);
        struct srv_blob *blob = disk_value(key, 1000 + 700 * (i % 40));
        srv_disk_put(disk, key, strlen(key), blob, EXPENSIVE + i);
        srv_blob_unref(blob);
        disk_got(disk, key, 1000 + 700 * (i % 40));
    }
}

static void wait_for_first_file(void)
{
    uint64_t bytes;
    for (int i = 0; i < 1000 && (disk_count_files("", &bytes) == 0 || bytes == 0); i++)
        usleep(10000);
}

static pid_t start_writer(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "test_disk", child_flag, disk_dir, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Two processes write the same values into one folder and are killed at any moment, again and again: whatever is there
 * afterwards is whole. */
TEST(test_killed_writers_leave_a_sound_folder)
{
    char key[32];
    unsigned n_found = 0;
    uint64_t n_errors = 0;
    for (int round = 0; round < 15; round++) {
        pid_t a = start_writer(), b = start_writer();
        assert_true(a > 0 && b > 0);
        wait_for_first_file();
        usleep(20000 + (useconds_t)round * 7919 % 40000);
        kill(a, SIGKILL);
        kill(b, SIGKILL);
        waitpid(a, NULL, 0);
        waitpid(b, NULL, 0);
        struct srv_disk *disk = disk_open_with(300000, NULL);
        srv_disk_flush(disk);
        for (unsigned i = 0; i < 40; i++) {
            snprintf(key, sizeof key, "key %u", i);
            n_found += disk_got(disk, key, 1000 + 700 * i);
        }
        n_errors += disk_stats_of(disk).errors;
        srv_disk_close(disk);
    }
    print_message("values found after 15 kills: %u\n", n_found);
    assert_true(n_found > 0);
    assert_int_equal(n_errors, 0);
}

/* ---- behind the cache ------------------------------------------------------------------------------------------ */

static atomic_int n_made;

static enum srv_code make_slowly(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    (void)making;
    atomic_fetch_add(&n_made, 1);
    uint64_t until = srv_pool_cpu_ns() + 2000000;
    while (srv_pool_cpu_ns() < until)
        ;
    *blob = disk_value(arg, 5000);
    return *blob ? SRV_OK : SRV_NO_MEMORY;
}

TEST(test_cache_uses_the_disk)
{
    static const struct srv_make slow = {.make = make_slowly};
    static char key[] = "/init?slow";
    for (int start = 0; start < 3; start++) {
        struct srv_disk *disk = disk_open();
        struct srv_pool *pool = srv_pool_open(2, 10);
        struct srv_cache_config config = {.cache_bytes = 1 << 20, .pool = pool, .disk = disk};
        struct srv_cache *cache = srv_cache_open(&config);
        for (int again = 0; again < 2; again++) {
            struct srv_job *job;
            enum srv_how how = srv_cache_get(cache, key, strlen(key), &slow, key, &job);
            assert_int_equal(how, again ? SRV_HIT : SRV_MISS);
            assert_int_equal(srv_job_wait(job), SRV_OK);
            assert_int_equal(srv_job_from_disk(job), start > 0);
            assert_true(srv_job_stored(job));
            srv_job_unref(job);
        }
        struct srv_cache_stats stats;
        srv_disk_flush(disk);
        srv_cache_stats(cache, &stats);
        assert_int_equal(stats.disk.hits, start > 0);
        assert_int_equal(stats.disk.entries, 1);
        assert_int_equal(stats.made, start == 0);
        srv_cache_close(cache);
        srv_pool_close(pool);
        srv_disk_close(disk);
    }
    assert_int_equal(n_made, 1);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], child_flag) == 0) {
        snprintf(disk_dir, sizeof disk_dir, "%s", argv[2]);
        write_for_ever();
    }
    const struct CMUnitTest tests[] = {
        IN_A_DISK_DIR(test_values_survive_a_restart),
        IN_A_DISK_DIR(test_only_the_expensive_is_written),
        IN_A_DISK_DIR(test_digest_comes_with_the_value),
        IN_A_DISK_DIR(test_folder_is_bounded),
        IN_A_DISK_DIR(test_every_flipped_or_missing_byte_is_a_miss),
        IN_A_DISK_DIR(test_other_versions_and_keys_are_misses),
        IN_A_DISK_DIR(test_foreign_files),
        IN_A_DISK_DIR(test_two_stores_share_a_folder),
        IN_A_DISK_DIR(test_releases_do_not_mix),
        IN_A_DISK_DIR(test_killed_writers_leave_a_sound_folder),
        IN_A_DISK_DIR(test_cache_uses_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
