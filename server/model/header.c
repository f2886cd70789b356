/* see header.h */
#include "model/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/sort.h"

/* Text that is counted, and written when there is a place for it. */
struct sink {
    char *out;
    size_t len;
};

static void put(struct sink *s, const char *text, size_t len)
{
    if (s->out)
        memcpy(s->out + s->len, text, len);
    s->len += len;
}

static void put_text(struct sink *s, const char *text)
{
    put(s, text, strlen(text));
}

static void put_number(struct sink *s, uint64_t number)
{
    char digits[WI_DECIMAL_U64_MAX];
    put(s, digits, wi_decimal_u64(number, digits));
}

/* A name is printable ASCII: only two characters need a backslash. */
static void put_name(struct sink *s, const char *name, size_t len)
{
    put(s, "\"", 1);
    for (size_t from = 0, i = 0; i <= len; i++) {
        if (i < len && name[i] != '"' && name[i] != '\\')
            continue;
        put(s, name + from, i - from);
        from = i;
        if (i < len)
            put(s, "\\", 1);
    }
    put(s, "\"", 1);
}

static void put_tensor(struct sink *s, const struct srv_table *t, const struct srv_file_row *row, uint64_t offset)
{
    const struct srv_shape *shape = &t->shape[row->shape];
    put_name(s, t->names + row->name, row->name_len);
    put_text(s, ":{\"dtype\":\"");
    put_text(s, srv_dtype_name((enum srv_dtype)row->dtype));
    put_text(s, "\",\"shape\":[");
    for (uint32_t i = 0; i < shape->rank; i++) {
        put(s, ",", i > 0);
        put_number(s, shape->dim[i]);
    }
    put_text(s, "],\"data_offsets\":[");
    put_number(s, offset);
    put(s, ",", 1);
    put_number(s, offset + srv_table_row_bytes(t, row));
    put_text(s, "]}");
}

size_t srv_header_safetensors(const struct srv_table *t, uint32_t shard, bool metadata, char *out)
{
    struct sink s = {out, 8};
    uint64_t offset = 0;
    bool comma = metadata;
    put_text(&s, metadata ? "{\"__metadata__\":{\"format\":\"pt\"}" : "{");
    for (uint32_t i = 0; i < t->n_file; i++) {
        const struct srv_file_row *row = &t->file[t->order[i]];
        if (shard != SRV_ALL_SHARDS && row->shard != shard)
            continue;
        put(&s, ",", comma);
        comma = true;
        put_tensor(&s, t, row, offset);
        offset += srv_table_row_bytes(t, row);
    }
    put(&s, "}", 1);
    put(&s, "       ", (8 - s.len % 8) % 8);
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

size_t srv_header_shard_name(uint32_t shard, uint32_t n_shards, char out[SRV_SHARD_NAME_MAX])
{
    int len = n_shards == 1 ? snprintf(out, SRV_SHARD_NAME_MAX, "model.safetensors")
                            : snprintf(out, SRV_SHARD_NAME_MAX, "model-%05u-of-%05u.safetensors", shard + 1, n_shards);
    return (size_t)len;
}

/* Rows by name alone: json.dumps(sort_keys=True). */
static int by_name(const void *a, const void *b, void *table)
{
    const struct srv_table *t = table;
    const struct srv_file_row *x = &t->file[*(const uint32_t *)a], *y = &t->file[*(const uint32_t *)b];
    size_t n = x->name_len < y->name_len ? x->name_len : y->name_len;
    int order = memcmp(t->names + x->name, t->names + y->name, n);
    return order ? order : (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

static bool one_dtype(const struct srv_table *t)
{
    for (uint32_t i = 1; i < t->n_file; i++)
        if (t->file[i].dtype != t->file[0].dtype)
            return false;
    return true;
}

size_t srv_header_index(const struct srv_table *t, uint32_t n_shards, char *out)
{
    struct sink s = {out, 0};
    uint32_t *order = malloc((t->n_file + 1) * sizeof *order);
    if (!order)
        return 0;
    memcpy(order, t->order, t->n_file * sizeof *order);
    if (!one_dtype(t))
        qsort_r(order, t->n_file, sizeof *order, by_name, (void *)t);
    put_text(&s, "{\n  \"metadata\": {\n    \"total_parameters\": ");
    put_number(&s, t->n_parameters);
    put_text(&s, ",\n    \"total_size\": ");
    put_number(&s, t->data_bytes);
    put_text(&s, "\n  },\n  \"weight_map\": {");
    for (uint32_t i = 0; i < t->n_file; i++) {
        const struct srv_file_row *row = &t->file[order[i]];
        char name[SRV_SHARD_NAME_MAX];
        put_text(&s, i ? ",\n    " : "\n    ");
        put_name(&s, t->names + row->name, row->name_len);
        put_text(&s, ": \"");
        put(&s, name, srv_header_shard_name(row->shard, n_shards, name));
        put(&s, "\"", 1);
    }
    put_text(&s, "\n  }\n}\n");
    free(order);
    return s.len;
}
