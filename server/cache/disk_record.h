/* disk_record.h - the header of a disk-tier file (layout in disk.h), as bytes and as a struct.
 *
 * Pure functions over memory; no input makes decode read outside its buffer. */
#ifndef SRV_CACHE_DISK_RECORD_H
#define SRV_CACHE_DISK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"

#define SRV_DISK_RECORD_BYTES 104
#define SRV_DISK_RECORD_VERSION 1

struct srv_disk_record {
    uint32_t key_bytes;
    uint64_t body_bytes, cost_ns;
    uint64_t producer; /* who wrote it: see disk.h */
    uint8_t body_sha256[SRV_SHA256_BYTES];
};

/* Write the header for an entry with that key (entry->key_bytes long). */
void srv_disk_record_encode(const struct srv_disk_record *entry, const void *key, uint8_t out[SRV_DISK_RECORD_BYTES]);
/* Read a header: false unless magic, version and sizes are those of a file of file_bytes bytes. */
bool srv_disk_record_decode(struct srv_disk_record *entry, const uint8_t bytes[SRV_DISK_RECORD_BYTES],
                            uint64_t file_bytes);
/* Do a header that was decoded and the key_bytes behind it (`stored_key`) belong together and to this key? */
bool srv_disk_record_matches(const struct srv_disk_record *entry, const uint8_t bytes[SRV_DISK_RECORD_BYTES],
                             const void *stored_key, const void *key, size_t key_len);
uint64_t srv_disk_record_file_bytes(const struct srv_disk_record *entry);

#endif
