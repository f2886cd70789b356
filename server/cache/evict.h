/* evict.h - which entry of a bounded store goes first.
 *
 * SRV_POLICY_COST: GreedyDual-Size-Frequency (Cherkasova, HPL-98-69R1, 1998): each entry has the priority
 *     floor + uses * (cost + SRV_USE_NS) / bytes
 * taken when it is used; the smallest goes, and the floor rises to it, so that what is not used any more ages. `cost`
 * is what it takes to make the entry again, in nanoseconds; SRV_USE_NS is what any miss costs beside that. Uses count up
 * to SRV_USES_MAX: without a limit a fallen favourite stays too long (on a drifting trace, worse than plain LRU).
 * SRV_POLICY_LRU: the priority is the time of the last use.
 *
 * Invariant: priorities only grow while an entry is in, so a use costs O(1): the heap learns of it when the entry comes
 * to its top. Adding and taking cost O(log n).
 * Memory : one array, allocated at init for `max` entries; entries are linked in by their owner's struct srv_rank.
 * Threads: none; the owner locks. */
#ifndef SRV_CACHE_EVICT_H
#define SRV_CACHE_EVICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum srv_policy { SRV_POLICY_COST, SRV_POLICY_LRU };

#define SRV_USE_NS 2000
#define SRV_USES_MAX 8

/* An entry's place in the order; zero-initialise. */
struct srv_rank {
    double priority;
    double value; /* (cost + SRV_USE_NS) / bytes */
    double uses;
    size_t pos; /* in the heap */
};

struct srv_evict_slot {
    double priority; /* as of when the slot was placed: at most the rank's */
    struct srv_rank *rank;
};

struct srv_evict {
    enum srv_policy policy;
    double floor, clock;
    size_t n, max;
    struct srv_evict_slot *slots;
};

bool srv_evict_init(struct srv_evict *evict, enum srv_policy policy, size_t max);
void srv_evict_deinit(struct srv_evict *evict);

/* Put an entry in, used once. It must not be in, and there must be room (n < max). bytes > 0. */
void srv_evict_add(struct srv_evict *evict, struct srv_rank *rank, uint64_t cost_ns, uint64_t bytes);
/* The entry was used. */
void srv_evict_touch(struct srv_evict *evict, struct srv_rank *rank);
/* Take out the entry that goes first; NULL when none is in. */
struct srv_rank *srv_evict_pop(struct srv_evict *evict);
/* Take out this one. */
void srv_evict_remove(struct srv_evict *evict, struct srv_rank *rank);

#endif
