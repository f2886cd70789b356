/* see table.h */
#include "model/table.h"

#include <stdlib.h>
#include <string.h>

#include "model/sort.h"

void srv_table_free(struct srv_table *t)
{
    free(t->names);
    free(t->state);
    free(t->file);
    free(t->order);
    free(t->shape);
    free(t->rule);
    *t = (struct srv_table){0};
}

size_t srv_table_memory(const struct srv_table *t)
{
    return t->names_room + t->state_room * sizeof *t->state + t->file_room * sizeof *t->file +
           t->n_file * sizeof *t->order + t->shape_room * sizeof *t->shape + t->rule_room * sizeof *t->rule;
}

/* Room for n elements and no more; the list stays as it is where the system has no other. */
static void shrink(void *list, uint32_t n, uint32_t *room, size_t size)
{
    void **at = list, *less = n < *room && n ? realloc(*at, n * size) : NULL;
    if (less) {
        *at = less;
        *room = n;
    }
}

void srv_table_shrink(struct srv_table *t)
{
    uint32_t names_room = (uint32_t)t->names_room; /* less than 4 SRV_TABLE_NAMES */
    shrink(&t->names, (uint32_t)t->names_len, &names_room, 1);
    t->names_room = names_room;
    shrink(&t->state, t->n_state, &t->state_room, sizeof *t->state);
    shrink(&t->file, t->n_file, &t->file_room, sizeof *t->file);
    shrink(&t->shape, t->n_shape, &t->shape_room, sizeof *t->shape);
    shrink(&t->rule, t->n_rule, &t->rule_room, sizeof *t->rule);
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

static bool too_large(struct wi_error *err, const char *what, uint64_t limit)
{
    wi_fail(err, WI_E_TOO_LARGE, "", "the model has more than %u %s", limit, what);
    return false;
}

/* Room for one more element; NULL when memory is short (the old block stays). */
static void *grow(void *list, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return list;
    uint32_t more = *room ? 4 * *room : 64; /* untouched memory costs nothing, copies do */
    void *grown = realloc(list, more * size);
    if (grown)
        *room = more;
    return grown;
}

bool srv_table_shape(struct srv_table *t, const struct srv_shape *shape, const char *tensor, uint32_t *out,
                     struct wi_error *err)
{
    struct srv_shape s = *shape;
    s.n_elems = 1;
    for (uint32_t i = 0; i < s.rank; i++) {
        if (__builtin_mul_overflow(s.n_elems, s.dim[i], &s.n_elems) || s.n_elems > SRV_TABLE_BYTES / 8) {
            wi_fail(err, WI_E_TOO_LARGE, tensor, "%q has more than %u elements", tensor, SRV_TABLE_BYTES / 8);
            return false;
        }
    }
    for (uint32_t i = t->n_shape; i > 0 && t->n_shape - i < 32; i--)
        if (t->shape[i - 1].rank == s.rank && memcmp(t->shape[i - 1].dim, s.dim, s.rank * sizeof *s.dim) == 0) {
            *out = i - 1;
            return true;
        }
    struct srv_shape *grown = grow(t->shape, t->n_shape, &t->shape_room, sizeof s);
    if (!grown)
        return too_large(err, "shapes: no memory", t->n_shape);
    t->shape = grown;
    t->shape[t->n_shape] = s;
    *out = t->n_shape++;
    return true;
}

bool srv_table_rule(struct srv_table *t, const struct srv_rule *rule, uint32_t *out, struct wi_error *err)
{
    for (uint32_t i = t->n_rule; i > 0 && t->n_rule - i < 32; i--)
        if (srv_rule_equal(&t->rule[i - 1], rule)) {
            *out = i - 1;
            return true;
        }
    struct srv_rule *grown = grow(t->rule, t->n_rule, &t->rule_room, sizeof *rule);
    if (!grown)
        return too_large(err, "rules: no memory", t->n_rule);
    t->rule = grown;
    t->rule[t->n_rule] = *rule;
    *out = t->n_rule++;
    return true;
}

static bool add_name(struct srv_table *t, const char *name, size_t len, uint32_t *out, struct wi_error *err)
{
    bool good = len >= 1 && len <= WI_NAME_MAX;
    for (size_t i = 0; i < len && good; i++)
        good = name[i] >= ' ' && name[i] <= '~';
    if (!good) {
        wi_fail(err, WI_E_PARAM_VALUE, "name", "a tensor's name must be 1 to 255 bytes of printable ASCII");
        return false;
    }
    if (t->names_len + len > SRV_TABLE_NAMES)
        return too_large(err, "bytes of names", SRV_TABLE_NAMES);
    if (t->names_len + len > t->names_room) {
        size_t room = t->names_room ? 4 * t->names_room : 4096;
        char *names = realloc(t->names, room);
        if (!names)
            return too_large(err, "names: no memory", t->n_state);
        t->names = names;
        t->names_room = room;
    }
    memcpy(t->names + t->names_len, name, len);
    *out = (uint32_t)t->names_len;
    t->names_len += len;
    return true;
}

bool srv_table_add_state(struct srv_table *t, const char *name, size_t len, struct srv_state_row row,
                         struct wi_error *err)
{
    if (t->n_state == SRV_TABLE_TENSORS)
        return too_large(err, "tensors", SRV_TABLE_TENSORS);
    struct srv_state_row *grown = grow(t->state, t->n_state, &t->state_room, sizeof row);
    if (!grown)
        return too_large(err, "tensors: no memory", t->n_state);
    t->state = grown;
    row.name_len = (uint16_t)len;
    row.file = t->n_file;
    if (!add_name(t, name, len, &row.name, err))
        return false;
    if (row.tie == SRV_NO_TIE && !row.buffer && !row.base)
        t->n_parameters += t->shape[row.shape].n_elems;
    t->state[t->n_state++] = row;
    return true;
}

bool srv_table_add_file(struct srv_table *t, const char *name, size_t len, struct srv_file_row row,
                        struct wi_error *err)
{
    if (t->n_file == SRV_TABLE_TENSORS)
        return too_large(err, "tensors", SRV_TABLE_TENSORS);
    struct srv_file_row *grown = grow(t->file, t->n_file, &t->file_room, sizeof row);
    if (!grown)
        return too_large(err, "tensors: no memory", t->n_file);
    t->file = grown;
    const struct srv_state_row *state = &t->state[t->n_state - 1];
    row.state = t->n_state - 1;
    row.group = row.group == SRV_NEW_GROUP ? t->n_file : row.group;
    row.name_len = (uint16_t)len;
    row.name = state->name;
    bool same = state->name_len == len && memcmp(t->names + state->name, name, len) == 0;
    if (!same && !add_name(t, name, len, &row.name, err))
        return false;
    t->renamed |= !same;
    t->file[t->n_file++] = row;
    return true;
}

bool srv_table_cast(struct srv_table *t, enum srv_dtype dtype, struct wi_error *err)
{
    for (uint32_t i = 0; i < t->n_state; i++)
        if (srv_dtype_is_float((enum srv_dtype)t->state[i].dtype))
            t->state[i].dtype = (uint16_t)dtype;
    for (uint32_t i = 0; i < t->n_file; i++)
        if (srv_dtype_is_float((enum srv_dtype)t->file[i].dtype))
            t->file[i].dtype = (uint16_t)dtype;
    return srv_table_finish(t, err);
}

bool srv_table_finish(struct srv_table *t, struct wi_error *err)
{
    free(t->order);
    t->data_bytes = 0;
    t->order = malloc((t->n_file + 1) * sizeof *t->order);
    if (!t->order || !srv_sort_file(t, t->order)) {
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory to sort the tensors");
        return false;
    }
    for (uint32_t i = 0; i < t->n_file; i++) {
        struct srv_file_row *row = &t->file[t->order[i]];
        const struct srv_file_row *before = i ? &t->file[t->order[i - 1]] : NULL;
        if (before && before->name_len == row->name_len &&
            memcmp(t->names + before->name, t->names + row->name, row->name_len) == 0) {
            char name[WI_NAME_MAX + 1] = {0};
            memcpy(name, t->names + row->name, row->name_len);
            wi_fail(err, WI_E_PARAM_REPEATED, name, "the tensor %q is there twice", name);
            return false;
        }
        row->offset = t->data_bytes;
        if (__builtin_add_overflow(t->data_bytes, srv_table_row_bytes(t, row), &t->data_bytes) ||
            t->data_bytes > SRV_TABLE_BYTES)
            return too_large(err, "bytes", SRV_TABLE_BYTES);
    }
    return true;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

uint64_t srv_table_row_bytes(const struct srv_table *t, const struct srv_file_row *row)
{
    return t->shape[row->shape].n_elems * srv_dtype_bytes((enum srv_dtype)row->dtype);
}

uint32_t srv_table_at(const struct srv_table *t, uint64_t offset)
{
    uint32_t low = 0, high = t->n_file; /* the answer is in [low, high) */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (t->file[t->order[middle]].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const struct srv_file_row *srv_table_find(const struct srv_table *t, const char *name, size_t len)
{
    for (uint32_t i = 0; i < t->n_file; i++)
        if (t->file[i].name_len == len && memcmp(t->names + t->file[i].name, name, len) == 0)
            return &t->file[i];
    return NULL;
}
