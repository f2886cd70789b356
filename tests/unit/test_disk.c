/* test_store.c - the disk tier: whatever happens to its files, the right bytes or none. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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
#include "support/test.h"
#include "support/failing_malloc.h"

#define EXPENSIVE UINT64_C(1000000000)

/* ---- a folder of its own for every test ------------------------------------------------------------------------ */

static char dir[256];
static const char *producer = WEIGHTD_VERSION;

static int make_dir(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/weightd-test-XXXXXX", base ? base : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int remove_dir(void **state)
{
    (void)state;
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}

static void path_of(const char *name, char path[512])
{
    snprintf(path, 512, "%s/%s", dir, name);
}

static void name_of(const char *key, char name[SRV_DISK_NAME_BYTES])
{
    static const uint16_t order = 1;
    uint8_t sha[SRV_SHA256_BYTES];
    struct srv_sha256 text;
    srv_sha256_init(&text);
    srv_sha256_add(&text, producer, strlen(producer));
    srv_sha256_add(&text, &order, sizeof order);
    srv_sha256_end(&text, sha);
    srv_sha256_init(&text);
    srv_sha256_add(&text, sha, 8);
    srv_sha256_add(&text, key, strlen(key));
    srv_sha256_end(&text, sha);
    srv_disk_dir_name(sha, name);
}

static bool exists(const char *name)
{
    char path[512];
    path_of(name, path);
    return access(path, F_OK) == 0;
}

static bool has_file(const char *key)
{
    char name[SRV_DISK_NAME_BYTES];
    name_of(key, name);
    return exists(name);
}

/* Files in the folder whose name begins so, and their bytes. */
static unsigned count_files(const char *prefix, uint64_t *bytes)
{
    unsigned n = 0;
    DIR *d = opendir(dir);
    const struct dirent *file;
    *bytes = 0;
    while (d && (file = readdir(d))) {
        struct stat st;
        if (file->d_name[0] == '.' || strncmp(file->d_name, prefix, strlen(prefix)) != 0)
            continue;
        if (fstatat(dirfd(d), file->d_name, &st, 0) == 0)
            *bytes += (uint64_t)st.st_size;
        n++;
    }
    if (d)
        closedir(d);
    return n;
}

static void write_whole(const char *name, const void *bytes, size_t n)
{
    char path[512];
    path_of(name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static size_t read_whole(const char *name, uint8_t *bytes, size_t cap)
{
    char path[512];
    path_of(name, path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, cap, file);
    fclose(file);
    return n;
}

/* ---- stores and values ----------------------------------------------------------------------------------------- */

static atomic_int n_reports;
static char last_report[512];

static void on_report(void *arg, const char *text)
{
    (void)arg;
    snprintf(last_report, sizeof last_report, "%s", text);
    atomic_fetch_add(&n_reports, 1);
}

static _Atomic uint64_t clock_ns = 1;

static uint64_t now_ns(void)
{
    return atomic_load(&clock_ns);
}

/* Let the time go by after which a store that failed tries again. */
static void wait_for_retry(void)
{
    atomic_fetch_add(&clock_ns, UINT64_C(1000000000));
}

static struct srv_disk *open_with(uint64_t max_bytes, const struct srv_disk_io *io)
{
    struct srv_disk_config config = {.dir = dir, .max_bytes = max_bytes, .report = on_report, .io = io};
    config.retry_seconds = 1;
    config.now_ns = now_ns;
    config.producer = producer;
    struct srv_disk *store = srv_disk_open(&config);
    assert_non_null(store);
    return store;
}

static struct srv_disk *open_store(void)
{
    atomic_store(&n_reports, 0);
    struct srv_disk *store = open_with(1 << 20, NULL);
    srv_disk_flush(store);
    return store;
}

/* The value of a key in these tests: `size` bytes that follow from both. */
static struct srv_blob *value(const char *key, size_t size)
{
    struct srv_blob *blob = srv_blob_new(NULL, size);
    for (size_t i = 0; blob && i < size; i++)
        blob->bytes[i] = (uint8_t)((size_t)(unsigned char)key[i % strlen(key)] + i * 7);
    return blob;
}

static void put(struct srv_disk *store, const char *key, size_t size, uint64_t cost_ns)
{
    struct srv_blob *blob = value(key, size);
    srv_disk_put(store, key, strlen(key), blob, cost_ns);
    srv_blob_unref(blob);
    srv_disk_flush(store);
}

/* Is the key's value there? It must be right if it is. */
static bool got(struct srv_disk *store, const char *key, size_t size)
{
    uint64_t cost_ns = 0;
    struct srv_blob *blob = srv_disk_get(store, key, strlen(key), NULL, &cost_ns);
    if (!blob)
        return false;
    struct srv_blob *expected = value(key, size);
    assert_int_equal(blob->size, size);
    assert_memory_equal(blob->bytes, expected->bytes, size);
    assert_true(cost_ns > 0);
    srv_blob_unref(blob);
    srv_blob_unref(expected);
    return true;
}

static struct srv_cache_stats stats_of(struct srv_disk *store)
{
    struct srv_cache_stats stats = {0};
    srv_disk_stats(store, &stats);
    return stats;
}

/* ---- the good days --------------------------------------------------------------------------------------------- */

TEST(test_values_survive_a_restart)
{
    static const size_t sizes[] = {0, 1, 1000, 300000};
    static const char *const keys[] = {"/init?a", "/init?b", "/init?c", "/init?d"};
    struct srv_disk *store = open_store();
    for (int i = 0; i < 4; i++) {
        assert_false(got(store, keys[i], sizes[i]));
        put(store, keys[i], sizes[i], EXPENSIVE);
        assert_true(got(store, keys[i], sizes[i]));
    }
    struct srv_cache_stats before = stats_of(store);
    assert_int_equal(before.disk_writes, 4);
    assert_int_equal(before.disk_hits, 4);
    assert_int_equal(before.disk_misses, 4);
    srv_disk_close(store);
    store = open_store();
    struct srv_cache_stats after = stats_of(store);
    uint64_t bytes;
    assert_int_equal(count_files("", &bytes), 4);
    assert_int_equal(after.disk_entries, 4);
    assert_int_equal(after.disk_bytes, bytes);
    assert_int_equal(after.disk_bytes, before.disk_bytes);
    for (int i = 0; i < 4; i++)
        assert_true(got(store, keys[i], sizes[i]));
    assert_int_equal(stats_of(store).disk_errors, 0);
    assert_int_equal(n_reports, 0);
    srv_disk_close(store);
    srv_disk_close(NULL);
}

TEST(test_only_the_expensive_is_written)
{
    struct srv_disk_config config = {.dir = dir,
                                     .max_bytes = 1 << 20,
                                     .min_cost_ns = SRV_DISK_MIN_COST_NS,
                                     .min_ns_per_byte = SRV_DISK_MIN_NS_PER_BYTE};
    struct srv_disk *store = srv_disk_open(&config);
    put(store, "quick", 10, SRV_DISK_MIN_COST_NS - 1);
    put(store, "quick per byte", 500000, 900000);
    put(store, "slow", 10, SRV_DISK_MIN_COST_NS);
    put(store, "larger than all", 1 << 20, EXPENSIVE);
    assert_false(has_file("quick") || has_file("quick per byte") || has_file("larger than all"));
    assert_true(has_file("slow"));
    srv_disk_close(store);
}

TEST(test_digest_comes_with_the_value)
{
    struct srv_disk *store = open_store();
    uint64_t cost_ns;
    uint8_t sha[SRV_SHA256_BYTES], expected[SRV_SHA256_BYTES];
    put(store, "k", 1000, EXPENSIVE);
    struct srv_blob *blob = srv_disk_get(store, "k", 1, NULL, &cost_ns);
    assert_non_null(blob);
    assert_true(srv_blob_sha256_known(blob, sha));
    srv_sha256(blob->bytes, blob->size, expected);
    assert_memory_equal(sha, expected, sizeof sha);
    assert_true(cost_ns == EXPENSIVE);
    srv_blob_unref(blob);
    srv_disk_close(store);
}

/* Files stay within the bound, here and after a restart; what is dear to make outlives what is cheap. */
TEST(test_folder_is_bounded)
{
    struct srv_disk *store = open_with(200000, NULL);
    char key[32];
    uint64_t bytes;
    put(store, "dear", 9000, 100 * EXPENSIVE);
    for (int i = 0; i < 60; i++) {
        snprintf(key, sizeof key, "cheap %d", i);
        put(store, key, 9000, EXPENSIVE / 1000);
        count_files("", &bytes);
        assert_true(bytes <= 200000);
        assert_int_equal(bytes, stats_of(store).disk_bytes);
    }
    assert_true(got(store, "dear", 9000));
    assert_true(got(store, "cheap 59", 9000));
    assert_false(got(store, "cheap 0", 9000));
    assert_true(stats_of(store).disk_evictions >= 39);
    srv_disk_close(store);
    store = open_with(50000, NULL);
    srv_disk_flush(store);
    count_files("", &bytes);
    assert_true(bytes <= 50000);
    assert_true(got(store, "dear", 9000));
    srv_disk_close(store);
}

/* ---- damaged files --------------------------------------------------------------------------------------------- */

#define SMALL "/init?small"
#define SMALL_BYTES 40

/* With these bytes as its file: a miss, and the file is gone; then it can be written again. */
static void expect_removed(struct srv_disk *store, const char *name, const uint8_t *bytes, size_t n)
{
    write_whole(name, bytes, n);
    assert_false(got(store, SMALL, SMALL_BYTES));
    assert_false(exists(name));
}

TEST(test_every_flipped_or_missing_byte_is_a_miss)
{
    struct srv_disk *store = open_store();
    char name[SRV_DISK_NAME_BYTES];
    uint8_t good[400], bad[400];
    name_of(SMALL, name);
    put(store, SMALL, SMALL_BYTES, EXPENSIVE);
    size_t n = read_whole(name, good, sizeof good);
    assert_int_equal(n, SRV_DISK_RECORD_BYTES + strlen(SMALL) + SMALL_BYTES);
    for (size_t i = 0; i < n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bad, good, n);
            bad[i] = (uint8_t)(bad[i] ^ 1u << bit);
            expect_removed(store, name, bad, n);
        }
    }
    for (size_t cut = 0; cut < n; cut++)
        expect_removed(store, name, good, cut);
    memset(bad, 0, sizeof bad);
    for (size_t longer = 1; longer < 3; longer++) {
        memcpy(bad, good, n);
        expect_removed(store, name, bad, n + longer);
    }
    /* Torn: the size is right, the end was never written. */
    for (size_t torn = 0; torn < n; torn += 7) {
        memset(bad, 0, sizeof bad);
        memcpy(bad, good, torn);
        expect_removed(store, name, bad, n);
    }
    assert_int_equal(n_reports, 0);
    write_whole(name, good, n);
    assert_true(got(store, SMALL, SMALL_BYTES));
    srv_disk_close(store);
}

/* A header that is consistent in itself but not ours: another version, or another key's value. */
TEST(test_other_versions_and_keys_are_misses)
{
    struct srv_disk *store = open_store();
    char name[SRV_DISK_NAME_BYTES];
    uint8_t bytes[400];
    struct srv_sha256 sha;
    name_of(SMALL, name);
    put(store, SMALL, SMALL_BYTES, EXPENSIVE);
    size_t n = read_whole(name, bytes, sizeof bytes);
    bytes[8] = SRV_DISK_RECORD_VERSION + 1;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, bytes, 72);
    srv_sha256_add(&sha, SMALL, strlen(SMALL));
    srv_sha256_end(&sha, bytes + 72);
    expect_removed(store, name, bytes, n);

    char other[SRV_DISK_NAME_BYTES];
    name_of("/init?SMALL", other);
    put(store, "/init?SMALL", SMALL_BYTES, EXPENSIVE);
    n = read_whole(other, bytes, sizeof bytes);
    expect_removed(store, name, bytes, n);
    srv_disk_close(store);
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
        write_whole(untouched[i], "mine", 4);
    write_whole(ours, "not a value, but under the name of one", 38);
    write_whole("weightd-tmp-old", "left by a crash", 15);
    path_of("weightd-tmp-old", path);
    struct timespec old[2] = {{.tv_sec = time(NULL) - 3600}, {.tv_sec = time(NULL) - 3600}};
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    struct srv_disk *store = open_store();
    assert_false(exists(ours));
    assert_false(exists("weightd-tmp-old"));
    for (size_t i = 0; i < sizeof untouched / sizeof untouched[0]; i++)
        assert_true(exists(untouched[i]));
    /* A link under our name is not followed, wherever it leads. */
    name_of(SMALL, name);
    path_of(name, path);
    put(store, SMALL, SMALL_BYTES, EXPENSIVE);
    char elsewhere[512];
    path_of("elsewhere", elsewhere);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_false(got(store, SMALL, SMALL_BYTES));
    assert_true(exists("elsewhere") && !exists(name));
    assert_int_equal(mkdir(path, 0755), 0); /* nor does a folder there stop anything */
    assert_false(got(store, SMALL, SMALL_BYTES));
    assert_int_equal(n_reports, 0);
    srv_disk_close(store);
}

