/* see disk.h */
#include "support/test.h"
#include "support/disk.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char disk_dir[256];
const char *disk_producer = WEIGHTD_VERSION;

SETUP(disk_make_dir)
{
    const char *base = getenv("TMPDIR");
    snprintf(disk_dir, sizeof disk_dir, "%s/weightd-test-XXXXXX", base ? base : "/tmp");
    return mkdtemp(disk_dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

TEARDOWN(disk_remove_dir)
{
    nftw(disk_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}

void disk_path_of(const char *name, char path[512])
{
    snprintf(path, 512, "%s/%s", disk_dir, name);
}

void disk_name_of(const char *key, char name[SRV_DISK_NAME_BYTES])
{
    static const uint16_t order = 1;
    uint8_t sha[SRV_SHA256_BYTES];
    struct srv_sha256 text;
    srv_sha256_init(&text);
    srv_sha256_add(&text, disk_producer, strlen(disk_producer));
    srv_sha256_add(&text, &order, sizeof order);
    srv_sha256_end(&text, sha);
    srv_sha256_init(&text);
    srv_sha256_add(&text, sha, 8);
    srv_sha256_add(&text, key, strlen(key));
    srv_sha256_end(&text, sha);
    srv_disk_dir_name(sha, name);
}

bool disk_file_exists(const char *name)
{
    char path[512];
    disk_path_of(name, path);
    return access(path, F_OK) == 0;
}

bool disk_has_file(const char *key)
{
    char name[SRV_DISK_NAME_BYTES];
    disk_name_of(key, name);
    return disk_file_exists(name);
}

unsigned disk_count_files(const char *prefix, uint64_t *bytes)
{
    unsigned n = 0;
    DIR *d = opendir(disk_dir);
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

void disk_write_file(const char *name, const void *bytes, size_t n)
{
    char path[512];
    disk_path_of(name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

size_t disk_read_file(const char *name, uint8_t *bytes, size_t cap)
{
    char path[512];
    disk_path_of(name, path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, cap, file);
    fclose(file);
    return n;
}

atomic_int disk_n_reports;
char disk_last_report[512];

static void on_report(void *arg, const char *text)
{
    (void)arg;
    snprintf(disk_last_report, sizeof disk_last_report, "%s", text);
    atomic_fetch_add(&disk_n_reports, 1);
}

static _Atomic uint64_t clock_ns = 1;

static uint64_t now_ns(void)
{
    return atomic_load(&clock_ns);
}

void disk_wait_for_retry(void)
{
    atomic_fetch_add(&clock_ns, UINT64_C(1000000000));
}

struct srv_disk *disk_open_with(uint64_t max_bytes, const struct srv_disk_io *io)
{
    struct srv_disk_config config = {.dir = disk_dir, .max_bytes = max_bytes, .report = on_report, .io = io};
    config.retry_seconds = 1;
    config.now_ns = now_ns;
    config.producer = disk_producer;
    struct srv_disk *disk = srv_disk_open(&config);
    assert_non_null(disk);
    return disk;
}

struct srv_disk *disk_open(void)
{
    atomic_store(&disk_n_reports, 0);
    struct srv_disk *disk = disk_open_with(1 << 20, NULL);
    srv_disk_flush(disk);
    return disk;
}

struct srv_blob *disk_value(const char *key, size_t size)
{
    struct srv_blob *blob = srv_blob_new(NULL, size);
    for (size_t i = 0; blob && i < size; i++)
        blob->bytes[i] = (uint8_t)((size_t)(unsigned char)key[i % strlen(key)] + i * 7);
    return blob;
}

void disk_put(struct srv_disk *disk, const char *key, size_t size, uint64_t cost_ns)
{
    struct srv_blob *blob = disk_value(key, size);
    srv_disk_put(disk, key, strlen(key), blob, cost_ns);
    srv_blob_unref(blob);
    srv_disk_flush(disk);
}

bool disk_got(struct srv_disk *disk, const char *key, size_t size)
{
    uint64_t cost_ns = 0;
    struct srv_blob *blob = srv_disk_get(disk, key, strlen(key), NULL, &cost_ns);
    if (!blob)
        return false;
    struct srv_blob *expected = disk_value(key, size);
    assert_int_equal(blob->size, size);
    assert_memory_equal(blob->bytes, expected->bytes, size);
    assert_true(cost_ns > 0);
    srv_blob_unref(blob);
    srv_blob_unref(expected);
    return true;
}

struct srv_disk_stats disk_stats_of(struct srv_disk *disk)
{
    struct srv_disk_stats stats = {0};
    srv_disk_stats(disk, &stats);
    return stats;
}
