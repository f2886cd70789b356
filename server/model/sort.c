/* see sort.h
 *
 * Names share long beginnings ("model.layers.17.mlp.experts."), so they are compared eight bytes at a time: rows are
 * sorted by bytes [depth, depth + 8), and only rows that are equal there go on to the next eight. */
#include "model/sort.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t key;
    uint32_t row;
};

/* Bytes [depth, depth + 8) of the name as a number that sorts like them; past its end zeros, which no name contains. */
static uint64_t key_at(const struct srv_table *t, uint32_t row, uint32_t depth)
{
    const struct srv_file_row *file = &t->file[row];
    unsigned char bytes[8] = {0};
    if (depth < file->name_len) {
        uint32_t left = file->name_len - depth;
        memcpy(bytes, t->names + file->name + depth, left < 8 ? left : 8);
    }
    uint64_t key = 0;
    for (int i = 0; i < 8; i++)
        key = key << 8 | bytes[i];
    return key;
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

/* Sort n rows that are equal in their first `depth` bytes. */
static void sort_from(const struct srv_table *t, struct entry *e, uint32_t n, uint32_t depth)
{
    while (n > 1 && depth < WI_NAME_MAX + 8) {
        bool equal = true;
        for (uint32_t i = 0; i < n; i++) {
            e[i].key = key_at(t, e[i].row, depth);
            equal = equal && e[i].key == e[0].key;
        }
        depth += 8;
        if (equal)
            continue;
        sort_keys(e, n, 48);
        uint32_t from = 0;
        for (uint32_t i = 1; i < n; i++)
            if (e[i].key != e[from].key) {
                sort_from(t, e + from, i - from, depth);
                from = i;
            }
        e += from;
        n -= from;
    }
}

bool srv_sort_file(const struct srv_table *t, uint32_t *out)
{
    struct entry *e = malloc((t->n_file + 1) * sizeof *e);
    if (!e)
        return false;
    uint32_t end[SRV_DTYPE_COUNT + 1] = {0}; /* where the rows of each type end */
    for (uint32_t i = 0; i < t->n_file; i++)
        end[t->file[i].dtype + 1]++;
    for (unsigned dtype = 0; dtype < SRV_DTYPE_COUNT; dtype++)
        end[dtype + 1] += end[dtype];
    for (uint32_t i = 0; i < t->n_file; i++)
        e[end[t->file[i].dtype]++].row = i;
    for (unsigned dtype = 0; dtype < SRV_DTYPE_COUNT; dtype++) {
        uint32_t from = dtype ? end[dtype - 1] : 0;
        sort_from(t, e + from, end[dtype] - from, 0);
    }
    for (uint32_t i = 0; i < t->n_file; i++)
        out[i] = e[i].row;
    free(e);
    return true;
}

/* ---- shards ------------------------------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of the part up to the next dot; *number: it is digits only, so that leading zeros do not count. */
static size_t part(const char *at, const char *end, bool *number)
{
    size_t len = 0;
    for (*number = true; at + len < end && at[len] != '.'; len++)
        *number = *number && is_digit(at[len]);
    *number = *number && len > 0;
    return len;
}

static int compare_parts(const char *a, size_t na, bool a_number, const char *b, size_t nb, bool b_number)
{
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number && na != nb)
        return na < nb ? -1 : 1;
    int order = memcmp(a, b, na < nb ? na : nb);
    return order ? order : (na > nb) - (na < nb);
}

static int by_natural_name(const char *a, const char *a_end, const char *b, const char *b_end)
{
    while (a < a_end && b < b_end) {
        bool a_number, b_number;
        size_t na = part(a, a_end, &a_number), nb = part(b, b_end, &b_number);
        int order = compare_parts(a, na, a_number, b, nb, b_number);
        if (order)
            return order;
        a += na + 1;
        b += nb + 1;
    }
    return (a < a_end) - (b < b_end);
}

static int by_state_name(const void *a, const void *b, void *table)
{
    const struct srv_table *t = table;
    const struct srv_file_row *x = &t->file[*(const uint32_t *)a], *y = &t->file[*(const uint32_t *)b];
    const struct srv_state_row *s = &t->state[x->state], *u = &t->state[y->state];
    const char *p = t->names + s->name, *q = t->names + u->name;
    int order = x->state == y->state ? 0 : by_natural_name(p, p + s->name_len, q, q + u->name_len);
    return order ? order : (x > y) - (x < y);
}

bool srv_sort_shards(const struct srv_table *t, uint32_t *out)
{
    for (uint32_t i = 0; i < t->n_file; i++)
        out[i] = i;
    if (t->renamed)
        qsort_r(out, t->n_file, sizeof *out, by_state_name, (void *)t);
    return true;
}