/* ---- disks that fail ------------------------------------------------------------------------------------------- */

/* The n-th call of the system (of all kinds together) fails with `error`; 0: none. */
static struct {
    atomic_int left, error, calls;
    atomic_bool only_writes, stutter;
} faults;

static bool faulty(bool writes)
{
    if (atomic_load(&faults.only_writes) && !writes)
        return false;
    atomic_fetch_add(&faults.calls, 1);
    int n = atomic_load(&faults.left);
    if (n <= 0)
        return false;
    atomic_store(&faults.left, n > 1 ? n - 1 : 0);
    if (n == 1)
        errno = atomic_load(&faults.error);
    return n == 1;
}

static int faulty_openat(int at, const char *name, int flags, mode_t mode)
{
    return faulty(flags & O_CREAT) ? -1 : openat(at, name, flags, mode);
}

static ssize_t faulty_write(int fd, const void *bytes, size_t n)
{
    if (faulty(true))
        return -1;
    return write(fd, bytes, atomic_load(&faults.stutter) && n > 5 ? 5 : n);
}

static ssize_t faulty_pread(int fd, void *bytes, size_t n, off_t offset)
{
    if (faulty(false))
        return -1;
    return pread(fd, bytes, atomic_load(&faults.stutter) && n > 5 ? 5 : n, offset);
}

