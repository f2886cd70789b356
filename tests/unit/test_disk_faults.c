/* test_disk_faults.c - the disk tier when the disk fails, its directory is missing or memory is short. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/disk.h"
#include "support/failing_malloc.h"
#include "support/test.h"

#define SMALL "/init?small"
#define SMALL_BYTES 40

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
    atomic_store(&disk_n_reports, 0);
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
            struct srv_disk *disk = disk_open_with(1 << 20, &faulty_io);
            disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
            bool first = disk_got(disk, SMALL, SMALL_BYTES);
            bool fired = atomic_load(&faults.left) == 0;
            int reports = atomic_load(&disk_n_reports);
            assert_true(reports <= 1);
            if (errors[e] != EINTR && !first)
                assert_true(fired);
            assert_int_equal(disk_count_files("weightd-tmp-", &bytes), 0);
            srv_disk_close(disk);
            disk = disk_open();
            disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
            assert_true(disk_got(disk, SMALL, SMALL_BYTES));
            srv_disk_close(disk);
            disk_remove_dir(NULL);
            assert_int_equal(mkdir(disk_dir, 0755), 0);
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
    struct srv_disk *disk = disk_open_with(1 << 20, &faulty_io);
    disk_put(disk, SMALL, 1000, EXPENSIVE);
    assert_true(disk_got(disk, SMALL, 1000));
    assert_true(atomic_load(&faults.calls) > 400);
    srv_disk_close(disk);
    no_faults();
}

/* A full disk: one line, no more writing for a while, old values still served; then one line and all is well. */
TEST(test_full_disk_degrades_and_recovers)
{
    char key[32];
    no_faults();
    struct srv_disk *disk = disk_open_with(1 << 20, &faulty_io);
    disk_put(disk, "before", 1000, EXPENSIVE);
    atomic_store(&faults.only_writes, true);
    atomic_store(&faults.error, ENOSPC);
    atomic_store(&faults.left, 3);
    disk_put(disk, "full", 1000, EXPENSIVE);
    assert_int_equal(disk_n_reports, 1);
    assert_non_null(strstr(disk_last_report, strerror(ENOSPC)));
    assert_non_null(strstr(disk_last_report, disk_dir));
    int calls = atomic_load(&faults.calls);
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "while %d", i);
        disk_put(disk, key, 1000, EXPENSIVE);
    }
    assert_int_equal(disk_n_reports, 1);
    assert_int_equal(faults.calls, calls);
    assert_true(disk_got(disk, "before", 1000));
    disk_wait_for_retry();
    atomic_store(&faults.left, 1);
    disk_put(disk, "still full", 1000, EXPENSIVE);
    assert_int_equal(disk_n_reports, 1);
    /* What vanished meanwhile is noticed when it works again. */
    char path[512], name[SRV_DISK_NAME_BYTES];
    disk_name_of("before", name);
    disk_path_of(name, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(disk_stats_of(disk).entries, 1);
    disk_wait_for_retry();
    disk_put(disk, "after", 1000, EXPENSIVE);
    assert_int_equal(disk_n_reports, 2);
    assert_true(disk_got(disk, "after", 1000));
    assert_int_equal(disk_stats_of(disk).errors, 2);
    assert_int_equal(disk_stats_of(disk).entries, 1);
    srv_disk_close(disk);
}

TEST(test_missing_folder)
{
    char parent[256];
    memcpy(parent, disk_dir, sizeof parent);
    strncat(disk_dir, "/not/there", sizeof disk_dir - strlen(disk_dir) - 1);
    struct srv_disk *disk = disk_open();
    assert_int_equal(disk_n_reports, 1);
    assert_false(disk_got(disk, SMALL, SMALL_BYTES));
    disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
    assert_int_equal(disk_n_reports, 1);
    /* Now it can be made. */
    char middle[512];
    snprintf(middle, sizeof middle, "%s/not", parent);
    assert_int_equal(mkdir(middle, 0755), 0);
    disk_wait_for_retry();
    disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
    assert_true(disk_got(disk, SMALL, SMALL_BYTES));
    assert_int_equal(disk_n_reports, 2);
    /* And now it is taken away. */
    disk_remove_dir(NULL);
    assert_false(disk_got(disk, SMALL, SMALL_BYTES));
    disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
    assert_int_equal(disk_n_reports, 3);
    disk_wait_for_retry();
    disk_put(disk, SMALL, SMALL_BYTES, EXPENSIVE);
    assert_true(disk_got(disk, SMALL, SMALL_BYTES));
    srv_disk_close(disk);
    memcpy(disk_dir, parent, sizeof disk_dir);
}

TEST(test_no_memory)
{
    struct srv_budget budget;
    struct srv_disk *disk = disk_open();
    uint64_t cost_ns;
    disk_put(disk, SMALL, 100000, EXPENSIVE);
    srv_budget_init(&budget, 50000);
    assert_null(srv_disk_get(disk, SMALL, strlen(SMALL), &budget, &cost_ns));
    assert_int_equal(srv_budget_used(&budget), 0);
    assert_true(disk_got(disk, SMALL, 100000)); /* a lack of memory is not the file's fault */
    srv_disk_close(disk);
    for (unsigned long n = 1;; n++) {
        struct srv_disk_config config = {.dir = disk_dir, .max_bytes = 1 << 20};
        struct srv_blob *a = disk_value("a", 500);
        failing_malloc_at(n);
        disk = srv_disk_open(&config);
        if (disk) {
            srv_disk_put(disk, "a", 1, a, EXPENSIVE);
            srv_disk_flush(disk);
            struct srv_blob *b = srv_disk_get(disk, "a", 1, NULL, &cost_ns);
            assert_true(!b || memcmp(a->bytes, b->bytes, 500) == 0);
            srv_blob_unref(b);
            srv_disk_close(disk);
        }
        srv_blob_unref(a);
        bool failed = failing_malloc_failed();
        failing_malloc_at(0);
        if (!failed) {
            assert_true(disk && n > 5);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_DISK_DIR(test_every_call_may_fail),
        IN_A_DISK_DIR(test_short_reads_and_writes),
        IN_A_DISK_DIR(test_full_disk_degrades_and_recovers),
        IN_A_DISK_DIR(test_missing_folder),
        IN_A_DISK_DIR(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
