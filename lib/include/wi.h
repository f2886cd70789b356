/* wi.h - libwi: initialized tensors whose bytes are the same on every machine, for ever.
 *
 * A whole program, in C and in C++. It writes the tensor of a query to standard output:
 *     ./program 'scheme=orthogonal&shape=256,128&seed=7' > w.bin
 *
 *     #include <stdio.h>
 *     #include <stdlib.h>
 *     #include <wi.h>
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct wi_error err;
 *         struct wi_request req;
 *         struct wi_plan plan;
 *         struct wi_body body;
 *         unsigned char header[WI_HEADER_MAX], piece[65536];
 *
 *         wi_error_init(&err);
 *         wi_request_init(&req);
 *         if (argc != 2 || wi_request_query(&req, argv[1], &err) != WI_OK ||
 *             wi_plan_make(&plan, &req, NULL, &err) != WI_OK) {
 *             fprintf(stderr, "%s\n", argc == 2 ? err.text : "usage: program QUERY");
 *             return 1;
 *         }
 *
 *         // Some schemes need their whole matrix first, which stays in keep. For the others both sizes are 0.
 *         const struct wi_tensor *tensor = &plan.part.tensor;
 *         char *memory = (char *)malloc((size_t)(tensor->keep_bytes + tensor->scratch_bytes) + 2 * WI_ALIGN);
 *         if (!memory)
 *             return 1;
 *         char *keep = (char *)wi_align(memory);
 *         wi_build(tensor, keep, wi_align(keep + tensor->keep_bytes), NULL);
 *
 *         wi_plan_body(&plan, header, &body);
 *         size_t n;
 *         for (uint64_t at = 0; (n = wi_body_read(&body, wi_keep_only, keep, at, piece, sizeof piece)) > 0; at += n)
 *             fwrite(piece, 1, n, stdout);
 *         free(memory);
 *         return 0;
 *     }
 *
 * wi_get does all of that in one call, if the body fits into memory.
 *
 * A request is a set of named parameters, those of GET /init. wi_plan_make checks them against each other. It is the
 * last call that can fail: from then on the body is a pure function of the plan and the byte offset. The tensor
 * (tensor.h) is apart from the file it lies in (body.h), so that a file of many tensors is read in the same way.
 *
 * Memory : the library never allocates. Requests, tensors and plans are plain values without pointers to memory of the
 *          caller; they may be copied. The caller lends the memory of schemes that need their whole matrix.
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
    struct wi_seed seed;
    struct wi_past past; /* after= or key= */
    char scheme[32];     /* as written: resolved by the plan, in the table that like= selects */
    char stream[WI_NAME_MAX + 1];
    char name[WI_NAME_MAX + 1];
};

/* Set req to "no parameter". Every request must be initialised before its first use. */
void wi_request_init(struct wi_request *req);

/* Set the parameters of a query, "scheme=he_normal&shape=256,128&seed=7", as GET /init takes them: percent escapes are
 * decoded, and + is a blank in the values of names. What stands before a question mark is skipped. Stops at the first
 * error. */
enum wi_status wi_request_query(struct wi_request *req, const char *query, struct wi_error *err);

/* Set one parameter from text. Unknown and repeated parameters, NUL bytes, and empty values other than of shape and
 * stream are errors, as is all that the type of the parameter does not take; err names the parameter. */
enum wi_status wi_request_set_n(struct wi_request *req, const char *key, size_t key_len, const char *value,
                                size_t value_len, struct wi_error *err);
enum wi_status wi_request_set(struct wi_request *req, const char *key, const char *value, size_t value_len,
                              struct wi_error *err);

/* Is p set in both, to the same value? scheme counts as it is written. */
bool wi_request_agrees(const struct wi_request *a, const struct wi_request *b, enum wi_param p);

/* ---- plan ------------------------------------------------------------------------------------------------------ */

struct wi_limits {
    uint64_t body_bytes; /* of one body */
    uint64_t work_bytes; /* keep + scratch of a whole-matrix scheme */
};

/* All that a body depends on: a part of a tensor, and the file around it. A plain value, which may be copied. Fields
 * are for reading; only wi_plan_make makes plans. */
