/* disk.c - see disk.h: the index of the folder's files, what must go, and the thread that writes. */
#include "cache/disk.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "base/clock.h"
#include "cache/disk_dir.h"
#include "base/lock.h"
#include "base/thread.h"

#define FILES_MAX 65536 /* in the index, hence in the folder */
#define LIST_MAX (4 * FILES_MAX)
#define BUCKETS 16384
#define QUEUE_MAX 64           /* blobs waiting to be written */
#define QUEUE_BYTES (64 << 20) /* and their bytes, unless it is one alone */
#define SECOND UINT64_C(1000000000)
#define LOOK_SECONDS 300 /* look again for other processes' files */

/* A file this process knows of. */
DECLARE_LOCK(disk_lock);

struct file {
    struct srv_rank rank;
    struct file *chain;
    uint64_t bytes, seen; /* seen: the number of the look-around that last met it */
    uint8_t sha256[SRV_SHA256_BYTES];
};

/* A value waiting to be written. */
struct item {
    struct item *next;
    struct srv_blob *blob;
    struct srv_disk_record entry;
    uint8_t key[];
};

struct srv_disk {
    struct srv_disk_config config;
    char *dir;
    struct srv_disk_dir folder;
    uint64_t producer;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, idle;
    struct item *first GUARDED_BY(disk_lock), *last GUARDED_BY(disk_lock);
    size_t n_items GUARDED_BY(disk_lock), n_bytes GUARDED_BY(disk_lock);
    bool closing GUARDED_BY(disk_lock), busy GUARDED_BY(disk_lock);
    struct file *buckets[BUCKETS] GUARDED_BY(disk_lock);
    struct srv_evict evict GUARDED_BY(disk_lock);
    uint64_t bytes GUARDED_BY(disk_lock), look GUARDED_BY(disk_lock);
    uint64_t hits GUARDED_BY(disk_lock), misses GUARDED_BY(disk_lock), errors GUARDED_BY(disk_lock);
    uint64_t writes GUARDED_BY(disk_lock), evictions GUARDED_BY(disk_lock);
    /* The thread's own: */
    bool degraded;
    uint64_t retry_ns, looked_ns; /* when to try again, when it last looked around */
};

/* ---- identity -------------------------------------------------------------------------------------------------- */

/* Eight bytes that differ between releases and between byte orders. */
static uint64_t producer_id(const char *release)
{
    static const uint16_t order = 1;
    uint8_t sha256[SRV_SHA256_BYTES];
    struct srv_sha256 sha;
    uint64_t id;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, release, strlen(release));
    srv_sha256_add(&sha, &order, sizeof order);
    srv_sha256_end(&sha, sha256);
    memcpy(&id, sha256, sizeof id);
    return id;
}

static void identify(const struct srv_disk *store, const void *key, size_t key_len, uint8_t sha256[SRV_SHA256_BYTES])
{
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, &store->producer, sizeof store->producer);
    srv_sha256_add(&sha, key, key_len);
    srv_sha256_end(&sha, sha256);
}

/* ---- index ----------------------------------------------------------------------------------------------------- */

static struct file **link_of(struct srv_disk *store, const uint8_t sha256[SRV_SHA256_BYTES])
{
    size_t hash;
    memcpy(&hash, sha256, sizeof hash);
    struct file **link = &store->buckets[hash % BUCKETS];
    while (*link && memcmp((*link)->sha256, sha256, SRV_SHA256_BYTES) != 0)
        link = &(*link)->chain;
    return link;
}

/* Unlink from the index; the caller frees. */
static void index_remove_locked(struct srv_disk *store, struct file **link) REQUIRES(disk_lock);
static void index_remove_locked(struct srv_disk *store, struct file **link)
{
    struct file *file = *link;
    *link = file->chain;
    store->bytes -= file->bytes;
}

static void forget(struct srv_disk *store, const uint8_t sha256[SRV_SHA256_BYTES])
{
    disk_lock_take(&store->lock);
    struct file **link = link_of(store, sha256), *file = *link;
    if (file) {
        srv_evict_remove(&store->evict, &file->rank);
        index_remove_locked(store, link);
    }
    disk_lock_give(&store->lock);
    free(file);
}

