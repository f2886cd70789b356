/* see shard.h */
#include "model/shard.h"

#include <stdlib.h>
#include <string.h>

#include "model/sort.h"

/* Shards are numbered when they are full, or at once for what is too large for any; `from` is where the open one
 * begins. */
struct deal {
    struct srv_table *table;
    const uint32_t *order;
    uint32_t next, from;
    uint64_t filled;
};

#define OPEN UINT32_MAX

static void close_shard(struct deal *d, uint32_t to)
{
    bool closed = false;
    for (uint32_t i = d->from; i < to; i++)
        if (d->table->file[d->order[i]].shard == OPEN) {
            d->table->file[d->order[i]].shard = d->next;
            closed = true;
        }
    d->next += closed;
    d->from = to;
    d->filled = 0;
}

/* Deal the pieces order[from, to) of one storage. */
static void deal_group(struct deal *d, uint32_t from, uint32_t to, uint64_t max_bytes)
{
    uint64_t bytes = 0;
    for (uint32_t i = from; i < to; i++)
        bytes += srv_table_row_bytes(d->table, &d->table->file[d->order[i]]);
    bool alone = bytes > max_bytes;
    if (!alone && d->filled + bytes > max_bytes)
        close_shard(d, from);
    for (uint32_t i = from; i < to; i++)
        d->table->file[d->order[i]].shard = alone ? d->next : OPEN;
    d->next += alone;
    d->filled += alone ? 0 : bytes;
}

uint32_t srv_shards_deal(struct srv_table *t, uint64_t max_bytes)
{
    uint32_t *order = malloc((t->n_file + 1) * sizeof *order);
    struct deal d = {.table = t, .order = order};
    if (!order || !srv_sort_shards(t, order)) {
        free(order);
        return 0;
    }
    for (uint32_t i = 0, end; i < t->n_file; i = end) {
        for (end = i + 1; end < t->n_file && t->file[order[end]].group == t->file[order[i]].group;)
            end++;
        deal_group(&d, i, end, max_bytes);
    }
    close_shard(&d, t->n_file);
    free(order);
    return d.next ? d.next : 1;
}

uint64_t srv_shard_bytes(const struct srv_table *t, uint32_t shard)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < t->n_file; i++)
        if (t->file[i].shard == shard)
            bytes += srv_table_row_bytes(t, &t->file[i]);
    return bytes;
}

/* A number of at least five digits; returns its end. */
static char *put_five(char *to, uint32_t number)
{
    char digits[WI_DECIMAL_U64_MAX];
    const size_t len = wi_decimal_u64(number, digits), zeros = len < 5 ? 5 - len : 0;
    memset(to, '0', zeros);
    memcpy(to + zeros, digits, len);
    return to + zeros + len;
}

/* Written once a tensor in an index, so without printf. */
size_t srv_shard_name(uint32_t shard, uint32_t n_shards, char out[SRV_SHARD_NAME_MAX])
{
    static const char one[] = "model.safetensors", start[] = "model-", middle[] = "-of-", end[] = ".safetensors";
    if (n_shards == 1) {
        memcpy(out, one, sizeof one);
        return sizeof one - 1;
    }
    char *to = out;
    memcpy(to, start, sizeof start - 1);
    to = put_five(to + sizeof start - 1, shard + 1);
    memcpy(to, middle, sizeof middle - 1);
    to = put_five(to + sizeof middle - 1, n_shards);
    memcpy(to, end, sizeof end);
    return (size_t)(to - out) + sizeof end - 1;
}