static int faulty_fsync(int fd)
{
    return faulty(true) ? -1 : fsync(fd);
}

static int faulty_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return faulty(true) ? -1 : renameat(from_dir, from, to_dir, to);
}

static const struct srv_disk_io faulty_io = {faulty_openat, faulty_write, faulty_pread, faulty_fsync, faulty_renameat};

static void no_faults(void)
{
    atomic_store(&faults.left, 0);
    atomic_store(&faults.only_writes, false);
    atomic_store(&faults.stutter, false);
    atomic_store(&faults.calls, 0);
    atomic_store(&n_reports, 0);
}

/* Each call fails in its turn, while writing and reading: the right value or none, no rubbish left behind. */
TEST(test_every_call_may_fail)
{
    static const int errors[] = {ENOSPC, EIO, EROFS, EINTR};
    for (int e = 0; e < 4; e++) {
        for (int n = 1;; n++) {
            uint64_t bytes;
            no_faults();
            atomic_store(&faults.error, errors[e]);
            atomic_store(&faults.left, n);
            struct srv_disk *store = open_with(1 << 20, &faulty_io);
            put(store, SMALL, SMALL_BYTES, EXPENSIVE);
            bool first = got(store, SMALL, SMALL_BYTES);
            bool fired = atomic_load(&faults.left) == 0;
            int reports = atomic_load(&n_reports);
            assert_true(reports <= 1);
            if (errors[e] != EINTR && !first)
                assert_true(fired);
            assert_int_equal(count_files("weightd-tmp-", &bytes), 0);
            srv_disk_close(store);
            store = open_store();
            put(store, SMALL, SMALL_BYTES, EXPENSIVE);
            assert_true(got(store, SMALL, SMALL_BYTES));
            srv_disk_close(store);
            remove_dir(NULL);
            assert_int_equal(mkdir(dir, 0755), 0);
            if (!fired) {
                assert_true(first && reports == 0 && n > 8);
                break;
            }
        }
    }
}