/* A file was met: true if it is known already. */
static bool meet(struct srv_disk *store, const uint8_t sha256[SRV_SHA256_BYTES], bool used)
{
    disk_lock_take(&store->lock);
    struct file *file = *link_of(store, sha256);
    if (file) {
        file->seen = store->look;
        if (used)
            srv_evict_touch(&store->evict, &file->rank);
    }
    disk_lock_give(&store->lock);
    return file != NULL;
}

/* Learn of a file. Without memory for it, it stays unknown until the next look around. */
static void learn(struct srv_disk *store, const uint8_t sha256[SRV_SHA256_BYTES], const struct srv_disk_record *entry)
{
    struct file *file = calloc(1, sizeof *file);
    if (!file)
        return;
    memcpy(file->sha256, sha256, SRV_SHA256_BYTES);
    file->bytes = srv_disk_record_file_bytes(entry);
    disk_lock_take(&store->lock);
    struct file **link = link_of(store, sha256);
    if (!*link && store->evict.n < store->evict.max) {
        file->seen = store->look;
        *link = file;
        srv_evict_add(&store->evict, &file->rank, entry->cost_ns, file->bytes);
        store->bytes += file->bytes;
        file = NULL;
    }
    disk_lock_give(&store->lock);
    free(file);
}

/* Take the file that goes first out of the index; NULL when there is room for `bytes` more. */
static struct file *pop_file(struct srv_disk *store, uint64_t bytes)
{
    struct file *file = NULL;
    disk_lock_take(&store->lock);
    if (store->evict.n > 0 && (store->bytes + bytes > store->config.max_bytes || store->evict.n == store->evict.max)) {
        file = (struct file *)(void *)((char *)srv_evict_pop(&store->evict) - offsetof(struct file, rank));
        index_remove_locked(store, link_of(store, file->sha256));
        store->evictions++;
    }
    disk_lock_give(&store->lock);
    return file;
}

static void make_room(struct srv_disk *store, uint64_t bytes)
{
    struct file *file;
    while ((file = pop_file(store, bytes))) {
        char name[SRV_DISK_NAME_BYTES];
        srv_disk_dir_name(file->sha256, name);
        srv_disk_dir_remove(&store->folder, name);
        free(file);
    }
}

/* ---- looking around -------------------------------------------------------------------------------------------- */

static void look_at(void *arg, const char *name)
{
    struct srv_disk *store = arg;
    struct srv_disk_record entry;
    uint8_t sha256[SRV_SHA256_BYTES];
    if (!srv_disk_dir_parse(name, sha256) || meet(store, sha256, false))
        return;
    enum srv_found found = srv_disk_dir_peek(&store->folder, name, &entry);
    if (found == SRV_FOUND)
        learn(store, sha256, &entry);
    else if (found == SRV_BROKEN)
        srv_disk_dir_remove(&store->folder, name);
}

/* Forget the files that a complete look around has not met: another process has removed them. */
static void forget_unseen(struct srv_disk *store)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        disk_lock_take(&store->lock);
        struct file **link = &store->buckets[i], *gone = NULL;
        while (*link) {
            struct file *file = *link;
            if (file->seen == store->look) {
                link = &file->chain;
                continue;
            }
            srv_evict_remove(&store->evict, &file->rank);
            index_remove_locked(store, link);
            file->chain = gone;
            gone = file;
        }
        disk_lock_give(&store->lock);
        while (gone) {
            struct file *next = gone->chain;
            free(gone);
            gone = next;
        }
    }
}

