/* see lines.h */
#include "model/lines.h"

#include <stdlib.h>
#include <string.h>

#include "model/sink.h"
#include "model/sort.h"

#define STEP 64        /* lines from mark to mark */
#define PIECE_MAX 1024 /* of a line, and of what is before and behind all */

/* Where a line begins. */
struct mark {
    uint64_t at, data; /* bytes of the text before it, and of the tensors before its own */
    uint32_t place;    /* in order */
};

/* What differs between the texts. */
struct kind {
    void (*head)(const struct srv_lines *lines, struct srv_sink *s);
    void (*line)(const struct srv_lines *lines, const struct srv_file_row *row, uint64_t data, bool first,
                 struct srv_sink *s);
    const char *tail;
    size_t unit; /* the text's length is a multiple of it; the tail is cut there */
};

struct srv_lines {
    const struct kind *kind;
    const struct srv_table *table;
    const uint32_t *order; /* rows of the table */
    uint32_t *own;         /* order, where it is not the table's */
    uint32_t shard;        /* whose rows have a line; or SRV_ALL_SHARDS */
    uint32_t n_shards, n_marks;
    bool plain; /* srv_is_plain of all names */
    size_t bytes;
    struct mark *mark; /* NULL: the text is only counted */
};

static bool is_listed(const struct srv_lines *l, const struct srv_file_row *row)
{
    return l->shard == SRV_ALL_SHARDS || row->shard == l->shard;
}

/* ---- the header of a safetensors file ---------------------------------------------------------------------------- */

static void put_header_head(const struct srv_lines *l, struct srv_sink *s)
{
    char length[8];
    for (unsigned i = 0; i < sizeof length; i++)
        length[i] = (char)((l->bytes - sizeof length) >> (8 * i));
    srv_put(s, length, sizeof length);
    srv_put_text(s, "{\"__metadata__\":{\"format\":\"pt\"}");
}

static void put_header_line(const struct srv_lines *l, const struct srv_file_row *row, uint64_t data, bool first,
                            struct srv_sink *s)
{
    const struct srv_table *t = l->table;
    const struct srv_shape *shape = &t->shape[row->shape];
    (void)first;
    srv_put_text(s, ",");
    srv_put_name(s, t->names + row->name, row->name_len, l->plain);
    srv_put_text(s, ":{\"dtype\":\"");
    srv_put_text(s, srv_dtype_name((enum srv_dtype)row->dtype));
    srv_put_text(s, "\",\"shape\":[");
    for (uint32_t i = 0; i < shape->rank; i++) {
        srv_put(s, ",", i > 0);
        srv_put_number(s, shape->dim[i]);
    }
    srv_put_text(s, "],\"data_offsets\":[");
    srv_put_number(s, data);
    srv_put(s, ",", 1);
    srv_put_number(s, data + srv_table_row_bytes(t, row));
    srv_put_text(s, "]}");
}

static const struct kind header_kind = {put_header_head, put_header_line, "}       ", 8};

/* ---- the index of shards ----------------------------------------------------------------------------------------- */

static void put_index_head(const struct srv_lines *l, struct srv_sink *s)
{
    srv_put_text(s, "{\n  \"metadata\": {\n    \"total_parameters\": ");
    srv_put_number(s, l->table->n_parameters);
    srv_put_text(s, ",\n    \"total_size\": ");
    srv_put_number(s, l->table->data_bytes);
    srv_put_text(s, "\n  },\n  \"weight_map\": {");
}

static void put_index_line(const struct srv_lines *l, const struct srv_file_row *row, uint64_t data, bool first,
                           struct srv_sink *s)
{
    char shard[SRV_SHARD_NAME_MAX];
    (void)data;
    srv_put_text(s, first ? "\n    " : ",\n    ");
    srv_put_name(s, l->table->names + row->name, row->name_len, l->plain);
    srv_put_text(s, ": \"");
    srv_put(s, shard, srv_shard_name(row->shard, l->n_shards, shard));
    srv_put(s, "\"", 1);
}

static const struct kind index_kind = {put_index_head, put_index_line, "\n  }\n}\n", 1};

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* Count, and mark every STEP-th line. */
static void measure(struct srv_lines *l)
{
    const struct srv_table *t = l->table;
    struct srv_sink s = {NULL, 0};
    uint64_t data = 0;
    uint32_t n = 0;
    l->kind->head(l, &s);
    for (uint32_t place = 0; place < t->n_file; place++) {
        const struct srv_file_row *row = &t->file[l->order[place]];
        if (!is_listed(l, row))
            continue;
        if (l->mark && n % STEP == 0)
            l->mark[l->n_marks++] = (struct mark){s.len, data, place};
        l->kind->line(l, row, data, n++ == 0, &s);
        data += srv_table_row_bytes(t, row);
    }
    l->bytes =
        l->kind->unit == 1 ? s.len + strlen(l->kind->tail) : s.len / l->kind->unit * l->kind->unit + l->kind->unit;
}

