/* see sort.h
 *
 * Names share long beginnings ("model.layers.17.mlp.experts."), so they are compared eight bytes at a time: rows are
 * sorted by bytes [depth, depth + 8), and only rows that are equal there go on to the next eight. */
#include "model/sort.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define ROW_BITS 22
#define LEN_BITS 10
static_assert(SRV_TABLE_TENSORS <= 1u << ROW_BITS, "rows fit into an entry");

struct entry {
    uint64_t key;
    uint32_t at; /* where its text begins */
    uint32_t row : ROW_BITS, len : LEN_BITS;
};

/* Bytes [depth, depth + 8) of an entry's text as a number that sorts like them; past its end zeros. */
static uint64_t key_at(const char *texts, const struct entry *e, uint32_t depth)
{
    uint64_t key = 0;
    if (depth + 8 <= e->len) {
        memcpy(&key, texts + e->at + depth, 8);
    } else if (depth < e->len) {
        memcpy(&key, texts + e->at + depth, e->len - depth);
    }
    return be64toh(key);
}

static void insertion_sort(struct entry *e, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct entry moved = e[i];
        uint32_t j = i;
        for (; j > 0 && e[j - 1].key > moved.key; j--)
            e[j] = e[j - 1];
        e[j] = moved;
    }
}

static void swap(struct entry *a, struct entry *b)
{
    struct entry old = *a;
    *a = *b;
    *b = old;
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
    return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const struct entry *)a)->key, y = ((const struct entry *)b)->key;
    return (x > y) - (x < y);
}

/* Quicksort in three parts: many keys are equal. Where the pivots are bad, the C library's sort bounds the work. */
static void sort_keys(struct entry *e, uint32_t n, unsigned depth)
{
    while (n > 24) {
        if (depth-- == 0) {
            qsort(e, n, sizeof *e, by_key);
            return;
        }
        uint64_t pivot = median(e[0].key, e[n / 2].key, e[n - 1].key);
        uint32_t less = 0, at = 0, more = n;
        while (at < more) {
            if (e[at].key < pivot)
                swap(&e[at++], &e[less++]);
            else if (e[at].key > pivot)
                swap(&e[at], &e[--more]);
            else
                at++;
        }
        sort_keys(e, less, depth);
        e += more;
        n -= more;
    }
    insertion_sort(e, n);
}

/* Sort n entries that are equal in their first `depth` bytes; no text has more than `longest`. */
static void sort_from(const char *texts, struct entry *e, uint32_t n, uint32_t depth, uint32_t longest)
{
    while (n > 1 && depth < longest) {
        bool equal = true;
        for (uint32_t i = 0; i < n; i++) {
            e[i].key = key_at(texts, &e[i], depth);
            equal = equal && e[i].key == e[0].key;
        }
        depth += 8;
        if (equal)
            continue;
        sort_keys(e, n, 48);
        uint32_t from = 0;
        for (uint32_t i = 1; i < n; i++)
            if (e[i].key != e[from].key) {
                sort_from(texts, e + from, i - from, depth, longest);
                from = i;
            }
        e += from;
        n -= from;
    }
}

static struct entry entry_of(size_t at, uint32_t len, uint32_t row)
{
    return (struct entry){.at = (uint32_t)at, .row = row & ((1u << ROW_BITS) - 1), .len = len & ((1u << LEN_BITS) - 1)};
}

/* The entries' rows; e is freed. */
static bool give(struct entry *e, uint32_t n, uint32_t *out)
{
    for (uint32_t i = 0; i < n && e; i++)
        out[i] = e[i].row;
    free(e);
    return e;
}

bool srv_sort_file(const struct srv_table *t, uint32_t *out)
{
    struct entry *e = malloc((t->n_file + 1) * sizeof *e);
    uint32_t end[SRV_DTYPE_COUNT + 1] = {0}; /* where the rows of each type end */
    if (!e)
        return false;
    for (uint32_t i = 0; i < t->n_file; i++)
        end[t->file[i].dtype + 1]++;
    for (unsigned dtype = 0; dtype < SRV_DTYPE_COUNT; dtype++)
        end[dtype + 1] += end[dtype];
    for (uint32_t i = 0; i < t->n_file; i++)
        e[end[t->file[i].dtype]++] = entry_of(t->file[i].name, t->file[i].name_len, i);
    for (unsigned dtype = 0; dtype < SRV_DTYPE_COUNT; dtype++) {
        uint32_t from = dtype ? end[dtype - 1] : 0;
        sort_from(t->names, e + from, end[dtype] - from, 0, WI_NAME_MAX);
    }
    return give(e, t->n_file, out);
}

