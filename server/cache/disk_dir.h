/* disk_dir.h - the directory of the disk tier: reads, writes, removes and lists its files.
 *
 * srv_disk_dir_name says how files are named. errno says why a function failed. Threads: any may read and remove; one
 * alone writes, lists and opens. */
#ifndef SRV_CACHE_DISK_DIR_H
#define SRV_CACHE_DISK_DIR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cache/blob.h"
#include "cache/disk_record.h"

#define SRV_DISK_NAME_BYTES (SRV_SHA256_HEX + 3) /* hex, ".wi", terminator */

#define SRV_KEY_MAX 4096 /* bytes of a key, in memory and on disk */

/* The system calls that can fail because of the disk, as in POSIX. Tests have their own. */
struct srv_disk_io {
    int (*openat)(int dir, const char *name, int flags, mode_t mode);
    ssize_t (*write)(int fd, const void *bytes, size_t n);
    ssize_t (*pread)(int fd, void *bytes, size_t n, off_t offset);
    int (*fsync)(int fd);
    int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
};

struct srv_disk_dir {
    const char *path;             /* borrowed */
    const struct srv_disk_io *io; /* borrowed */
    atomic_int fd;                /* -1: never opened */
    uint64_t nonce, n_temporary;  /* make temporary names unique */
};

void srv_disk_dir_init(struct srv_disk_dir *dir, const char *path, const struct srv_disk_io *io);
void srv_disk_dir_deinit(struct srv_disk_dir *dir);
/* Open the directory, and make it if it is missing. If it was open, open it again: its path may lead elsewhere by
 * now. */
bool srv_disk_dir_open(struct srv_disk_dir *dir);
/* Could a file be written to the directory at `path` now? Leaves nothing that was not there. False: errno says why
 * not. */
bool srv_disk_dir_can_write(const char *path);

/* The name of the file of a SHA-256, and the SHA-256 of a name. False: the name is not of this form. */
void srv_disk_dir_name(const uint8_t sha256[SRV_SHA256_BYTES], char name[SRV_DISK_NAME_BYTES]);
bool srv_disk_dir_parse(const char *name, uint8_t sha256[SRV_SHA256_BYTES]);

enum srv_found {
    SRV_FOUND,
    SRV_ABSENT, /* no such file, or no directory */
    SRV_BROKEN, /* there, but not a file as described in disk.h: to be removed */
    SRV_UNREAD  /* could not be read: no memory, no permission, input error */
};
/* Read the value of `key` from the file `name`. record->producer must be set, and must match; the rest of *record is
 * filled in. */
enum srv_found srv_disk_dir_read(struct srv_disk_dir *dir, const char *name, const void *key, size_t key_len,
                                 struct srv_budget *budget, struct srv_disk_record *record, struct srv_blob **blob);
/* Read the header of a file, for its size and cost. */
enum srv_found srv_disk_dir_peek(struct srv_disk_dir *dir, const char *name, struct srv_disk_record *record);
/* Write a file. Whatever happens, the whole file is there or none. */
bool srv_disk_dir_write(struct srv_disk_dir *dir, const char *name, const struct srv_disk_record *record,
                        const void *key, const uint8_t *body);
void srv_disk_dir_remove(struct srv_disk_dir *dir, const char *name);

/* Call `each` for up to `max` files; remove temporary files that no process has written to for ten minutes. False: the
 * directory cannot be listed. */
bool srv_disk_dir_list(struct srv_disk_dir *dir, size_t max, void (*each)(void *arg, const char *name), void *arg);

#endif
