/* evict.h - which entry of a cache goes first.
 *
 * GreedyDual-Size-Frequency (Cherkasova, HPL-98-69R1, 1998). When an entry is used, it gets the priority
 *     floor + uses * (cost + SRV_USE_NS) / bytes
 * The entry with the smallest priority goes, and the floor rises to that priority, so that entries age when nobody uses
 * them. `cost` is the time it takes to make the entry again, in nanoseconds; SRV_USE_NS is what every miss costs beside
 * that. Uses count up to SRV_USES_MAX: without a limit, entries that were popular once stay too long (on a trace whose
 * favourites change, this was worse than plain LRU).
 *
 * Invariant: the priority of an entry only grows. A use therefore costs O(1): the heap is repaired when the entry comes
 * to its top. Adding and taking cost O(log n).
 * Memory : one array, allocated at init for `max` entries. The owner of an entry holds its struct srv_rank.
 * Threads: none; the owner locks. */
#ifndef SRV_CACHE_EVICT_H
#define SRV_CACHE_EVICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRV_USE_NS 2000
#define SRV_USES_MAX 8

/* The place of an entry in the order; to be zero at first. */
struct srv_rank {
    double priority;
    double value; /* (cost + SRV_USE_NS) / bytes */
    double uses;
    size_t pos; /* in the heap */
};

struct srv_evict_slot {
    double priority; /* the rank's when the slot was placed; the rank's may have grown since */
    struct srv_rank *rank;
};

struct srv_evict {
    double floor;
    size_t n, max;
    struct srv_evict_slot *slots;
};

/* False: no memory. */
bool srv_evict_init(struct srv_evict *evict, size_t max);
void srv_evict_deinit(struct srv_evict *evict);

/* Add an entry that was used once. It must not be in yet, there must be room (n < max), and bytes > 0. */
void srv_evict_add(struct srv_evict *evict, struct srv_rank *rank, uint64_t cost_ns, uint64_t bytes);
/* Count a use of the entry. */
void srv_evict_touch(struct srv_evict *evict, struct srv_rank *rank);
/* Remove the entry that goes first, and return it. NULL: there is none. */
struct srv_rank *srv_evict_pop(struct srv_evict *evict);
/* Remove this entry. */
void srv_evict_remove(struct srv_evict *evict, struct srv_rank *rank);

#endif