static void look_around(struct srv_disk *store)
{
    store->looked_ns = store->config.now_ns();
    disk_lock_take(&store->lock);
    store->look++;
    disk_lock_give(&store->lock);
    if (!srv_disk_dir_list(&store->folder, LIST_MAX, look_at, store))
        return;
    forget_unseen(store);
    make_room(store, 0);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void count(struct srv_disk *store, uint64_t *counter)
{
    disk_lock_take(&store->lock);
    ++*counter;
    disk_lock_give(&store->lock);
}

static void report(const struct srv_disk *store, const char *what)
{
    char text[512];
    snprintf(text, sizeof text, "--cache-dir %s: %s", store->dir, what);
    if (store->config.report)
        store->config.report(store->config.report_arg, text);
}

static void degrade(struct srv_disk *store, int failure)
{
    char buf[128], what[256];
    count(store, &store->errors);
    store->retry_ns = store->config.now_ns() + store->config.retry_seconds * SECOND;
    if (store->degraded)
        return;
    store->degraded = true;
    snprintf(what, sizeof what, "%s; going on without writing to it", strerror_r(failure, buf, sizeof buf));
    report(store, what);
}

static void recover(struct srv_disk *store)
{
    if (!store->degraded)
        return;
    store->degraded = false;
    report(store, "works again");
    look_around(store);
}

/* After a failure, begin anew with the folder once it is time. */
static bool folder_usable(struct srv_disk *store)
{
    if (!store->degraded)
        return true;
    if (store->config.now_ns() < store->retry_ns)
        return false;
    if (srv_disk_dir_open(&store->folder))
        return true;
    degrade(store, errno);
    return false;
}

static void write_item(struct srv_disk *store, struct item *item)
{
    uint8_t sha256[SRV_SHA256_BYTES];
    char name[SRV_DISK_NAME_BYTES];
    identify(store, item->key, item->entry.key_bytes, sha256);
    srv_disk_dir_name(sha256, name);
    if (!folder_usable(store) || meet(store, sha256, false))
        return;
    srv_blob_sha256(item->blob, item->entry.body_sha256);
    make_room(store, srv_disk_record_file_bytes(&item->entry));
    if (!srv_disk_dir_write(&store->folder, name, &item->entry, item->key, item->blob->bytes)) {
        degrade(store, errno);
        return;
    }
    recover(store);
    learn(store, sha256, &item->entry);
    count(store, &store->writes);
    if (store->config.now_ns() - store->looked_ns >= LOOK_SECONDS * SECOND)
        look_around(store);
}

static void free_item(struct item *item)
{
    srv_blob_unref(item->blob);
    free(item);
}

static struct item *next_item(struct srv_disk *store)
{
    disk_lock_take(&store->lock);
    store->busy = false;
    while (!store->first && !store->closing) {
        pthread_cond_broadcast(&store->idle);
        pthread_cond_wait(&store->work, &store->lock);
    }
    struct item *item = store->first;
    if (item) {
        store->first = item->next;
        if (!store->first)
            store->last = NULL;
        store->n_items--;
        store->n_bytes -= item->blob->size;
        store->busy = true;
    }
    disk_lock_give(&store->lock);
    return item;
}

static void *run(void *arg)
{
    struct srv_disk *store = arg;
    look_around(store);
    struct item *item;
    while ((item = next_item(store))) {
        write_item(store, item);
        free_item(item);
    }
    return NULL;
}

static bool worth_it(const struct srv_disk *store, size_t size, size_t key_len, uint64_t cost_ns)
{
    return cost_ns >= store->config.min_cost_ns && (double)cost_ns >= store->config.min_ns_per_byte * (double)size &&
           key_len <= SRV_KEY_MAX && size <= store->config.max_bytes &&
           SRV_DISK_RECORD_BYTES + key_len <= store->config.max_bytes - size;
}

void srv_disk_put(struct srv_disk *store, const void *key, size_t key_len, struct srv_blob *blob, uint64_t cost_ns)
{
    if (!worth_it(store, blob->size, key_len, cost_ns))
        return;
    struct item *item = malloc(sizeof *item + key_len);
    if (!item)
        return;
    item->next = NULL;
    item->blob = srv_blob_ref(blob);
    item->entry =
        (struct srv_disk_record){.key_bytes = (uint32_t)key_len, .body_bytes = blob->size, .cost_ns = cost_ns};
    item->entry.producer = store->producer;
    memcpy(item->key, key, key_len);
    disk_lock_take(&store->lock);
    bool room = store->n_items == 0 || (store->n_items < QUEUE_MAX && store->n_bytes < QUEUE_BYTES &&
                                        blob->size <= QUEUE_BYTES - store->n_bytes);
    if (room) {
        *(store->last ? &store->last->next : &store->first) = item;
        store->last = item;
        store->n_items++;
        store->n_bytes += blob->size;
        pthread_cond_signal(&store->work);
    }
    disk_lock_give(&store->lock);
    if (!room)
        free_item(item);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct srv_blob *srv_disk_get(struct srv_disk *store, const void *key, size_t key_len, struct srv_budget *budget,
                              uint64_t *cost_ns)
{
    uint8_t sha256[SRV_SHA256_BYTES];
    char name[SRV_DISK_NAME_BYTES];
    struct srv_disk_record entry = {.producer = store->producer};
    struct srv_blob *blob = NULL;
    identify(store, key, key_len, sha256);
    srv_disk_dir_name(sha256, name);
    enum srv_found found = srv_disk_dir_read(&store->folder, name, key, key_len, budget, &entry, &blob);
    if (found == SRV_BROKEN)
        srv_disk_dir_remove(&store->folder, name);
    if (found == SRV_BROKEN || found == SRV_ABSENT)
        forget(store, sha256);
    if (found == SRV_FOUND) {
        *cost_ns = entry.cost_ns;
        if (!meet(store, sha256, true))
            learn(store, sha256, &entry);
    }
    disk_lock_take(&store->lock);
    store->hits += found == SRV_FOUND;
    store->misses += found != SRV_FOUND;
    store->errors += found == SRV_BROKEN || found == SRV_UNREAD;
    disk_lock_give(&store->lock);
    return blob;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

UNCHECKED static void free_store(struct srv_disk *store)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (store->buckets[i]) {
            struct file *file = store->buckets[i];
            store->buckets[i] = file->chain;
            free(file);
        }
    }
    srv_evict_deinit(&store->evict);
    srv_disk_dir_deinit(&store->folder);
    pthread_cond_destroy(&store->idle);
    pthread_cond_destroy(&store->work);
    pthread_mutex_destroy(&store->lock);
    free(store->dir);
    free(store);
}

UNCHECKED struct srv_disk *srv_disk_open(const struct srv_disk_config *config)
{
    struct srv_disk *store = calloc(1, sizeof *store);
    if (!store)
        return NULL;
    size_t dir_bytes = strlen(config->dir) + 1;
    store->config = *config;
    if (store->config.retry_seconds == 0)
        store->config.retry_seconds = 30;
    if (!store->config.now_ns)
        store->config.now_ns = srv_now_ns;
    store->producer = producer_id(config->producer ? config->producer : WEIGHTD_VERSION);
    store->busy = true;
    store->dir = malloc(dir_bytes);
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->work, NULL);
    pthread_cond_init(&store->idle, NULL);
    srv_disk_dir_init(&store->folder, store->dir, config->io);
    bool ok = srv_evict_init(&store->evict, FILES_MAX) && store->dir;
    if (ok) {
        memcpy(store->dir, config->dir, dir_bytes);
        if (!srv_disk_dir_open(&store->folder)) /* here: the first request shall find what is there */
            degrade(store, errno);
    }
    if (!ok || !srv_thread_start(&store->thread, "disk", run, store)) {
        free_store(store);
        return NULL;
    }
    return store;
}

void srv_disk_flush(struct srv_disk *store)
{
    disk_lock_take(&store->lock);
    while (store->first || store->busy)
        pthread_cond_wait(&store->idle, &store->lock);
    disk_lock_give(&store->lock);
}

void srv_disk_close(struct srv_disk *store)
{
    if (!store)
        return;
    disk_lock_take(&store->lock);
    store->closing = true;
    pthread_cond_signal(&store->work);
    disk_lock_give(&store->lock);
    pthread_join(store->thread, NULL);
    free_store(store);
}

void srv_disk_stats(struct srv_disk *store, struct srv_disk_stats *stats)
{
    disk_lock_take(&store->lock);
    *stats = (struct srv_disk_stats){store->hits,      store->misses, store->writes, store->errors,
                                     store->evictions, store->bytes,  store->evict.n};
    disk_lock_give(&store->lock);
}