TEST(test_short_reads_and_writes)
{
    no_faults();
    atomic_store(&faults.stutter, true);
    struct srv_disk *store = open_with(1 << 20, &faulty_io);
    put(store, SMALL, 1000, EXPENSIVE);
    assert_true(got(store, SMALL, 1000));
    assert_true(atomic_load(&faults.calls) > 400);
    srv_disk_close(store);
    no_faults();
}

/* A full disk: one line, no more writing for a while, old values still served; then one line and all is well. */
TEST(test_full_disk_degrades_and_recovers)
{
    char key[32];
    no_faults();
    struct srv_disk *store = open_with(1 << 20, &faulty_io);
    put(store, "before", 1000, EXPENSIVE);
    atomic_store(&faults.only_writes, true);
    atomic_store(&faults.error, ENOSPC);
    atomic_store(&faults.left, 3);
    put(store, "full", 1000, EXPENSIVE);
    assert_int_equal(n_reports, 1);
    assert_non_null(strstr(last_report, strerror(ENOSPC)));
    assert_non_null(strstr(last_report, dir));
    int calls = atomic_load(&faults.calls);
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "while %d", i);
        put(store, key, 1000, EXPENSIVE);
    }
    assert_int_equal(n_reports, 1);
    assert_int_equal(faults.calls, calls);
    assert_true(got(store, "before", 1000));
    wait_for_retry();
    atomic_store(&faults.left, 1);
    put(store, "still full", 1000, EXPENSIVE);
    assert_int_equal(n_reports, 1);
    /* What vanished meanwhile is noticed when it works again. */
    char path[512], name[SRV_DISK_NAME_BYTES];
    name_of("before", name);
    path_of(name, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(stats_of(store).disk_entries, 1);
    wait_for_retry();
    put(store, "after", 1000, EXPENSIVE);
    assert_int_equal(n_reports, 2);
    assert_true(got(store, "after", 1000));
    assert_int_equal(stats_of(store).disk_errors, 2);
    assert_int_equal(stats_of(store).disk_entries, 1);
    srv_disk_close(store);
}

