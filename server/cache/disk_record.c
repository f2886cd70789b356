/* disk_record.c - see disk_record.h. */
#include "cache/disk_record.h"

#include <string.h>

enum {
    AT_MAGIC = 0,
    AT_VERSION = 8,
    AT_KEY_BYTES = 12,
    AT_BODY_BYTES = 16,
    AT_COST = 24,
    AT_PRODUCER = 32,
    AT_BODY_SHA = 40,
    AT_HEADER_SHA = 72
};

static const uint8_t magic[8] = "weightd";

static void put(uint8_t *out, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *in, unsigned n)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n; i++)
        value |= (uint64_t)in[i] << (8 * i);
    return value;
}

void srv_disk_record_encode(const struct srv_disk_record *record, const void *key, uint8_t out[SRV_DISK_RECORD_BYTES])
{
    memcpy(out + AT_MAGIC, magic, sizeof magic);
    put(out + AT_VERSION, SRV_DISK_RECORD_VERSION, 4);
    put(out + AT_KEY_BYTES, record->key_bytes, 4);
    put(out + AT_BODY_BYTES, record->body_bytes, 8);
    put(out + AT_COST, record->cost_ns, 8);
    put(out + AT_PRODUCER, record->producer, 8);
    memcpy(out + AT_BODY_SHA, record->body_sha256, SRV_SHA256_BYTES);
    srv_sha256_pair(out, AT_HEADER_SHA, key, record->key_bytes, out + AT_HEADER_SHA);
}

uint64_t srv_disk_record_file_bytes(const struct srv_disk_record *record)
{
    return SRV_DISK_RECORD_BYTES + (uint64_t)record->key_bytes + record->body_bytes;
}

bool srv_disk_record_decode(struct srv_disk_record *record, const uint8_t bytes[SRV_DISK_RECORD_BYTES],
                            uint64_t file_bytes)
{
    if (memcmp(bytes + AT_MAGIC, magic, sizeof magic) != 0 || get(bytes + AT_VERSION, 4) != SRV_DISK_RECORD_VERSION)
        return false;
    record->key_bytes = (uint32_t)get(bytes + AT_KEY_BYTES, 4);
    record->body_bytes = get(bytes + AT_BODY_BYTES, 8);
    record->cost_ns = get(bytes + AT_COST, 8);
    record->producer = get(bytes + AT_PRODUCER, 8);
    memcpy(record->body_sha256, bytes + AT_BODY_SHA, SRV_SHA256_BYTES);
    return record->body_bytes <= file_bytes && srv_disk_record_file_bytes(record) == file_bytes;
}

bool srv_disk_record_matches(const struct srv_disk_record *record, const uint8_t bytes[SRV_DISK_RECORD_BYTES],
                             const void *stored_key, const void *key, size_t key_len)
{
    uint8_t sha[SRV_SHA256_BYTES];
    if (record->key_bytes != key_len || memcmp(stored_key, key, key_len) != 0)
        return false;
    srv_sha256_pair(bytes, AT_HEADER_SHA, key, key_len, sha);
    return memcmp(sha, bytes + AT_HEADER_SHA, sizeof sha) == 0;
}
