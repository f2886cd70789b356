/* table.h - the tensors of a model, as compact rows.
 *
 * Two lists. `state` is the state_dict: what the model holds in memory, in its order, with tied tensors and with
 * buffers that are not saved. `file` is what checkpoints hold: the saved ones, under the names and in the pieces of the
 * hub. Names lie in one text, shapes and rules are shared; a row takes 48 bytes and its name.
 *
 * Limits: SRV_TABLE_TENSORS rows, SRV_TABLE_NAMES bytes of names; a model of more is an error (WI_E_TOO_LARGE).
 * Threads: read-only once srv_table_finish returned true. */
#ifndef SRV_MODEL_TABLE_H
#define SRV_MODEL_TABLE_H

#include "model/dtype.h"
#include "model/rule.h"

#define SRV_TABLE_TENSORS 262144u
#define SRV_TABLE_NAMES (64u << 20)
#define SRV_TABLE_BYTES (UINT64_C(1) << 60) /* of one model's data */

struct srv_shape {
    uint64_t n_elems; /* 1 for a scalar */
    uint32_t rank;
    uint64_t dim[WI_RANK_MAX];
};

#define SRV_NO_TIE UINT32_MAX

/* A tensor of the state_dict. */
struct srv_state_row {
    uint32_t name, shape, rule;
    uint32_t tie;  /* the row whose storage it shares; SRV_NO_TIE: its own */
    uint32_t file; /* its first row in `file`; those of one tensor follow each other */
    uint16_t name_len, dtype;
    bool buffer, saved; /* saved false: a buffer that is not in the state_dict; its place here is that of its module */
    bool base;          /* an adapter's table: a tensor of the base model that is saved with it */
};

/* A tensor of a file. */
struct srv_file_row {
    uint64_t offset; /* bytes from the start of the data section, in the file that holds all */
    uint64_t first;  /* its first element in its state_dict tensor */
    uint32_t name, shape, rule, state, shard;
    uint32_t group; /* its own number, or that of the first of the pieces that torch keeps in one storage */
    uint16_t name_len, dtype;
};

struct srv_table {
    char *names;
    struct srv_state_row *state;
    struct srv_file_row *file;
    uint32_t *order; /* rows of `file` in the order of the file: by dtype, then by name */
    struct srv_shape *shape;
    struct srv_rule *rule;
    size_t names_len, names_room;
    uint32_t n_state, n_file, n_shape, n_rule;
    uint32_t state_room, file_room, shape_room, rule_room;
    uint64_t n_parameters; /* elements of what is no buffer and of no base; tied ones count once */
    uint64_t data_bytes;   /* of the file that holds all */
    bool renamed;          /* files hold other names or pieces than the state_dict */
};

void srv_table_free(struct srv_table *table);
size_t srv_table_memory(const struct srv_table *table); /* bytes */
void srv_table_shrink(struct srv_table *table);         /* give back the room that it has grown ahead */

/* ---- building: state row first, then its file rows, then srv_table_finish ---------------------------------------- */

/* Index of the shape or rule in out. False with an error, naming the tensor. */
bool srv_table_shape(struct srv_table *table, const struct srv_shape *shape, const char *tensor, uint32_t *out,
                     struct wi_error *err);
bool srv_table_rule(struct srv_table *table, const struct srv_rule *rule, uint32_t *out, struct wi_error *err);

/* Append; name, name_len and file are filled in. Names: 1 to WI_NAME_MAX bytes of printable ASCII. */
bool srv_table_add_state(struct srv_table *table, const char *name, size_t len, struct srv_state_row row,
                         struct wi_error *err);
#define SRV_NEW_GROUP UINT32_MAX /* as row.group: the first of its group */
bool srv_table_add_file(struct srv_table *table, const char *name, size_t len, struct srv_file_row row,
                        struct wi_error *err);

/* Sort, lay out, check that no name repeats. */
bool srv_table_finish(struct srv_table *table, struct wi_error *err);

/* All float tensors get this type, as Module.to(dtype) does, those that their architecture keeps in f32 among them; the
 * file is laid out anew. Of a finished table. */
bool srv_table_cast(struct srv_table *table, enum srv_dtype dtype, struct wi_error *err);

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Bytes of a row's data. */
uint64_t srv_table_row_bytes(const struct srv_table *table, const struct srv_file_row *row);
/* The position in `order` of the tensor that holds byte `offset` < data_bytes. */
uint32_t srv_table_at(const struct srv_table *table, uint64_t offset);
/* The row of `file` with that name; NULL when there is none. */
const struct srv_file_row *srv_table_find(const struct srv_table *table, const char *name, size_t len);

#endif