TEST(test_missing_folder)
{
    char parent[256];
    memcpy(parent, dir, sizeof parent);
    strncat(dir, "/not/there", sizeof dir - strlen(dir) - 1);
    struct srv_disk *store = open_store();
    assert_int_equal(n_reports, 1);
    assert_false(got(store, SMALL, SMALL_BYTES));
    put(store, SMALL, SMALL_BYTES, EXPENSIVE);
    assert_int_equal(n_reports, 1);
    /* Now it can be made. */
    char middle[512];
    snprintf(middle, sizeof middle, "%s/not", parent);
    assert_int_equal(mkdir(middle, 0755), 0);
    wait_for_retry();
    put(store, SMALL, SMALL_BYTES, EXPENSIVE);
    assert_true(got(store, SMALL, SMALL_BYTES));
    assert_int_equal(n_reports, 2);
    /* And now it is taken away. */
    remove_dir(NULL);
    assert_false(got(store, SMALL, SMALL_BYTES));
    put(store, SMALL, SMALL_BYTES, EXPENSIVE);
    assert_int_equal(n_reports, 3);
    wait_for_retry();
    put(store, SMALL, SMALL_BYTES, EXPENSIVE);
    assert_true(got(store, SMALL, SMALL_BYTES));
    srv_disk_close(store);
    memcpy(dir, parent, sizeof dir);
}

