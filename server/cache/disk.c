/* disk.c - see disk.h: reading, and the thread that writes, evicts and scans the directory. */
#include "cache/disk.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"
#include "cache/disk_index.h"

#define SCAN_MAX (4 * SRV_DISK_FILES_MAX) /* files looked at per scan */
#define QUEUE_MAX 64                      /* blobs waiting to be written */
#define QUEUE_BYTES (64 << 20)            /* and their bytes, unless one blob alone has more */
#define SECOND UINT64_C(1000000000)
#define SCAN_SECONDS 300 /* between scans for the files of other processes */

DECLARE_LOCK(disk_lock);

/* A value waiting to be written. */
struct item {
    STAILQ_ENTRY(item) link;
    struct srv_blob *blob;
    struct srv_disk_record record;
    uint8_t key[];
};

struct srv_disk {
    struct srv_disk_config config;
    char *path;
    struct srv_disk_dir dir;
    struct srv_disk_index index;
    uint64_t producer;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, idle;
    STAILQ_HEAD(, item) items GUARDED_BY(disk_lock);
    size_t n_items GUARDED_BY(disk_lock), n_bytes GUARDED_BY(disk_lock);
    bool closing GUARDED_BY(disk_lock), busy GUARDED_BY(disk_lock);
    uint64_t hits GUARDED_BY(disk_lock), misses GUARDED_BY(disk_lock);
    uint64_t errors GUARDED_BY(disk_lock), writes GUARDED_BY(disk_lock);
    /* Of the thread alone: */
    bool degraded;
    uint64_t retry_ns, scanned_ns; /* when to open the directory again; when the last scan began */
};

/* ---- identity -------------------------------------------------------------------------------------------------- */

/* Eight bytes that depend on the release and the byte order. */
static uint64_t producer_id(const char *release)
{
    static const uint16_t order = 1;
    uint8_t sha256[SRV_SHA256_BYTES];
    uint64_t id;
    srv_sha256_pair(release, strlen(release), &order, sizeof order, sha256);
    memcpy(&id, sha256, sizeof id);
    return id;
}

static void identify(const struct srv_disk *disk, const void *key, size_t key_len, uint8_t sha256[SRV_SHA256_BYTES])
{
    srv_sha256_pair(&disk->producer, sizeof disk->producer, key, key_len, sha256);
}

/* ---- evicting and scanning ------------------------------------------------------------------------------------- */

static void make_room(struct srv_disk *disk, uint64_t bytes)
{
    uint8_t sha256[SRV_SHA256_BYTES];
    char name[SRV_DISK_NAME_BYTES];
    while (srv_disk_index_evict(&disk->index, bytes, sha256)) {
        srv_disk_dir_name(sha256, name);
        srv_disk_dir_remove(&disk->dir, name);
    }
}

static void scan_file(void *arg, const char *name)
{
    struct srv_disk *disk = arg;
    struct srv_disk_record record;
    uint8_t sha256[SRV_SHA256_BYTES];
    if (!srv_disk_dir_parse(name, sha256) || srv_disk_index_find(&disk->index, sha256, false))
        return;
    enum srv_found found = srv_disk_dir_peek(&disk->dir, name, &record);
    if (found == SRV_FOUND)
        srv_disk_index_add(&disk->index, sha256, &record);
    else if (found == SRV_BROKEN)
        srv_disk_dir_remove(&disk->dir, name);
}