static bool is_before(const struct srv_table *t, uint32_t a, uint32_t b)
{
    const struct srv_file_row *x = &t->file[a], *y = &t->file[b];
    const size_t n = x->name_len < y->name_len ? x->name_len : y->name_len;
    const int order = memcmp(t->names + x->name, t->names + y->name, n);
    return order ? order < 0 : x->name_len < y->name_len;
}

/* Rows of one type are in order in t->order: run after run is merged into out. */
bool srv_sort_names(const struct srv_table *t, uint32_t *out)
{
    uint32_t *left = malloc((t->n_file + 1) * sizeof *left);
    uint32_t done = 0;
    if (!left)
        return false;
    for (uint32_t end; done < t->n_file; done = end) {
        for (end = done + 1; end < t->n_file && t->file[t->order[end]].dtype == t->file[t->order[done]].dtype;)
            end++;
        memcpy(left, out, done * sizeof *left);
        for (uint32_t i = 0, j = done, k = 0; k < end; k++)
            out[k] = j == end || (i < done && is_before(t, left[i], t->order[j])) ? left[i++] : t->order[j++];
    }
    free(left);
    return true;
}

/* ---- shards ------------------------------------------------------------------------------------------------------ */

/* A number goes before a text, and by its length, so that 9 is before 10. The text that sorts so: for each part of the
 * name 2, the number's length and its digits, or 3 and the text, then 1; at the end 0 and its number. Names have bytes from 32 on. */
enum { END = 0, PART = 1, NUMBER = 2, TEXT = 3 };
#define KEY_MAX(name_len) (2 * (size_t)(name_len) + 8)
static_assert(KEY_MAX(WI_NAME_MAX) < 1u << LEN_BITS, "lengths fit into an entry");

/* The length of the part up to the next dot; *number: it is digits only. */
static size_t part(const char *at, const char *end, bool *number)
{
    size_t len = 0;
    for (*number = true; at + len < end && at[len] != '.'; len++)
        *number = *number && at[len] >= '0' && at[len] <= '9';
    *number = *number && len > 0;
    return len;
}

static uint32_t natural_key(const char *name, size_t len, uint32_t row, char *out)
{
    const char *at = name, *end = name + len;
    char *to = out;
    for (size_t n; at < end; at += n + 1) {
        bool number;
        n = part(at, end, &number);
        *to++ = number ? NUMBER : TEXT;
        if (number)
            *to++ = (char)n;
        memcpy(to, at, n);
        to += n;
        *to++ = PART;
    }
    *to++ = END;
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (char)(row >> shift);
    return (uint32_t)(to - out);
}

/* The tensors of the state_dict by name, each with its rows, which follow each other. */
static bool sort_natural(const struct srv_table *t, uint32_t *out)
{
    size_t room = 1;
    for (uint32_t i = 0; i < t->n_state; i++)
        room += KEY_MAX(t->state[i].name_len);
    struct entry *e = malloc((t->n_state + 1) * sizeof *e);
    char *keys = e ? malloc(room) : NULL, *to = keys;
    const bool good = keys;
    for (uint32_t i = 0; i < t->n_state && good; i++) {
        const uint32_t len = natural_key(t->names + t->state[i].name, t->state[i].name_len, i, to);
        e[i] = entry_of((size_t)(to - keys), len, i);
        to += len;
    }
    if (good)
        sort_from(keys, e, t->n_state, 0, KEY_MAX(WI_NAME_MAX));
    for (uint32_t i = 0, n = 0; i < t->n_state && good; i++)
        for (uint32_t row = t->state[e[i].row].file; row < t->n_file && t->file[row].state == e[i].row; row++)
            out[n++] = row;
    free(keys);
    free(e);
    return good;
}

bool srv_sort_shards(const struct srv_table *t, uint32_t *out)
{
    for (uint32_t i = 0; i < t->n_file; i++)
        out[i] = i;
    return !t->renamed || sort_natural(t, out);
}
