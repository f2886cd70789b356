/* blob.c - see blob.h. */
#include "cache/blob.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DIGEST_NONE, DIGEST_WRITING, DIGEST_READY };

/* The payload begins behind the header, on a cache line. */
#define HEADER_BYTES ((sizeof(struct srv_blob) + 63) / 64 * 64)

#define POPULATE_BYTES ((size_t)2 << 20)

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

size_t srv_blob_charge(size_t size)
{
    if (size > SIZE_MAX - HEADER_BYTES - 65536)
        return SIZE_MAX;
    size_t all = HEADER_BYTES + size;
    /* Of the heap: whole cache lines, and what the allocator needs for alignment and its own header. */
    return all >= SRV_BLOB_MMAP_BYTES ? round_up(all, 4096) : round_up(all, 64) + 64;
}

/* A mapping. The system fills a small one at once, which takes half the time of filling it page by page; the pages of a
 * large one are touched by the threads that fill it. */
static void *map_bytes(size_t size)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (size <= POPULATE_BYTES ? MAP_POPULATE : 0);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* A process can have only so many mappings (Linux: 65530). When a mapping fails, the heap serves. */
static struct srv_blob *allocate(size_t size, size_t charge, bool *mapped)
{
    struct srv_blob *blob = HEADER_BYTES + size >= SRV_BLOB_MMAP_BYTES ? map_bytes(charge) : NULL;
    *mapped = blob != NULL;
    return blob ? blob : aligned_alloc(64, round_up(HEADER_BYTES + size, 64));
}

struct srv_blob *srv_blob_new(struct srv_budget *budget, size_t size)
{
    bool mapped;
    size_t charge = srv_blob_charge(size);
    if (charge == SIZE_MAX || !srv_budget_reserve(budget, charge))
        return NULL;
    struct srv_blob *blob = allocate(size, charge, &mapped);
    if (!blob) {
        srv_budget_release(budget, charge);
        return NULL;
    }
    memset(blob, 0, sizeof *blob);
    blob->bytes = (uint8_t *)blob + HEADER_BYTES;
    blob->size = size;
    atomic_init(&blob->attachment, NULL);
    atomic_init(&blob->refs, 1);
    atomic_init(&blob->digest_state, DIGEST_NONE);
    blob->budget = budget;
    blob->charged = charge;
    blob->mapped = mapped;
    return blob;
}

static void blob_free(struct srv_blob *blob)
{
    struct srv_attachment *attachment = atomic_load_explicit(&blob->attachment, memory_order_acquire);
    if (attachment)
        attachment->free(attachment);
    struct srv_budget *budget = blob->budget;
    size_t charged = blob->charged;
    if (!blob->mapped)
        free(blob);
    else if (munmap(blob, charged) != 0)
        madvise(blob, charged, MADV_DONTNEED); /* one mapping too many: give back the pages at least */
    srv_budget_release(budget, charged);
}

struct srv_blob *srv_blob_ref(struct srv_blob *blob)
{
    atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    return blob;
}

void srv_blob_unref(struct srv_blob *blob)
{
    if (blob && atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel) == 1)
        blob_free(blob);
}

struct srv_attachment *srv_blob_attach(struct srv_blob *blob, struct srv_attachment *attachment)
{
    struct srv_attachment *seen = NULL;
    return atomic_compare_exchange_strong_explicit(&blob->attachment, &seen, attachment, memory_order_acq_rel,
                                                   memory_order_acquire)
               ? attachment
               : seen;
}

/* ---- digest ---------------------------------------------------------------------------------------------------- */

void srv_blob_sha256_set(struct srv_blob *blob, const uint8_t sha256[SRV_SHA256_BYTES])
{
    uint32_t none = DIGEST_NONE;
    if (!atomic_compare_exchange_strong_explicit(&blob->digest_state, &none, DIGEST_WRITING, memory_order_relaxed,
                                                 memory_order_relaxed))
        return;
    memcpy(blob->sha256, sha256, SRV_SHA256_BYTES);
    atomic_store_explicit(&blob->digest_state, DIGEST_READY, memory_order_release);
}

void srv_blob_sha256(struct srv_blob *blob, uint8_t out[SRV_SHA256_BYTES])
{
    if (atomic_load_explicit(&blob->digest_state, memory_order_acquire) == DIGEST_READY) {
        memcpy(out, blob->sha256, SRV_SHA256_BYTES);
        return;
    }
    srv_sha256(blob->bytes, blob->size, out);
    srv_blob_sha256_set(blob, out);
}
