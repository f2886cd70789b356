/* folder.h - the disk tier's folder: one file read, written or removed at a time, no memory of what is in it.
 *
 * Names: srv_folder_name. Failures are told by errno. Threads: reading and removing from any; writing, listing and
 * opening from one thread. */
#ifndef SRV_FOLDER_H
#define SRV_FOLDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cache/disk_record.h"
#include "cache/disk.h"

#define SRV_FOLDER_NAME_BYTES (SRV_SHA256_HEX + 3) /* hex, ".wi", terminator */

struct srv_folder {
    const char *path;              /* borrowed */
    const struct srv_store_io *io; /* borrowed */
    atomic_int fd;                 /* -1: never opened */
    uint64_t nonce, n_temporary;   /* make temporary names unique among processes */
};

void srv_folder_init(struct srv_folder *folder, const char *path, const struct srv_store_io *io);
void srv_folder_deinit(struct srv_folder *folder);
/* Make the folder if it is missing and open it, anew if it was open: its path may lead elsewhere by now. */
bool srv_folder_open(struct srv_folder *folder);

/* The file name of a SHA-256, and back: false when the name is not one of ours. */
void srv_folder_name(const uint8_t sha256[SRV_SHA256_BYTES], char name[SRV_FOLDER_NAME_BYTES]);
bool srv_folder_parse(const char *name, uint8_t sha256[SRV_SHA256_BYTES]);

enum srv_found {
    SRV_FOUND,
    SRV_ABSENT,  /* no such file, or no folder */
    SRV_BROKEN,  /* there, but not what it should be: remove it */
    SRV_UNREAD   /* could not be read for now: no memory, no permission, input error */
};
/* Read the value of `key`, by entry->producer, whose file is `name`; fills in the rest of *entry. */
enum srv_found srv_folder_read(struct srv_folder *folder, const char *name, const void *key, size_t key_len,
                               struct srv_budget *budget, struct srv_entry *entry, struct srv_blob **blob);
/* Read a file's header alone, for its size and cost. */
enum srv_found srv_folder_peek(struct srv_folder *folder, const char *name, struct srv_entry *entry);
/* Write a file so that it is there whole or not at all, whatever happens. */
bool srv_folder_write(struct srv_folder *folder, const char *name, const struct srv_entry *entry, const void *key,
                      const uint8_t *body);
void srv_folder_remove(struct srv_folder *folder, const char *name);

/* Call `each` for up to `max` files with names of ours; remove temporary files that nobody has written to for ten
 * minutes. False: the folder cannot be listed. */
bool srv_folder_list(struct srv_folder *folder, size_t max, void (*each)(void *arg, const char *name), void *arg);

#endif