TEST(test_no_memory)
{
    struct srv_budget budget;
    struct srv_disk *store = open_store();
    uint64_t cost_ns;
    put(store, SMALL, 100000, EXPENSIVE);
    srv_budget_init(&budget, 50000);
    assert_null(srv_disk_get(store, SMALL, strlen(SMALL), &budget, &cost_ns));
    assert_int_equal(srv_budget_used(&budget), 0);
    assert_true(got(store, SMALL, 100000)); /* a lack of memory is not the file's fault */
    srv_disk_close(store);
    for (unsigned long n = 1;; n++) {
        struct srv_disk_config config = {.dir = dir, .max_bytes = 1 << 20};
        struct srv_blob *a = value("a", 500);
        failing_malloc_at(n);
        store = srv_disk_open(&config);
        if (store) {
            srv_disk_put(store, "a", 1, a, EXPENSIVE);
            srv_disk_flush(store);
            struct srv_blob *b = srv_disk_get(store, "a", 1, NULL, &cost_ns);
            assert_true(!b || memcmp(a->bytes, b->bytes, 500) == 0);
            srv_blob_unref(b);
            srv_disk_close(store);
        }
        srv_blob_unref(a);
        bool failed = failing_malloc_failed();
        failing_malloc_at(0);
        if (!failed) {
            assert_true(store && n > 5);
            break;
        }
    }
}

/* ---- other processes ------------------------------------------------------------------------------------------- */

TEST(test_two_stores_share_a_folder)
{
    struct srv_disk *a = open_store(), *b = open_store();
    put(a, "from a", 5000, EXPENSIVE);
    put(b, "from b", 5000, EXPENSIVE);
    assert_true(got(a, "from b", 5000));
    assert_true(got(b, "from a", 5000));
    put(a, "both", 5000, EXPENSIVE);
    put(b, "both", 5000, EXPENSIVE);
    assert_true(got(a, "both", 5000) && got(b, "both", 5000));
    /* One removes what the other knows. */
    char path[512], name[SRV_DISK_NAME_BYTES];
    name_of("from a", name);
    path_of(name, path);
    assert_int_equal(unlink(path), 0);
    assert_false(got(a, "from a", 5000));
    assert_false(got(b, "from a", 5000));
    put(b, "from a", 5000, EXPENSIVE);
    assert_true(got(a, "from a", 5000));
    assert_int_equal(stats_of(a).disk_entries, 3);
    assert_int_equal(stats_of(b).disk_entries, 3);
    assert_int_equal(n_reports, 0);
    srv_disk_close(a);
    srv_disk_close(b);
}

/* A release does not read what another has written, nor remove it, but counts its bytes. */
TEST(test_releases_do_not_mix)
{
    producer = "another";
    struct srv_disk *other = open_store();
    put(other, "k", 5000, EXPENSIVE);
    srv_disk_close(other);
    producer = WEIGHTD_VERSION;
    struct srv_disk *store = open_store();
    assert_false(got(store, "k", 5000));
    put(store, "k", 5000, EXPENSIVE);
    assert_true(got(store, "k", 5000));
    assert_int_equal(stats_of(store).disk_entries, 2);
    assert_int_equal(stats_of(store).disk_errors, 0);
    producer = "another";
    assert_true(has_file("k"));
    /* Under our name, what another wrote is not ours. */
    char theirs[SRV_DISK_NAME_BYTES], ours[SRV_DISK_NAME_BYTES];
    uint8_t bytes[6000];
    name_of("k", theirs);
    size_t n = read_whole(theirs, bytes, sizeof bytes);
    producer = WEIGHTD_VERSION;
    name_of("k", ours);
    write_whole(ours, bytes, n);
    assert_false(got(store, "k", 5000));
    assert_false(exists(ours));
    srv_disk_close(store);
}

