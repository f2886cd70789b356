/* blob.h - refcounted immutable bytes, and the budget that all of them together keep to.
 *
 * A blob is made with srv_blob_new by one owner, who fills `bytes` and then shares it; from the moment a second thread
 * can see it the payload never changes. The last srv_blob_unref frees it, whoever calls it: eviction from the cache
 * therefore never frees what a slow client still reads.
 *
 * Memory : one allocation holds header and payload; the payload is 64-byte aligned. From SRV_BLOB_MMAP_BYTES up it is a
 *          mapping of its own, so that freeing it gives the memory back to the system instead of leaving holes in the
 *          heap. New payloads are not zeroed.
 * Budget : every living blob is charged to the budget it was made with, before memory is asked for, until it is freed,
 *          no matter who holds it: the cache, a client that reads slowly, a computation. With
 *          limit = cache bytes + bytes in flight, that sum is a hard bound on the memory of all bodies.
 * Threads: reference counts, the http slot and the digest are atomic; everything else is written before sharing. */
#ifndef SRV_CACHE_BLOB_H
#define SRV_CACHE_BLOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"

#define SRV_BLOB_MMAP_BYTES (64 * 1024)

/* ---- budget ---------------------------------------------------------------------------------------------------- */

/* A shared count of bytes with a limit. It must outlive all that was charged to it. */
struct srv_budget {
    _Atomic uint64_t used;
    uint64_t limit;
};

void srv_budget_init(struct srv_budget *budget, uint64_t limit);
/* Charge n bytes: false (and nothing charged) when that would pass the limit. NULL budget: always true. */
bool srv_budget_reserve(struct srv_budget *budget, uint64_t n);
void srv_budget_release(struct srv_budget *budget, uint64_t n);
uint64_t srv_budget_used(const struct srv_budget *budget);

/* ---- blob ------------------------------------------------------------------------------------------------------ */

/* For reading: bytes, size, http. The rest belongs to blob.c. */
struct srv_blob {
    uint8_t *bytes; /* the payload; written by the maker only, before the blob is shared */
    size_t size;
    /* For the http layer: something built from this blob that dies with it (a prepared response). Set it once with
     * srv_blob_http_set; it must not hold a reference to the blob. */
    _Atomic(void *) http;

    _Atomic uint32_t refs;
    _Atomic uint32_t digest_state;
    uint8_t sha256[SRV_SHA256_BYTES];
    struct srv_budget *budget;
    size_t charged; /* bytes taken from budget: header and payload, whole pages when mapped */
    bool mapped;
};

/* A blob of `size` bytes with one reference. NULL when the budget or the system has no room. size 0 is allowed. */
struct srv_blob *srv_blob_new(struct srv_budget *budget, size_t size);
/* Add a reference; returns blob. */
struct srv_blob *srv_blob_ref(struct srv_blob *blob);
/* Drop a reference; NULL is fine. Must not be called under a lock: it may free. */
void srv_blob_unref(struct srv_blob *blob);
/* What a blob of `size` bytes charges to its budget. */
size_t srv_blob_charge(size_t size);

/* How the http layer's slot is freed, called once per blob whose slot was set, from any thread. Set it once, before the
 * first blob exists. NULL: slots are not freed. */
void srv_blob_http_free_set(void (*free_slot)(void *slot));
/* Put `slot` there if the slot is empty; returns what the slot holds now (yours, or the one that came first, in which
 * case yours is still yours to free). */
void *srv_blob_http_set(struct srv_blob *blob, void *slot);

/* SHA-256 of the payload: computed by the first caller (about 1 ms per MiB: not on an event loop thread for large
 * blobs), then remembered. */
void srv_blob_sha256(struct srv_blob *blob, uint8_t out[SRV_SHA256_BYTES]);
/* The same, if it is known already: false when it would have to be computed. */
bool srv_blob_sha256_known(struct srv_blob *blob, uint8_t out[SRV_SHA256_BYTES]);
/* Tell a digest that was computed elsewhere (the disk tier did). */
void srv_blob_sha256_set(struct srv_blob *blob, const uint8_t sha256[SRV_SHA256_BYTES]);

#endif
