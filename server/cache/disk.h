/* disk.h - the disk tier: what was expensive to make, kept across restarts.
 *
 * A folder of files, one per entry, named by the SHA-256 of producer and key. File (integers little-endian):
 *
 *     0    8  "weightd\0"             40  32  SHA-256 of the body
 *     8    4  version (1)             72  32  SHA-256 of bytes 0..71 and the key
 *    12    4  key bytes              104      the key, then the body, then the end of the file
 *    16    8  body bytes
 *    24    8  cost (ns of processor time)
 *    32    8  producer
 *
 * Producer: values of one key are equal for ever where they are bodies; what else is kept (a matrix that bodies are
 * read from) may change its layout from one release to the next, and is in the machine's byte order. So each release,
 * and each byte order, has entries of its own; those of others are left alone, and go when room is needed.
 *
 * A file is written under a temporary name, synced, renamed, and the folder synced: a crash leaves the old state or the
 * new one, and at worst a temporary file, which a later start removes. Whatever does not match when it is read (torn,
 * cut, flipped, foreign, another version or key) is a miss, and the file is removed. Files with names that are not ours
 * are never touched.
 *
 * Failure: a folder that is missing, full or not writable degrades to memory alone: one report when it starts, one when
 * it ends, and a new try every retry_seconds. Nothing here makes a request fail.
 * Bounds : the files this process knows of stay within max_bytes, eviction as in evict.h. Other processes may share the
 * folder (all that is needed is that rename is atomic); their files are learnt of by looking again from time to time.
 * Threads: reading is done by the caller (a compute thread, never a network thread); writing, removing and looking
 * around are done by one thread of the store's own. Blobs that wait to be written are held by reference. */
#ifndef SRV_CACHE_DISK_H
#define SRV_CACHE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cache/blob.h"
#include "cache/disk_dir.h"
#include "cache/evict.h"

struct srv_disk;

struct srv_disk_config {
    const char *dir;          /* created if missing (one level) */
    uint64_t max_bytes;       /* of all entry files */
    uint64_t min_cost_ns;     /* what cost less to make is not written */
    double min_ns_per_byte;   /* nor what is made nearly as fast as it is read back and checked */
    const char *producer;     /* identifies the release; NULL: this one */
    unsigned retry_seconds;   /* after a failure to write; 0: 30 */
    uint64_t (*now_ns)(void); /* the clock for that; NULL: srv_now_ns */
    void (*report)(void *arg,
                   const char *text); /* one line for the log, from srv_disk_open or the store's thread; NULL: none */
    void *report_arg;
    const struct srv_disk_io *io; /* NULL: the system's */
};
#define SRV_DISK_MIN_COST_NS 500000
/* Reading back takes about 0.9 ns per byte, most of it SHA-256. */
#define SRV_DISK_MIN_NS_PER_BYTE 2.0

/* NULL: no memory (never because of the folder). */
struct srv_disk *srv_disk_open(const struct srv_disk_config *config);
/* Write what waits, stop. NULL is fine. */
void srv_disk_close(struct srv_disk *store);
/* Block until all that was put is written or given up. */
void srv_disk_flush(struct srv_disk *store);

/* The value of a key, as a blob charged to budget, and what it had cost; NULL: not there (or no room). */
struct srv_blob *srv_disk_get(struct srv_disk *store, const void *key, size_t key_len, struct srv_budget *budget,
                              uint64_t *cost_ns);
/* Have a value written, if it was expensive enough and the queue has room. Takes its own reference. */
void srv_disk_put(struct srv_disk *store, const void *key, size_t key_len, struct srv_blob *blob, uint64_t cost_ns);

struct srv_disk_stats {
    uint64_t hits, misses, writes, errors, evictions; /* counted */
    uint64_t bytes, entries;                          /* now */
};
void srv_disk_stats(struct srv_disk *store, struct srv_disk_stats *stats);

#endif
