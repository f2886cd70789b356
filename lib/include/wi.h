/* wi.h - libwi: initialized tensors whose bytes are the same on every machine, for ever.
 *
 *     struct wi_request req;  struct wi_plan plan;  struct wi_body body;  struct wi_error err = {0};
 *     uint8_t header[WI_HEADER_MAX];
 *     wi_request_init(&req);
 *     wi_request_set(&req, "scheme", "xavier_uniform", 14, &err);
 *     wi_request_set(&req, "shape", "256,128", 7, &err);
 *     wi_request_set(&req, "seed", "7", 1, &err);
 *     if (wi_plan_make(&plan, &req, NULL, &err) == WI_OK) {
 *         wi_plan_body(&plan, header, &body);
 *         wi_body_read(&body, NULL, NULL, 0, buf, body.total_bytes);
 *     }
 *
 * A request is a set of named parameters (the ones of GET /init). wi_plan_make checks them against each other and is
 * the last place where an error can arise; from then on the body is a pure function of (plan, byte offset).
 * What is drawn (tensor.h) stands apart from the file it lies in (body.h): a file of many tensors is read in the same
 * way.
 *
 * Memory : the library never allocates. Requests, tensors and plans are plain values without pointers to memory of the
 *          caller's; they may be copied. Where a scheme must see its whole matrix (plan.part.tensor.keep_bytes > 0),
 *          the caller lends memory.
 * Threads: everything is pure over its arguments; one plan may be read from any number of threads.
 * Units  : sizes are bytes unless named otherwise; _elems counts elements. Sizes are 64-bit.
 * Locale, files, environment, clock: none are used. Rounding mode must be to nearest, as C programs start. */
#ifndef WI_H
#define WI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"
#include "body.h"
#include "decimal.h"
#include "draw.h"
#include "exec.h"
#include "isa.h"
#include "key.h"
#include "status.h"
#include "tables.h"
#include "tensor.h"

WI_API_BEGIN

#define WI_HEADER_MAX 4096    /* bytes before the cells of a plan's body */
#define WI_CANONICAL_MAX 3072 /* text of wi_plan_canonical, terminator included */

/* ---- request --------------------------------------------------------------------------------------------------- */

struct wi_slice_dim {
    int64_t start, stop;             /* as written; negative counts from the end */
    bool has_start, has_stop, index; /* index: a plain number, keeps the dimension with length 1 */
};

struct wi_request {
    uint64_t given; /* WI_P_BIT of what was set */
    union wi_value value[WI_P_COUNT];
    unsigned rank, slice_rank;
    uint64_t shape[WI_RANK_MAX];
    struct wi_slice_dim slice[WI_RANK_MAX];
    bool torch_name; /* nonlinearity= is given, by a name that torch knows */
    char scheme[32]; /* as written: resolved by the plan, in the table that like= selects */
    char stream[WI_NAME_MAX + 1];
    char name[WI_NAME_MAX + 1];
};

void wi_request_init(struct wi_request *req);

/* Set one parameter from text. Blanks, signs where none belong, NUL bytes, empty values (but shape's and stream's),
 * unknown and repeated parameters are errors that name the parameter. Borrows key and value for the call. */
enum wi_status wi_request_set_n(struct wi_request *req, const char *key, size_t key_len, const char *value,
                                size_t value_len, struct wi_error *err);
enum wi_status wi_request_set(struct wi_request *req, const char *key, const char *value, size_t value_len,
                              struct wi_error *err);

/* ---- plan ------------------------------------------------------------------------------------------------------ */

struct wi_limits {
    uint64_t body_bytes; /* of one body */
    uint64_t work_bytes; /* keep + scratch of a whole-matrix scheme */
};

/* Everything a body depends on: a part of a tensor, and the file around it. A plain value: it may be copied. Fields
 * are for reading; make plans with wi_plan_make only. */
struct wi_plan {
    struct wi_part part;
    const struct wi_format *format;
    struct wi_request req; /* every parameter that matters, defaults filled in */
    uint64_t params;       /* which of them matter: the canonical text */

    uint32_t header_bytes; /* at most WI_HEADER_MAX */
    const char *suffix;    /* static text */
    uint64_t total_bytes;  /* header, cells, suffix */
};

/* Check a request and work out its body. limits NULL: none. Errors: every code of enum wi_status. */
enum wi_status wi_plan_make(struct wi_plan *plan, const struct wi_request *req, const struct wi_limits *limits,
                            struct wi_error *err);

/* What the text identifies: the body, or the tensor whatever its format and slice (the identity of what wi_build
 * makes). */
enum wi_canonical { WI_CANONICAL_BODY, WI_CANONICAL_TENSOR };

/* The canonical request "/init?alg=1&scheme=...": every parameter that matters in a fixed order, one spelling each. Two
 * requests with equal texts have equal bodies. Parsing it again gives the same text. Writes at most WI_CANONICAL_MAX
 * bytes with the terminator, returns the length without it. */
size_t wi_plan_canonical(const struct wi_plan *plan, enum wi_canonical what, char out[WI_CANONICAL_MAX]);

/* Lay the plan's body out. header: plan->header_bytes of memory, written here and lent for as long as the body is
 * read, as is the plan. Not for formats with `digest`: what is laid out then are the raw bytes. */
void wi_plan_body(const struct wi_plan *plan, void *header, struct wi_body *body);

/* The nearest name in a list by edit distance, for "did you mean": NULL when nothing is near. */
const char *wi_nearest(const char *name, size_t len, const char *(*at)(unsigned i));

WI_API_END

#endif
