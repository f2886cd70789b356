/* disk_dir.h - the disk tier's folder: one file read, written or removed at a time, no memory of what is in it.
 *
 * Names: srv_disk_dir_name. Failures are told by errno. Threads: reading and removing from any; writing, listing and
 * opening from one thread. */
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

/* The system calls that can fail for reasons of the disk; tests put their own here. As in POSIX. */
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
    uint64_t nonce, n_temporary;  /* make temporary names unique among processes */
};

void srv_disk_dir_init(struct srv_disk_dir *folder, const char *path, const struct srv_disk_io *io);
void srv_disk_dir_deinit(struct srv_disk_dir *folder);
/* Make the folder if it is missing and open it, anew if it was open: its path may lead elsewhere by now. */
bool srv_disk_dir_open(struct srv_disk_dir *folder);
/* Could a file be written to the folder now? Leaves nothing that was not there. False: errno says why not. */
bool srv_disk_dir_can_write(const char *path);

/* The file name of a SHA-256, and back: false when the name is not one of ours. */
void srv_disk_dir_name(const uint8_t sha256[SRV_SHA256_BYTES], char name[SRV_DISK_NAME_BYTES]);
bool srv_disk_dir_parse(const char *name, uint8_t sha256[SRV_SHA256_BYTES]);

enum srv_found {
    SRV_FOUND,
    SRV_ABSENT, /* no such file, or no folder */
    SRV_BROKEN, /* there, but not what it should be: remove it */
    SRV_UNREAD  /* could not be read for now: no memory, no permission, input error */
};
/* Read the value of `key`, by entry->producer, whose file is `name`; fills in the rest of *entry. */
enum srv_found srv_disk_dir_read(struct srv_disk_dir *folder, const char *name, const void *key, size_t key_len,
                                 struct srv_budget *budget, struct srv_disk_record *entry, struct srv_blob **blob);
/* Read a file's header alone, for its size and cost. */
enum srv_found srv_disk_dir_peek(struct srv_disk_dir *folder, const char *name, struct srv_disk_record *entry);
/* Write a file so that it is there whole or not at all, whatever happens. */
bool srv_disk_dir_write(struct srv_disk_dir *folder, const char *name, const struct srv_disk_record *entry,
                        const void *key, const uint8_t *body);
void srv_disk_dir_remove(struct srv_disk_dir *folder, const char *name);

/* Call `each` for up to `max` files with names of ours; remove temporary files that nobody has written to for ten
 * minutes. False: the folder cannot be listed. */
bool srv_disk_dir_list(struct srv_disk_dir *folder, size_t max, void (*each)(void *arg, const char *name), void *arg);

#endif
