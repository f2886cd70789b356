/* disk.h - the disk tier: values that were expensive to make, kept across restarts.
 *
 * A directory of files, one per value, named by the SHA-256 of producer and key. A file (integers little-endian):
 *
 *     0    8  "weightd\0"             40  32  SHA-256 of the body
 *     8    4  version (1)             72  32  SHA-256 of bytes 0..71 and the key
 *    12    4  key bytes              104      the key, then the body, then the end of the file
 *    16    8  body bytes
 *    24    8  cost (ns of processor time)
 *    32    8  producer
 *
 * Producer: the release and the byte order. Bodies of one key are equal for ever; but the other values that are kept (a
 * matrix that bodies are read from) are in the machine's byte order, and a release may change their layout. Each
 * producer therefore has files of its own. The files of other producers are left alone until room is needed.
 *
 * A file is written under a temporary name, synced and renamed, then the directory is synced. A crash leaves the old
 * state or the new state, and at worst a temporary file, which a later start removes. A file that does not match when
 * it is read (torn, cut, flipped, foreign, of another version or key) is a miss, and is removed. Files that are not
 * named as above are never touched.
 *
 * Failure: without a directory that can be written to, the cache works in memory alone. The start and the end of that
 * are reported, and writing is tried again every retry_seconds. A failure here never makes a request fail.
 * Bounds : the files that this process knows of stay within max_bytes; evict.h says which go first. Other processes may
 * use the directory too, if rename is atomic in it. A scan from time to time finds their files.
 * Threads: the caller reads, on a thread that computes, never on a network thread. One thread of the disk tier's own
 * writes, removes and scans. Blobs that wait to be written are held by reference. */
#ifndef SRV_CACHE_DISK_H
#define SRV_CACHE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cache/blob.h"
#include "cache/disk_dir.h"

struct srv_disk;

struct srv_disk_config {
    const char *dir;          /* created if missing (one level) */
    uint64_t max_bytes;       /* of all files */
    uint64_t min_cost_ns;     /* a value that cost less is not written */
    double min_ns_per_byte;   /* nor one that is made nearly as fast as it is read back and checked */
    const char *producer;     /* identifies the release; NULL: this one */
    unsigned retry_seconds;   /* after a failure to write; 0: 30 */
    uint64_t (*now_ns)(void); /* the clock for that; NULL: srv_now_ns */
    /* Called with one line for the log, by srv_disk_open or the thread; NULL: not called. */
    void (*report)(void *arg, const char *text);
    void *report_arg;
    const struct srv_disk_io *io; /* NULL: the system's */
};
#define SRV_DISK_MIN_COST_NS 500000
/* Reading back takes about 0.9 ns per byte, most of it SHA-256. */
#define SRV_DISK_MIN_NS_PER_BYTE 2.0

/* NULL: no memory or no thread. A directory that cannot be used is reported, and is no reason to fail. */
struct srv_disk *srv_disk_open(const struct srv_disk_config *config);
/* Write what waits, stop. NULL is fine. */
void srv_disk_close(struct srv_disk *disk);
/* Block until every value that was put is written or given up. */
void srv_disk_flush(struct srv_disk *disk);

/* The value of a key as a blob that is charged to budget, and what it cost to make. NULL: it is not there, or there is
 * no room for it. */
struct srv_blob *srv_disk_get(struct srv_disk *disk, const void *key, size_t key_len, struct srv_budget *budget,
                              uint64_t *cost_ns);
/* Have a value written, if it cost enough and the queue has room. Takes a reference of its own. */
void srv_disk_put(struct srv_disk *disk, const void *key, size_t key_len, struct srv_blob *blob, uint64_t cost_ns);

struct srv_disk_stats {
    uint64_t hits, misses, writes, errors, evictions; /* counted */
    uint64_t bytes, entries;                          /* now */
};
void srv_disk_stats(struct srv_disk *disk, struct srv_disk_stats *stats);

#endif
