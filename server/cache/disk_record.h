/* disk_record.h - the header of a file of the disk tier (disk.h has the layout), as bytes and as a struct.
 *
 * Pure functions over memory; whatever the bytes are, decode reads the header alone. */
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
    uint64_t producer; /* see disk.h */
    uint8_t body_sha256[SRV_SHA256_BYTES];
};

/* Write the header of a record with that key, of record->key_bytes bytes. */
void srv_disk_record_encode(const struct srv_disk_record *record, const void *key, uint8_t out[SRV_DISK_RECORD_BYTES]);
/* Read a header. False: magic, version or sizes are not those of a file of file_bytes bytes. */
bool srv_disk_record_decode(struct srv_disk_record *record, const uint8_t bytes[SRV_DISK_RECORD_BYTES],
                            uint64_t file_bytes);
/* Do a decoded header and the key behind it (stored_key) belong to each other, and is the key this one? */
bool srv_disk_record_matches(const struct srv_disk_record *record, const uint8_t bytes[SRV_DISK_RECORD_BYTES],
                             const void *stored_key, const void *key, size_t key_len);
/* Bytes of the whole file. */
uint64_t srv_disk_record_file_bytes(const struct srv_disk_record *record);

#endif
