/* see header.h */
#include "model/header.h"

#include <stdlib.h>
#include <string.h>

#include "model/sink.h"
#include "model/sort.h"

/* A number as text. */
struct digits {
    char text[WI_DECIMAL_U64_MAX];
    size_t len;
};

static struct digits digits_of(uint64_t number)
{
    struct digits d;
    d.len = wi_decimal_u64(number, d.text);
    return d;
}

static void put_tensor(struct srv_sink *s, const struct srv_table *t, const struct srv_file_row *row,
                       const struct digits *from, const struct digits *to, bool plain)
{
    const struct srv_shape *shape = &t->shape[row->shape];
    srv_put_name(s, t->names + row->name, row->name_len, plain);
    srv_put_text(s, ":{\"dtype\":\"");
    srv_put_text(s, srv_dtype_name((enum srv_dtype)row->dtype));
    srv_put_text(s, "\",\"shape\":[");
    for (uint32_t i = 0; i < shape->rank; i++) {
        srv_put(s, ",", i > 0);
        srv_put_number(s, shape->dim[i]);
    }
    srv_put_text(s, "],\"data_offsets\":[");
    srv_put(s, from->text, from->len);
    srv_put(s, ",", 1);
    srv_put(s, to->text, to->len);
    srv_put_text(s, "]}");
}

size_t srv_header_safetensors(const struct srv_table *t, uint32_t shard, bool metadata, char *out)
{
    struct srv_sink s = {out, 8};
    const bool plain = srv_is_plain(t->names, t->names_len);
    struct digits edge[2] = {digits_of(0)}; /* of the tensor: one of them is the end of that before it */
    uint64_t offset = 0;
    unsigned turn = 0;
    bool comma = metadata;
    srv_put_text(&s, metadata ? "{\"__metadata__\":{\"format\":\"pt\"}" : "{");
    for (uint32_t i = 0; i < t->n_file; i++) {
        const struct srv_file_row *row = &t->file[t->order[i]];
        if (shard != SRV_ALL_SHARDS && row->shard != shard)
            continue;
        srv_put(&s, ",", comma);
        comma = true;
        offset += srv_table_row_bytes(t, row);
        edge[!turn] = digits_of(offset);
        put_tensor(&s, t, row, &edge[turn], &edge[!turn], plain);
        turn = !turn;
    }
    srv_put(&s, "}", 1);
    srv_put(&s, "       ", (8 - s.len % 8) % 8);
    for (unsigned i = 0; out && i < 8; i++)
        out[i] = (char)((s.len - 8) >> (8 * i));
    return s.len;
}

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

uint32_t srv_header_deal(struct srv_table *t, uint64_t max_bytes)
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

uint64_t srv_header_shard_bytes(const struct srv_table *t, uint32_t shard)
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
size_t srv_header_shard_name(uint32_t shard, uint32_t n_shards, char out[SRV_SHARD_NAME_MAX])
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

size_t srv_header_index(const struct srv_table *t, uint32_t n_shards, char *out)
{
    struct srv_sink s = {out, 0};
    const bool plain = srv_is_plain(t->names, t->names_len);
    uint32_t *order = malloc((t->n_file + 1) * sizeof *order);
    if (!order)
        return 0;
    if (!srv_sort_names(t, order)) {
        free(order);
        return 0;
    }
    srv_put_text(&s, "{\n  \"metadata\": {\n    \"total_parameters\": ");
    srv_put_number(&s, t->n_parameters);
    srv_put_text(&s, ",\n    \"total_size\": ");
    srv_put_number(&s, t->data_bytes);
    srv_put_text(&s, "\n  },\n  \"weight_map\": {");
    char shard[SRV_SHARD_NAME_MAX];
    for (uint32_t i = 0; i < t->n_file; i++) {
        const struct srv_file_row *row = &t->file[order[i]];
        srv_put_text(&s, i ? ",\n    " : "\n    ");
        srv_put_name(&s, t->names + row->name, row->name_len, plain);
        srv_put_text(&s, ": \"");
        srv_put(&s, shard, srv_header_shard_name(row->shard, n_shards, shard));
        srv_put(&s, "\"", 1);
    }
    srv_put_text(&s, "\n  }\n}\n");
    free(order);
    return s.len;
}

size_t srv_header_bound(const struct srv_table *t)
{
    size_t bytes = 256; /* what is around the rows */
    for (uint32_t i = 0; i < t->n_file; i++) {
        const struct srv_file_row *row = &t->file[i];
        bytes += 2 * (size_t)row->name_len + 128 + WI_DECIMAL_U64_MAX * t->shape[row->shape].rank;
    }
    return bytes;
}
