/* evict.c - see evict.h: a binary heap with the smallest priority on top. */
#include "cache/evict.h"

#include <stdlib.h>

bool srv_evict_init(struct srv_evict *evict, size_t max)
{
    *evict = (struct srv_evict){.max = max, .slots = calloc(max ? max : 1, sizeof *evict->slots)};
    return evict->slots != NULL;
}

void srv_evict_deinit(struct srv_evict *evict)
{
    free(evict->slots);
    evict->slots = NULL;
}

static void place(struct srv_evict *evict, size_t pos, struct srv_evict_slot slot)
{
    evict->slots[pos] = slot;
    slot.rank->pos = pos;
}

static void sift_up(struct srv_evict *evict, size_t pos, struct srv_evict_slot slot)
{
    while (pos > 0) {
        size_t parent = (pos - 1) / 2;
        if (evict->slots[parent].priority <= slot.priority)
            break;
        place(evict, pos, evict->slots[parent]);
        pos = parent;
    }
    place(evict, pos, slot);
}

static void sift_down(struct srv_evict *evict, size_t pos, struct srv_evict_slot slot)
{
    for (;;) {
        size_t child = 2 * pos + 1;
        if (child >= evict->n)
            break;
        if (child + 1 < evict->n && evict->slots[child + 1].priority < evict->slots[child].priority)
            child++;
        if (slot.priority <= evict->slots[child].priority)
            break;
        place(evict, pos, evict->slots[child]);
        pos = child;
    }
    place(evict, pos, slot);
}

static double priority_now(const struct srv_evict *evict, const struct srv_rank *rank)
{
    return evict->floor + rank->uses * rank->value;
}

void srv_evict_add(struct srv_evict *evict, struct srv_rank *rank, uint64_t cost_ns, uint64_t bytes)
{
    rank->value = ((double)cost_ns + SRV_USE_NS) / (double)bytes;
    rank->uses = 1;
    rank->priority = priority_now(evict, rank);
    sift_up(evict, evict->n++, (struct srv_evict_slot){rank->priority, rank});
}

void srv_evict_touch(struct srv_evict *evict, struct srv_rank *rank)
{
    if (rank->uses < SRV_USES_MAX)
        rank->uses += 1;
    rank->priority = priority_now(evict, rank);
}

struct srv_rank *srv_evict_pop(struct srv_evict *evict)
{
    if (evict->n == 0)
        return NULL;
    /* An entry that was used since it was placed belongs further down. */
    while (evict->slots[0].priority < evict->slots[0].rank->priority) {
        struct srv_rank *top = evict->slots[0].rank;
        sift_down(evict, 0, (struct srv_evict_slot){top->priority, top});
    }
    struct srv_rank *rank = evict->slots[0].rank;
    evict->floor = rank->priority;
    srv_evict_remove(evict, rank);
    return rank;
}

void srv_evict_remove(struct srv_evict *evict, struct srv_rank *rank)
{
    size_t pos = rank->pos;
    struct srv_evict_slot last = evict->slots[--evict->n];
    if (last.rank == rank)
        return;
    if (last.priority < evict->slots[pos].priority)
        sift_up(evict, pos, last);
    else
        sift_down(evict, pos, last);
}