static struct srv_lines lines_of(const struct kind *kind, const struct srv_table *t)
{
    return (struct srv_lines){.kind = kind,
                              .table = t,
                              .order = t->order,
                              .shard = SRV_ALL_SHARDS,
                              .plain = srv_is_plain(t->names, t->names_len)};
}

static struct srv_lines *new_lines(const struct kind *kind, const struct srv_table *t)
{
    struct srv_lines *l = malloc(sizeof *l + (t->n_file / STEP + 1) * sizeof *l->mark);
    if (l) {
        *l = lines_of(kind, t);
        l->mark = (struct mark *)(l + 1);
    }
    return l;
}

struct srv_lines *srv_lines_header(const struct srv_table *table, uint32_t shard)
{
    struct srv_lines *l = new_lines(&header_kind, table);
    if (l) {
        l->shard = shard;
        measure(l);
    }
    return l;
}

size_t srv_lines_header_bytes(const struct srv_table *table, uint32_t shard)
{
    struct srv_lines l = lines_of(&header_kind, table);
    l.shard = shard;
    measure(&l);
    return l.bytes;
}

struct srv_lines *srv_lines_index(const struct srv_table *table, uint32_t n_shards)
{
    struct srv_lines *l = new_lines(&index_kind, table);
    uint32_t *own = l ? malloc((table->n_file + 1) * sizeof *own) : NULL;
    if (!own || !srv_sort_names(table, own)) {
        free(own);
        free(l);
        return NULL;
    }
    l->order = l->own = own;
    l->n_shards = n_shards;
    measure(l);
    return l;
}

void srv_lines_free(struct srv_lines *l)
{
    if (l)
        free(l->own);
    free(l);
}

size_t srv_lines_bytes(const struct srv_lines *l)
{
    return l->bytes;
}

size_t srv_lines_memory(const struct srv_lines *l)
{
    return sizeof *l + (l->table->n_file / STEP + 1) * sizeof *l->mark +
           (l->own ? l->table->n_file * sizeof *l->own : 0);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* The pieces of the text pass by; those within [want, want + left) are kept. */
struct window {
    unsigned char *buf;
    size_t left;
    uint64_t want, at;
};

static void pass(struct window *w, const char *piece, size_t len)
{
    if (w->at + len > w->want) {
        const size_t skip = w->want > w->at ? (size_t)(w->want - w->at) : 0;
        const size_t n = len - skip < w->left ? len - skip : w->left;
        memcpy(w->buf, piece + skip, n);
        w->buf += n;
        w->left -= n;
        w->want += n;
    }
    w->at += len;
}

/* The last mark that is not behind byte `at`; the first, where none is. NULL: there are no lines. */
static const struct mark *mark_before(const struct srv_lines *l, uint64_t at)
{
    uint32_t low = 0, high = l->n_marks; /* the answer is in [low, high) */
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (l->mark[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return high ? &l->mark[low] : NULL;
}

static void pass_lines(const struct srv_lines *l, struct window *w)
{
    const struct mark *mark = mark_before(l, w->want);
    char piece[PIECE_MAX];
    if (!mark)
        return;
    w->at = mark->at;
    uint64_t data = mark->data;
    for (uint32_t place = mark->place; place < l->table->n_file && w->left; place++) {
        const struct srv_file_row *row = &l->table->file[l->order[place]];
        struct srv_sink s = {piece, 0};
        if (!is_listed(l, row))
            continue;
        l->kind->line(l, row, data, place == l->mark->place, &s);
        data += srv_table_row_bytes(l->table, row);
        pass(w, piece, s.len);
    }
}

size_t srv_lines_read(const struct srv_lines *l, uint64_t at, void *buf, size_t cap)
{
    char piece[PIECE_MAX];
    struct srv_sink s = {piece, 0};
    if (at >= l->bytes)
        return 0;
    const size_t n = l->bytes - at < cap ? (size_t)(l->bytes - at) : cap;
    struct window w = {.buf = buf, .left = n, .want = at};
    l->kind->head(l, &s);
    pass(&w, piece, s.len);
    pass_lines(l, &w);
    pass(&w, l->kind->tail, strlen(l->kind->tail));
    return n;
}
