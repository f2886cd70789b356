/* blob.h - refcounted immutable bytes.
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
 * Threads: reference counts, the attachment and the digest are atomic; everything else is written before sharing. */
#ifndef SRV_CACHE_BLOB_H
#define SRV_CACHE_BLOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"
#include "cache/budget.h"

#define SRV_BLOB_MMAP_BYTES (64 * 1024)

/* Something built from a blob that dies with it, such as a prepared response: the first member of a struct of its owner's. It must
 * not hold a reference to the blob. */
struct srv_attachment {
    void (*free)(struct srv_attachment *attachment); /* from any thread */
};

/* For reading: bytes, size, attachment. The rest belongs to blob.c. */
struct srv_blob {
    uint8_t *bytes; /* the payload; written by the maker only, before the blob is shared */
    size_t size;
    _Atomic(struct srv_attachment *) attachment; /* see srv_blob_attach */

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

/* Attach, if nothing is attached yet. Returns what the blob holds now: yours, or the one that came first, in which case yours is
 * still yours to free. */
struct srv_attachment *srv_blob_attach(struct srv_blob *blob, struct srv_attachment *attachment);

/* SHA-256 of the payload: computed by the first caller (about 1 ms per MiB: not on an event loop thread for large
 * blobs), then remembered. */
void srv_blob_sha256(struct srv_blob *blob, uint8_t out[SRV_SHA256_BYTES]);
/* Tell a digest that was computed elsewhere (the disk tier did). */
void srv_blob_sha256_set(struct srv_blob *blob, const uint8_t sha256[SRV_SHA256_BYTES]);

#endif