static void scan(struct srv_disk *disk)
{
    disk->scanned_ns = disk->config.now_ns();
    srv_disk_index_begin_scan(&disk->index);
    if (!srv_disk_dir_list(&disk->dir, SCAN_MAX, scan_file, disk))
        return;
    srv_disk_index_end_scan(&disk->index);
    make_room(disk, 0);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void count(struct srv_disk *disk, uint64_t *counter)
{
    disk_lock_take(&disk->lock);
    ++*counter;
    disk_lock_give(&disk->lock);
}

static void report(const struct srv_disk *disk, const char *what)
{
    char text[512];
    snprintf(text, sizeof text, "--cache-dir %s: %s", disk->path, what);
    if (disk->config.report)
        disk->config.report(disk->config.report_arg, text);
}

static void degrade(struct srv_disk *disk, int failure)
{
    char buf[128], what[256];
    count(disk, &disk->errors);
    disk->retry_ns = disk->config.now_ns() + disk->config.retry_seconds * SECOND;
    if (disk->degraded)
        return;
    disk->degraded = true;
    snprintf(what, sizeof what, "%s; going on without writing to it", strerror_r(failure, buf, sizeof buf));
    report(disk, what);
}

static void recover(struct srv_disk *disk)
{
    if (!disk->degraded)
        return;
    disk->degraded = false;
    report(disk, "works again");
    scan(disk);
}

/* May the directory be written to? After a failure, it is opened again when it is time. */
static bool dir_usable(struct srv_disk *disk)
{
    if (!disk->degraded)
        return true;
    if (disk->config.now_ns() < disk->retry_ns)
        return false;
    if (srv_disk_dir_open(&disk->dir))
        return true;
    degrade(disk, errno);
    return false;
}

static void write_item(struct srv_disk *disk, struct item *item)
{
    uint8_t sha256[SRV_SHA256_BYTES];
    char name[SRV_DISK_NAME_BYTES];
    identify(disk, item->key, item->record.key_bytes, sha256);
    srv_disk_dir_name(sha256, name);
    if (!dir_usable(disk) || srv_disk_index_find(&disk->index, sha256, false))
        return;
    srv_blob_sha256(item->blob, item->record.body_sha256);
    make_room(disk, srv_disk_record_file_bytes(&item->record));
    if (!srv_disk_dir_write(&disk->dir, name, &item->record, item->key, item->blob->bytes)) {
        degrade(disk, errno);
        return;
    }
    recover(disk);
    srv_disk_index_add(&disk->index, sha256, &item->record);
    count(disk, &disk->writes);
    if (disk->config.now_ns() - disk->scanned_ns >= SCAN_SECONDS * SECOND)
        scan(disk);
}

static void free_item(struct item *item)
{
    srv_blob_unref(item->blob);
    free(item);
}

static struct item *next_item(struct srv_disk *disk)
{
    disk_lock_take(&disk->lock);
    disk->busy = false;
    while (STAILQ_EMPTY(&disk->items) && !disk->closing) {
        pthread_cond_broadcast(&disk->idle);
        pthread_cond_wait(&disk->work, &disk->lock);
    }
    struct item *item = STAILQ_FIRST(&disk->items);
    if (item) {
        STAILQ_REMOVE_HEAD(&disk->items, link);
        disk->n_items--;
        disk->n_bytes -= item->blob->size;
        disk->busy = true;
    }
    disk_lock_give(&disk->lock);
    return item;
}

static void *run(void *arg)
{
    struct srv_disk *disk = arg;
    scan(disk);
    struct item *item;
    while ((item = next_item(disk))) {
        write_item(disk, item);
        free_item(item);
    }
    return NULL;
}

static bool worth_it(const struct srv_disk *disk, size_t size, size_t key_len, uint64_t cost_ns)
{
    return cost_ns >= disk->config.min_cost_ns && (double)cost_ns >= disk->config.min_ns_per_byte * (double)size &&
           key_len <= SRV_KEY_MAX && size <= disk->config.max_bytes &&
           SRV_DISK_RECORD_BYTES + key_len <= disk->config.max_bytes - size;
}

void srv_disk_put(struct srv_disk *disk, const void *key, size_t key_len, struct srv_blob *blob, uint64_t cost_ns)
{
    if (!worth_it(disk, blob->size, key_len, cost_ns))
        return;
    struct item *item = malloc(sizeof *item + key_len);
    if (!item)
        return;
    item->blob = srv_blob_ref(blob);
    item->record =
        (struct srv_disk_record){.key_bytes = (uint32_t)key_len, .body_bytes = blob->size, .cost_ns = cost_ns};
    item->record.producer = disk->producer;
    memcpy(item->key, key, key_len);
    disk_lock_take(&disk->lock);
    bool room = disk->n_items == 0 ||
                (disk->n_items < QUEUE_MAX && disk->n_bytes < QUEUE_BYTES && blob->size <= QUEUE_BYTES - disk->n_bytes);
    if (room) {
        STAILQ_INSERT_TAIL(&disk->items, item, link);
        disk->n_items++;
        disk->n_bytes += blob->size;
        pthread_cond_signal(&disk->work);
    }
    disk_lock_give(&disk->lock);
    if (!room)
        free_item(item);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct srv_blob *srv_disk_get(struct srv_disk *disk, const void *key, size_t key_len, struct srv_budget *budget,
                              uint64_t *cost_ns)
{
    uint8_t sha256[SRV_SHA256_BYTES];
    char name[SRV_DISK_NAME_BYTES];
    struct srv_disk_record record = {.producer = disk->producer};
    struct srv_blob *blob = NULL;
    identify(disk, key, key_len, sha256);
    srv_disk_dir_name(sha256, name);
    enum srv_found found = srv_disk_dir_read(&disk->dir, name, key, key_len, budget, &record, &blob);
    if (found == SRV_BROKEN)
        srv_disk_dir_remove(&disk->dir, name);
    if (found == SRV_BROKEN || found == SRV_ABSENT)
        srv_disk_index_remove(&disk->index, sha256);
    if (found == SRV_FOUND) {
        *cost_ns = record.cost_ns;
        if (!srv_disk_index_find(&disk->index, sha256, true))
            srv_disk_index_add(&disk->index, sha256, &record);
    }
    disk_lock_take(&disk->lock);
    disk->hits += found == SRV_FOUND;
    disk->misses += found != SRV_FOUND;
    disk->errors += found == SRV_BROKEN || found == SRV_UNREAD;
    disk_lock_give(&disk->lock);
    return blob;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

UNCHECKED static void free_disk(struct srv_disk *disk)
{
    srv_disk_index_deinit(&disk->index);
    srv_disk_dir_deinit(&disk->dir);
    pthread_cond_destroy(&disk->idle);
    pthread_cond_destroy(&disk->work);
    pthread_mutex_destroy(&disk->lock);
    free(disk->path);
    free(disk);
}

UNCHECKED struct srv_disk *srv_disk_open(const struct srv_disk_config *config)
{
    struct srv_disk *disk = calloc(1, sizeof *disk);
    if (!disk)
        return NULL;
    size_t path_bytes = strlen(config->dir) + 1;
    disk->config = *config;
    if (disk->config.retry_seconds == 0)
        disk->config.retry_seconds = 30;
    if (!disk->config.now_ns)
        disk->config.now_ns = srv_now_ns;
    disk->producer = producer_id(config->producer ? config->producer : WEIGHTD_VERSION);
    disk->busy = true;
    disk->path = malloc(path_bytes);
    STAILQ_INIT(&disk->items);
    pthread_mutex_init(&disk->lock, NULL);
    pthread_cond_init(&disk->work, NULL);
    pthread_cond_init(&disk->idle, NULL);
    srv_disk_dir_init(&disk->dir, disk->path, config->io);
    bool ok = srv_disk_index_init(&disk->index, config->max_bytes) && disk->path;
    if (ok) {
        memcpy(disk->path, config->dir, path_bytes);
        if (!srv_disk_dir_open(&disk->dir)) /* before the first request */
            degrade(disk, errno);
    }
    if (!ok || !srv_thread_start(&disk->thread, "disk", run, disk)) {
        free_disk(disk);
        return NULL;
    }
    return disk;
}

void srv_disk_flush(struct srv_disk *disk)
{
    disk_lock_take(&disk->lock);
    while (!STAILQ_EMPTY(&disk->items) || disk->busy)
        pthread_cond_wait(&disk->idle, &disk->lock);
    disk_lock_give(&disk->lock);
}

void srv_disk_close(struct srv_disk *disk)
{
    if (!disk)
        return;
    disk_lock_take(&disk->lock);
    disk->closing = true;
    pthread_cond_signal(&disk->work);
    disk_lock_give(&disk->lock);
    pthread_join(disk->thread, NULL);
    free_disk(disk);
}

void srv_disk_stats(struct srv_disk *disk, struct srv_disk_stats *stats)
{
    disk_lock_take(&disk->lock);
    *stats = (struct srv_disk_stats){
        .hits = disk->hits, .misses = disk->misses, .writes = disk->writes, .errors = disk->errors};
    disk_lock_give(&disk->lock);
    srv_disk_index_count(&disk->index, &stats->bytes, &stats->entries, &stats->evictions);
}
