/* blob.h - refcounted bytes that never change.
 *
 * One owner makes a blob with srv_blob_new, fills `bytes` and shares it; from then on the payload never changes. The
 * last srv_blob_unref frees it, on whatever thread. Eviction from the cache therefore never frees what a slow client
 * still reads.
 *
 * Memory : one allocation has header and payload; the payload is aligned to 64 bytes and not zeroed. From
 *          SRV_BLOB_MMAP_BYTES on it is a mapping, so that a free gives the memory back to the system and leaves no
 *          hole in the heap.
 * Budget : a blob is charged to its budget before memory is asked for, and until it is freed, whoever holds it: the
 *          cache, a slow client, a computation. What is attached to it is charged to the same budget. With limit =
 *          cache bytes + bytes in flight, the limit is a hard bound on the memory of all bodies and of all that is
 *          attached to them.
 * Threads: reference count, attachment and digest are atomic; the other fields are written before the blob is
 *          shared. */
#ifndef SRV_CACHE_BLOB_H
#define SRV_CACHE_BLOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"
#include "cache/budget.h"

#define SRV_BLOB_MMAP_BYTES (64 * 1024)

/* Something made from a blob that is freed with it, such as a prepared response: the first member of a struct of its
 * owner's. It must not hold a reference to the blob. */
struct srv_attachment {
    /* Free it, and release `bytes`; from any thread. */
    void (*free)(struct srv_attachment *attachment);
    size_t bytes; /* its memory, which its owner has charged to the blob's budget */
};

/* Others read bytes, size, attachment, budget and charged. */
struct srv_blob {
    uint8_t *bytes; /* the payload; written by the maker only, before the blob is shared */
    size_t size;
    _Atomic(struct srv_attachment *) attachment; /* NULL: none; see srv_cache_attach */

    _Atomic uint32_t refs;
    _Atomic uint32_t digest_state;
    uint8_t sha256[SRV_SHA256_BYTES];
    struct srv_budget *budget;
    size_t charged; /* bytes taken from budget: header and payload, whole pages when mapped */
    bool mapped;
};

/* A blob of `size` bytes (0 is allowed) with one reference. NULL: the budget or the system has no room. */
struct srv_blob *srv_blob_new(struct srv_budget *budget, size_t size);
/* Add a reference; returns blob. */
struct srv_blob *srv_blob_ref(struct srv_blob *blob);
/* Drop a reference; NULL is fine. Not to be called with a lock held, as it may free. */
void srv_blob_unref(struct srv_blob *blob);
/* What a blob of `size` bytes charges to its budget. */
size_t srv_blob_charge(size_t size);

/* Attach, if nothing is attached yet. Returns what is attached: attachment, or another one that came first. For the
 * maker of a blob; srv_cache_attach attaches to a blob that is kept. */
struct srv_attachment *srv_blob_attach(struct srv_blob *blob, struct srv_attachment *attachment);

/* SHA-256 of the payload. The first call computes it, in about 1 ms per MiB: not for a network thread if the blob is
 * large. */
void srv_blob_sha256(struct srv_blob *blob, uint8_t out[SRV_SHA256_BYTES]);
/* Set the SHA-256, when it is known from elsewhere. Without effect once there is one. */
void srv_blob_sha256_set(struct srv_blob *blob, const uint8_t sha256[SRV_SHA256_BYTES]);

#endif
