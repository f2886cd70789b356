/* see disk_index.h */
#include "cache/disk_index.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct srv_disk_file {
    struct srv_rank rank;
    LIST_ENTRY(srv_disk_file) chain;
    uint64_t bytes, scan; /* scan: number of the last scan that found this file */
    uint8_t sha256[SRV_SHA256_BYTES];
};

#define BUCKETS (sizeof((struct srv_disk_index *)0)->buckets / sizeof(struct srv_disk_files))

UNCHECKED bool srv_disk_index_init(struct srv_disk_index *index, uint64_t max_bytes)
{
    index->max_bytes = max_bytes;
    pthread_mutex_init(&index->lock, NULL);
    return srv_evict_init(&index->evict, SRV_DISK_FILES_MAX);
}

UNCHECKED void srv_disk_index_deinit(struct srv_disk_index *index)
{
    struct srv_disk_file *file;
    for (size_t i = 0; i < BUCKETS; i++) {
        while ((file = LIST_FIRST(&index->buckets[i]))) {
            LIST_REMOVE(file, chain);
            free(file);
        }
    }
    srv_evict_deinit(&index->evict);
    pthread_mutex_destroy(&index->lock);
}

REQUIRES(index_lock) static struct srv_disk_files *bucket_locked(struct srv_disk_index *index, const uint8_t *sha256)
{
    size_t hash;
    memcpy(&hash, sha256, sizeof hash);
    return &index->buckets[hash % BUCKETS];
}

REQUIRES(index_lock) static struct srv_disk_file *find_locked(struct srv_disk_index *index, const uint8_t *sha256)
{
    struct srv_disk_file *file;
    LIST_FOREACH(file, bucket_locked(index, sha256), chain)
    if (memcmp(file->sha256, sha256, SRV_SHA256_BYTES) == 0)
        return file;
    return NULL;
}

bool srv_disk_index_find(struct srv_disk_index *index, const uint8_t sha256[SRV_SHA256_BYTES], bool used)
{
    index_lock_take(&index->lock);
    struct srv_disk_file *file = find_locked(index, sha256);
    if (file) {
        file->scan = index->scan;
        if (used)
            srv_evict_touch(&index->evict, &file->rank);
    }
    index_lock_give(&index->lock);
    return file != NULL;
}

void srv_disk_index_add(struct srv_disk_index *index, const uint8_t sha256[SRV_SHA256_BYTES],
                        const struct srv_disk_record *record)
{
    struct srv_disk_file *file = calloc(1, sizeof *file);
    if (!file)
        return;
    memcpy(file->sha256, sha256, SRV_SHA256_BYTES);
    file->bytes = srv_disk_record_file_bytes(record);
    index_lock_take(&index->lock);
    bool added = !find_locked(index, sha256) && index->evict.n < index->evict.max;
    if (added) {
        file->scan = index->scan;
        LIST_INSERT_HEAD(bucket_locked(index, sha256), file, chain);
        srv_evict_add(&index->evict, &file->rank, record->cost_ns, file->bytes);
        index->bytes += file->bytes;
    }
    index_lock_give(&index->lock);
    if (!added)
        free(file);
}

/* The file is not in the eviction order any more. The caller frees it. */
REQUIRES(index_lock) static void unlink_locked(struct srv_disk_index *index, struct srv_disk_file *file)
{
    LIST_REMOVE(file, chain);
    index->bytes -= file->bytes;
}

void srv_disk_index_remove(struct srv_disk_index *index, const uint8_t sha256[SRV_SHA256_BYTES])
{
    index_lock_take(&index->lock);
    struct srv_disk_file *file = find_locked(index, sha256);
    if (file) {
        srv_evict_remove(&index->evict, &file->rank);
        unlink_locked(index, file);
    }
    index_lock_give(&index->lock);
    free(file);
}

bool srv_disk_index_evict(struct srv_disk_index *index, uint64_t bytes, uint8_t sha256[SRV_SHA256_BYTES])
{
    index_lock_take(&index->lock);
    bool full = index->evict.n > 0 && (index->bytes + bytes > index->max_bytes || index->evict.n == index->evict.max);
    if (full) {
        char *rank = (char *)srv_evict_pop(&index->evict);
        struct srv_disk_file *file = (struct srv_disk_file *)(void *)(rank - offsetof(struct srv_disk_file, rank));
        unlink_locked(index, file);
        memcpy(sha256, file->sha256, SRV_SHA256_BYTES);
        index->evictions++;
        free(file);
    }
    index_lock_give(&index->lock);
    return full;
}

void srv_disk_index_begin_scan(struct srv_disk_index *index)
{
    index_lock_take(&index->lock);
    index->scan++;
    index_lock_give(&index->lock);
}

/* The lock is given between buckets, so that readers do not wait for all of them. */
void srv_disk_index_end_scan(struct srv_disk_index *index)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        index_lock_take(&index->lock);
        for (struct srv_disk_file *file = LIST_FIRST(&index->buckets[i]), *next; file; file = next) {
            next = LIST_NEXT(file, chain);
            if (file->scan != index->scan) {
                srv_evict_remove(&index->evict, &file->rank);
                unlink_locked(index, file);
                free(file);
            }
        }
        index_lock_give(&index->lock);
    }
}

void srv_disk_index_count(struct srv_disk_index *index, uint64_t *bytes, uint64_t *files, uint64_t *evictions)
{
    index_lock_take(&index->lock);
    *bytes = index->bytes;
    *files = index->evict.n;
    *evictions = index->evictions;
    index_lock_give(&index->lock);
}
