/* part.h - what is drawn for the tensors of a checkpoint: each is a request of GET /init.
 *
 * The stream of a tensor is its name in the file, its layout is oi, its seed and dtype are the model's, its scheme
 * follows from its rule. Tensors of one shape, rule and dtype differ in name alone: they are one kind, which is planned
 * once, so that reading a tensor costs a copy of its kind and a hash of its name.
 *
 * Types that /init does not know are drawn in one that it knows and converted as they are written (cell.h).
 * Memory: srv_parts_free. Threads: read-only once made. */
#ifndef SRV_MODEL_PART_H
#define SRV_MODEL_PART_H

#include "model/drawn.h"
#include "model/table.h"
#include "wi.h"

#define SRV_NO_KIND UINT32_MAX /* of a tensor without elements */
#define SRV_KIND_URL_MAX 512

struct srv_kind_part {
    struct wi_part part; /* of seed 0 and no name */
    uint32_t shape, rule;
    uint16_t dtype;
    uint16_t seed_at;           /* where seed and stream go into url; 0: the numbers depend on neither */
    bool said;                  /* a request of /init has the very bytes */
    bool by_init;               /* drawn by the scheme that replaces the model's own */
    char url[SRV_KIND_URL_MAX]; /* that request without seed and stream */
};

struct srv_parts {
    const char *init; /* srv_parts_make's */
    struct srv_kind_part *kind;
    uint32_t *of_row; /* the kind of each row of the table's `file`, or SRV_NO_KIND */
    uint32_t n_kind, room;
    struct srv_drawn drawn; /* of like=torch: what is drawn; all zeros: nothing is */
};

/* The kinds of all rows. init: the scheme of /init that draws the matrices, all tensors of two and more dimensions that
 * are random; NULL: by their own rules. work_bytes: the memory that a whole-matrix scheme may take. False with an error
 * that names the tensor; the parts must be freed in any case. */
bool srv_parts_make(struct srv_parts *parts, const struct srv_table *table, const char *init, uint64_t work_bytes,
                    struct wi_error *err);
void srv_parts_free(struct srv_parts *parts);
size_t srv_parts_memory(const struct srv_parts *parts, const struct srv_table *table); /* bytes */

/* shape= of a request. */
bool srv_part_shape(struct wi_request *request, const struct srv_shape *shape, struct wi_error *err);

/* The part of a row that has a kind. Where drawn holds it, its keep is the replay of the seed. */
void srv_part_of(const struct srv_parts *parts, const struct srv_table *table, uint32_t row, uint64_t seed,
                 struct wi_part *out);

/* Its plan, for tensors that must be built (keep_bytes > 0). */
void srv_part_plan(const struct srv_parts *parts, const struct srv_table *table, uint32_t row, uint64_t seed,
                   struct wi_plan *out);

/* The request of /init that has a row's bytes: "/init?alg=1&scheme=normal&...&format=raw", with its terminator. Returns
 * the length; 0: there is none. */
#define SRV_PART_URL_MAX (SRV_KIND_URL_MAX + 3 * WI_NAME_MAX + 48)
size_t srv_part_url(const struct srv_parts *parts, const struct srv_table *table, uint32_t row, uint64_t seed,
                    char out[SRV_PART_URL_MAX]);

#endif
