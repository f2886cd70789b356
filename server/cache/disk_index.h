/* disk_index.h - the files of the disk tier that this process knows of, and which of them goes first (evict.h).
 *
 * Memory : a file takes about 120 bytes; there are at most SRV_DISK_FILES_MAX.
 * Threads: every function but init and deinit may be called from any thread. */
#ifndef SRV_CACHE_DISK_INDEX_H
#define SRV_CACHE_DISK_INDEX_H

#include <pthread.h>
#include <sys/queue.h>

#include "base/lock.h"
#include "cache/disk_record.h"
#include "cache/evict.h"

#define SRV_DISK_FILES_MAX 65536

DECLARE_LOCK(index_lock);
LIST_HEAD(srv_disk_files, srv_disk_file);

struct srv_disk_index {
    uint64_t max_bytes;
    pthread_mutex_t lock;
    struct srv_disk_files buckets[16384] GUARDED_BY(index_lock);
    struct srv_evict evict GUARDED_BY(index_lock);
    uint64_t bytes GUARDED_BY(index_lock), evictions GUARDED_BY(index_lock);
    uint64_t scan GUARDED_BY(index_lock); /* number of the scan that runs, or ran last */
};

/* To be zero at first. max_bytes: of all files. False: no memory. */
bool srv_disk_index_init(struct srv_disk_index *index, uint64_t max_bytes);
void srv_disk_index_deinit(struct srv_disk_index *index);

/* Is the file known? Marks it as found by the scan that runs. used: counts a use. */
bool srv_disk_index_find(struct srv_disk_index *index, const uint8_t sha256[SRV_SHA256_BYTES], bool used);
/* Add a file. Without memory for it, or when there are too many, it stays unknown until a later scan. */
void srv_disk_index_add(struct srv_disk_index *index, const uint8_t sha256[SRV_SHA256_BYTES],
                        const struct srv_disk_record *record);
void srv_disk_index_remove(struct srv_disk_index *index, const uint8_t sha256[SRV_SHA256_BYTES]);
/* Remove the file that goes first, to make room for a file of so many bytes. False: there is room. */
bool srv_disk_index_evict(struct srv_disk_index *index, uint64_t bytes, uint8_t sha256[SRV_SHA256_BYTES]);

/* Begin a scan of the directory. */
void srv_disk_index_begin_scan(struct srv_disk_index *index);
/* End a scan that was complete: remove the files that it has not found, as another process has removed them. */
void srv_disk_index_end_scan(struct srv_disk_index *index);

void srv_disk_index_count(struct srv_disk_index *index, uint64_t *bytes, uint64_t *files, uint64_t *evictions);

#endif