struct wi_plan {
    struct wi_part part;
    const struct wi_format *format;
    const struct wi_format *file; /* what wi_plan_body lays out: format, or the format whose digest is asked for */
    struct wi_request req;        /* every parameter that matters, defaults filled in */
    uint64_t params;              /* which of them matter: the canonical text */

    uint32_t header_bytes; /* at most WI_HEADER_MAX */
    const char *suffix;    /* static text */
    uint64_t total_bytes;  /* header, cells, suffix */
};

/* Check a request and compute the layout of its body. limits NULL: no limits. Errors: every code of enum wi_status. */
enum wi_status wi_plan_make(struct wi_plan *plan, const struct wi_request *req, const struct wi_limits *limits,
                            struct wi_error *err);

/* What the text identifies: the body; the file that wi_plan_body lays out, which is the body but for digests; or the
 * tensor whatever its format and slice (the identity of what wi_build makes). */
enum wi_canonical { WI_CANONICAL_BODY, WI_CANONICAL_FILE, WI_CANONICAL_TENSOR };

/* The canonical request "/init?alg=1&scheme=...": every parameter that matters in a fixed order, one spelling each. Two
 * requests with equal texts have equal bodies. Parsing it again gives the same text. Writes at most WI_CANONICAL_MAX
 * bytes with the terminator, returns the length without it. */
size_t wi_plan_canonical(const struct wi_plan *plan, enum wi_canonical what, char out[WI_CANONICAL_MAX]);

/* Lay the plan's body out. header: plan->header_bytes of memory, written here and lent for as long as the body is read,
 * as is the plan. For a format with `digest` the file is laid out whose digest it is, and total_bytes is that file's
 * size. */
void wi_plan_body(const struct wi_plan *plan, void *header, struct wi_body *body);

/* ---- one call ---------------------------------------------------------------------------------------------------- */

struct wi_sizes {
    uint64_t body_bytes;   /* of the body */
    uint64_t memory_bytes; /* of memory that wi_get needs: more than the body if the scheme needs its whole matrix */
};

/* Write the whole body of a query (see wi_request_query) to the first sizes->body_bytes of `memory`, which needs no
 * alignment. The rest of it is working memory. With memory NULL only *sizes is set; it is 0 after an error in the
 * query.
 * Errors: those of wi_request_query and wi_plan_make; WI_E_TOO_LARGE, with *sizes set, if memory_bytes is below
 * sizes->memory_bytes; WI_E_UNSUPPORTED for formats with `digest`. */
enum wi_status wi_get(const char *query, void *memory, uint64_t memory_bytes, struct wi_sizes *sizes,
                      struct wi_error *err);

/* ---- the library ------------------------------------------------------------------------------------------------- */

/* The release, such as "1.0.0". WI_ALG is the version of the numbers. */
const char *wi_version(void);

/* Whether this build, in this process, computes the numbers of WI_ALG: a few tensors at every instruction level of
 * the CPU are compared with known digests. False, with the reason in err, after a build whose flags change
 * arithmetic, and in a process that flushes subnormal numbers to zero or does not round to nearest. Takes about 1 ms
 * and 100 KiB of stack. Call it at the start of a program, before other threads use the library, as it changes the
 * instruction level on the way. */
bool wi_selftest(struct wi_error *err);

/* Sizes and fields of structures, for bindings in languages that do not read this header. */
enum wi_struct { WI_STRUCT_ERROR, WI_STRUCT_REQUEST, WI_STRUCT_PLAN, WI_STRUCT_BODY, WI_STRUCT_COUNT };
size_t wi_sizeof(enum wi_struct which);
const char *wi_error_text(const struct wi_error *err);
const char *wi_error_param(const struct wi_error *err);
const char *wi_error_allowed(const struct wi_error *err);
const char *wi_error_nearest(const struct wi_error *err);
uint64_t wi_plan_bytes(const struct wi_plan *plan);
const struct wi_tensor *wi_plan_tensor(const struct wi_plan *plan);
uint64_t wi_tensor_keep_bytes(const struct wi_tensor *tensor);
uint64_t wi_tensor_scratch_bytes(const struct wi_tensor *tensor);

/* The nearest name in a list by edit distance, for "did you mean": NULL when nothing is near. */
const char *wi_nearest(const char *name, size_t len, const char *(*at)(unsigned i));

WI_API_END

#endif