static const char child_flag[] = "--write-for-ever";

/* In a process of its own: write values until killed. */
static _Noreturn void write_for_ever(void)
{
    struct srv_disk *store = open_with(300000, NULL);
    char key[32];
    for (unsigned i = 0;; i++) {
        snprintf(key, sizeof key, "key %u", i % 40);
        struct srv_blob *blob = value(key, 1000 + 700 * (i % 40));
        srv_disk_put(store, key, strlen(key), blob, EXPENSIVE + i);
        srv_blob_unref(blob);
        got(store, key, 1000 + 700 * (i % 40));
    }
}

static void wait_for_first_file(void)
{
    uint64_t bytes;
    for (int i = 0; i < 1000 && (count_files("", &bytes) == 0 || bytes == 0); i++)
        usleep(10000);
}

static pid_t start_writer(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "test_store", child_flag, dir, (char *)NULL);
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
        struct srv_disk *store = open_with(300000, NULL);
        srv_disk_flush(store);
        for (unsigned i = 0; i < 40; i++) {
            snprintf(key, sizeof key, "key %u", i);
            n_found += got(store, key, 1000 + 700 * i);
        }
        n_errors += stats_of(store).disk_errors;
        srv_disk_close(store);
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
    *blob = value(arg, 5000);
    return *blob ? SRV_OK : SRV_NO_MEMORY;
}

TEST(test_cache_uses_the_disk)
{
    static const struct srv_make slow = {.make = make_slowly};
    static char key[] = "/init?slow";
    for (int start = 0; start < 3; start++) {
        struct srv_disk *store = open_store();
        struct srv_pool *pool = srv_pool_open(2, 10);
        struct srv_cache_config config = {.cache_bytes = 1 << 20, .pool = pool, .store = store};
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
        srv_disk_flush(store);
        srv_cache_stats(cache, &stats);
        assert_int_equal(stats.disk_hits, start > 0);
        assert_int_equal(stats.disk_entries, 1);
        assert_int_equal(stats.made, start == 0);
        srv_cache_close(cache);
        srv_pool_close(pool);
        srv_disk_close(store);
    }
    assert_int_equal(n_made, 1);
}

#define IN_A_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], child_flag) == 0) {
        snprintf(dir, sizeof dir, "%s", argv[2]);
        write_for_ever();
    }
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(test_values_survive_a_restart),
        IN_A_FOLDER(test_only_the_expensive_is_written),
        IN_A_FOLDER(test_digest_comes_with_the_value),
        IN_A_FOLDER(test_folder_is_bounded),
        IN_A_FOLDER(test_every_flipped_or_missing_byte_is_a_miss),
        IN_A_FOLDER(test_other_versions_and_keys_are_misses),
        IN_A_FOLDER(test_foreign_files),
        IN_A_FOLDER(test_every_call_may_fail),
        IN_A_FOLDER(test_short_reads_and_writes),
        IN_A_FOLDER(test_full_disk_degrades_and_recovers),
        IN_A_FOLDER(test_missing_folder),
        IN_A_FOLDER(test_no_memory),
        IN_A_FOLDER(test_two_stores_share_a_folder),
        IN_A_FOLDER(test_releases_do_not_mix),
        IN_A_FOLDER(test_killed_writers_leave_a_sound_folder),
        IN_A_FOLDER(test_cache_uses_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
