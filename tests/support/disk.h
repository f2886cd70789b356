/* disk.h - for the tests of the disk tier: a directory of its own for every test, and values that follow from their
 * keys.
 *
 * Threads: one test at a time; the threads of the disk tier only count reports and read the clock. */
#ifndef TEST_DISK_H
#define TEST_DISK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"
#include "cache/disk.h"
#include "cache/disk_dir.h"

#define EXPENSIVE UINT64_C(1000000000) /* nanoseconds: a value that is worth a file */

/* ---- the directory ---- */

/* A test between disk_make_dir and disk_remove_dir. */
#define IN_A_DISK_DIR(test) cmocka_unit_test_setup_teardown(test, disk_make_dir, disk_remove_dir)

extern char disk_dir[256];
extern const char *disk_producer; /* the release that opens a disk tier; a part of every file's name */
int disk_make_dir(void **state);
int disk_remove_dir(void **state);

void disk_path_of(const char *name, char path[512]);
/* The name of the file of a key. */
void disk_name_of(const char *key, char name[SRV_DISK_NAME_BYTES]);
bool disk_file_exists(const char *name);
bool disk_has_file(const char *key);
/* How many files have a name with this prefix; *bytes: their sum. */
unsigned disk_count_files(const char *prefix, uint64_t *bytes);
void disk_write_file(const char *name, const void *bytes, size_t n);
size_t disk_read_file(const char *name, uint8_t *bytes, size_t cap);

/* ---- the disk tier ---- */

extern atomic_int disk_n_reports; /* by the disk tier, since disk_open */
extern char disk_last_report[512];

/* Let the time pass after which a disk tier that failed tries again. */
void disk_wait_for_retry(void);
/* io: the system's calls, or NULL for the real ones. */
struct srv_disk *disk_open_with(uint64_t max_bytes, const struct srv_disk_io *io);
/* A disk tier of 1 MiB that has read its directory; resets disk_n_reports. */
struct srv_disk *disk_open(void);
struct srv_disk_stats disk_stats_of(struct srv_disk *disk);

/* ---- values ---- */

/* The value of a key in these tests: size bytes that follow from both. The caller gives back the reference. */
struct srv_blob *disk_value(const char *key, size_t size);
/* Put the key's value and wait until it is written. */
void disk_put(struct srv_disk *disk, const char *key, size_t size, uint64_t cost_ns);
/* Is the key's value there? Asserts that it is right if it is. */
bool disk_got(struct srv_disk *disk, const char *key, size_t size);

#endif
