/* wi.h - libwi: initialized tensors whose bytes are the same on every machine, for ever.
 *
 *     struct wi_request req;  struct wi_plan plan;  struct wi_error err = {0};
 *     wi_request_init(&req);
 *     wi_request_set(&req, "scheme", "xavier_uniform", 14, &err);
 *     wi_request_set(&req, "shape", "256,128", 7, &err);
 *     wi_request_set(&req, "seed", "7", 1, &err);
 *     if (wi_plan_make(&plan, &req, NULL, &err) == WI_OK)
 *         wi_stream_read(&plan, NULL, 0, buf, plan.total_bytes);
 *
 * A request is a set of named parameters (the ones of GET /init). wi_plan_make checks them against each other and is
 * the last place where an error can arise; from then on the body is a pure function of (plan, byte offset).
 *
 * Memory : the library never allocates. Requests and plans are plain values without interior pointers to caller memory;
 *          they may be copied. Where a scheme must see its whole matrix (plan.tensor.keep_bytes > 0), the caller lends memory.
 * Threads: everything is pure over its arguments; one plan may be read from any number of threads.
 * Units  : sizes are bytes unless named otherwise; _elems counts elements. Sizes are 64-bit.
 * Locale, files, environment, clock: none are used. Rounding mode must be to nearest, as C programs start. */
#ifndef WI_H
#define WI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"
#include "decimal.h"
#include "draw.h"
#include "exec.h"
#include "isa.h"
#include "key.h"
#include "status.h"

WI_API_BEGIN

#define WI_ALG 1        /* version of the numbers: no byte of a given alg ever changes */
#define WI_RANK_MAX 8   /* dimensions of a shape */
#define WI_NAME_MAX 255 /* bytes of stream= and name= */
#define WI_PREFIX_MAX 4096
#define WI_SUFFIX_MAX 16
#define WI_CANONICAL_MAX 3072 /* text of wi_plan_canonical, terminator included */

/* ---- parameters ---------------------------------------------------------------------------------------------- */

enum wi_param {
    WI_P_ALG,
    WI_P_SCHEME,
    WI_P_SHAPE,
    WI_P_SEED,
    WI_P_STREAM,
    WI_P_DTYPE,
    WI_P_LAYOUT,
    WI_P_LIKE,
    WI_P_MODE,
    WI_P_GAIN,
    WI_P_NONLINEARITY,
    WI_P_A,
    WI_P_SCALE,
    WI_P_DISTRIBUTION,
    WI_P_TRUNCATED,
    WI_P_MEAN,
    WI_P_STD,
    WI_P_LOW,
    WI_P_HIGH,
    WI_P_VALUE,
    WI_P_SPARSITY,
    WI_P_GROUPS,
    WI_P_BITGEN,
    WI_P_PART,
    WI_P_SLICE,
    WI_P_FORMAT,
    WI_P_FLAT,
    WI_P_NAME,
    WI_P_COUNT
};
#define WI_P_BIT(p) (UINT64_C(1) << (p))

enum wi_param_type {
    WI_T_CHOICE, /* one name of a list; value.choice is its index */
    WI_T_UINT,   /* decimal or 0x hex */
    WI_T_REAL,   /* a finite decimal number */
    WI_T_BOOL,   /* 0, 1, false, true */
    WI_T_NAME,   /* printable ASCII, at most WI_NAME_MAX bytes */
    WI_T_SHAPE,  /* 256,128 or 256x128; empty = scalar */
    WI_T_SLICE   /* NumPy basic slicing with step 1: 0:16,: */
};

/* The row of a parameter: from it come parsing, bounds, /schemes, the OpenAPI document and the error texts. */
struct wi_param_row {
    const char *name, *help;
    enum wi_param_type type;
    double min, max;                   /* REAL: bounds; inclusive unless open_min */
    bool open_min;                     /* REAL: min itself is not allowed */
    uint64_t uint_min, uint_max;       /* UINT: inclusive bounds */
    const char *(*choice)(unsigned i); /* CHOICE: the names, NULL after the last */
};
const struct wi_param_row *wi_param_row(enum wi_param p);
/* The parameter of that name, or WI_P_COUNT. */
enum wi_param wi_param_find(const char *name, size_t len);

union wi_value {
    double real;
    uint64_t uint;
    unsigned choice; /* also BOOL */
};

enum wi_layout { WI_LAYOUT_IO, WI_LAYOUT_OI };
enum wi_mode { WI_MODE_FAN_IN, WI_MODE_FAN_OUT, WI_MODE_FAN_AVG, WI_MODE_FAN_GEO_AVG };
enum wi_distribution { WI_DIST_NORMAL, WI_DIST_UNIFORM, WI_DIST_TRUNCATED_NORMAL };

/* ---- dtypes, formats, schemes, nonlinearities ------------------------------------------------------------------ */

enum wi_dtype_id { WI_F32, WI_F64, WI_F16, WI_BF16, WI_DTYPE_COUNT };
struct wi_dtype {
    enum wi_dtype_id id;
    const char *name;           /* "f32" */
    const char *numpy_name;     /* "float32", also accepted */
    const char *npy_descr;      /* "<f4"; NULL: npy has no such type */
    const char *safetensors;    /* "F32" */
    const char *open_inference; /* "FP32" */
    unsigned bytes;             /* of one element */
    double max;                 /* largest finite value */
};
const struct wi_dtype *wi_dtype_at(unsigned i); /* NULL after the last */

struct wi_format {
    const char *name;       /* "npy" */
    const char *media_type; /* what is sent */
    const char *accept;     /* further media types that ask for it, blank separated */
    const char *extension;  /* "npy" */
    const char *summary;
    uint64_t params; /* WI_P_BIT of the parameters only this format takes */
    bool digest;     /* the body is the hex SHA-256 of the raw bytes + newline: the caller computes it */
};
const struct wi_format *wi_format_at(unsigned i); /* NULL after the last */

struct wi_scheme_default {
    enum wi_param param;
    union wi_value value;
};
/* What people and programs need to know of a scheme; how it is computed is scheme/scheme.h's business. */
struct wi_scheme_info {
    const char *name;
    const char *aliases; /* blank separated, "" if none */
    const char *formula; /* plain text */
    const char *summary;
    const char *best_for;
    const char *known_problem;
    const char *source;
    const char *example; /* a query string that works, without the scheme: "shape=256,128&seed=7" */
    unsigned rank_min, rank_max;
    uint64_t params; /* WI_P_BIT of the parameters it takes beyond the common ones */
    const struct wi_scheme_default
        *defaults; /* of params (and of common ones where they differ); ends with WI_P_COUNT */
    bool whole;    /* the whole matrix is computed at once: see plan.tensor.keep_bytes */
    bool seedless; /* the numbers do not depend on seed and stream */
};
const struct wi_scheme_info *wi_scheme_at(unsigned i);                     /* native schemes; NULL after the last */
const struct wi_scheme_info *wi_scheme_find(const char *name, size_t len); /* aliases too; NULL if none */
/* The common parameters every scheme takes. */
uint64_t wi_params_common(void);
/* The default of a parameter for a scheme; false when it has none (required, or optional without a value). */
bool wi_scheme_default(const struct wi_scheme_info *scheme, enum wi_param p, union wi_value *value);

/* The framework tables behind like=: rows of the same kind. Index 0 is the native table, named "native". */
struct wi_like_info {
    const char *name, *summary;
    unsigned n_schemes;
    const struct wi_scheme_info *(*scheme_at)(unsigned i);
};
const struct wi_like_info *wi_like_at(unsigned i); /* NULL after the last */
/* The framework's scheme of that name or alias; NULL if it has none. */
const struct wi_scheme_info *wi_like_scheme_find(const struct wi_like_info *like, const char *name, size_t len);

struct wi_nonlinearity {
    const char *name, *aliases;
    double (*gain)(double a); /* as torch.nn.init.calculate_gain; NULL: it defines none */
    const char *scheme;       /* recommended scheme, as a native name */
    const char *query;        /* further parameters of the recommendation, "" or "gain=1.6666666666666667" */
    const char *reason;
    const char *source;
    bool takes_a;
};
const struct wi_nonlinearity *wi_nonlinearity_at(unsigned i); /* NULL after the last */
const struct wi_nonlinearity *wi_nonlinearity_find(const char *name, size_t len);

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

enum wi_exactness { WI_EXACT, WI_APPROXIMATE };

/* What is drawn: the identity of a tensor, whatever file it lies in. Fields are for reading. */
struct wi_tensor {
    const struct wi_scheme_info *scheme;
    const struct wi_like_info *like;
    const struct wi_dtype *dtype;
    union wi_value value[WI_P_COUNT]; /* of the scheme's parameters, defaults filled in */
    uint64_t given;                   /* WI_P_BIT of what the request set */
    uint64_t params;                  /* which parameters matter: the canonical text */

    unsigned rank;
    uint64_t shape[WI_RANK_MAX];
    uint64_t n_elems;
    double fan_in, fan_out;
    bool has_std, has_bound; /* what the scheme's formula gave, for headers; bound is that of |value| */
    double std, bound;
    enum wi_exactness exactness;
    const char *exactness_note; /* static text, "" for native */

    uint64_t keep_bytes;    /* memory that must stay while the tensor is read; 0: none, it is random access */
    uint64_t scratch_bytes; /* memory needed during wi_build only, for exec width `build_width` */
    unsigned build_width;

    /* For schemes: see scheme/scheme.h. */
    struct wi_draw draw;
    struct wi_key key;
    uint64_t rows, cols, count;
};

/* Everything a body depends on: a tensor, the part of it that is wanted, and the file around it. Fields are for reading;
 * make plans with wi_plan_make only. */
struct wi_plan {
    struct wi_tensor tensor;
    const struct wi_format *format;
    struct wi_request req; /* every parameter that matters, defaults filled in */
    uint64_t params;       /* which of them matter: the canonical text */

    uint64_t start[WI_RANK_MAX]; /* the slice: [start, start + out_shape) per dimension */
    uint64_t out_shape[WI_RANK_MAX];
    uint64_t out_elems;

    uint32_t prefix_bytes, suffix_bytes, cell_bytes; /* body = prefix, out_elems cells, suffix */
    uint64_t total_bytes;
    uint8_t prefix[WI_PREFIX_MAX];
    uint8_t suffix[WI_SUFFIX_MAX];
};

/* Check a request and work out its body. limits NULL: none. Errors: every code of enum wi_status. */
enum wi_status wi_plan_make(struct wi_plan *plan, const struct wi_request *req, const struct wi_limits *limits,
                            struct wi_error *err);

/* What the text identifies: the body, or the tensor whatever its format and slice (the identity of what wi_build makes). */
enum wi_canonical { WI_CANONICAL_BODY, WI_CANONICAL_TENSOR };

/* The canonical request "/init?alg=1&scheme=...": every parameter that matters in a fixed order, one spelling each. Two
 * requests with equal texts have equal bodies. Parsing it again gives the same text. Writes at most WI_CANONICAL_MAX
 * bytes with the terminator, returns the length without it. */
size_t wi_plan_canonical(const struct wi_plan *plan, enum wi_canonical what, char out[WI_CANONICAL_MAX]);

/* ---- body ------------------------------------------------------------------------------------------------------ */

/* Compute what a plan with keep_bytes > 0 needs before its body can be read. keep and scratch are caller-owned, 64-byte
 * aligned, of plan->tensor.keep_bytes and plan->tensor.scratch_bytes; scratch may be released afterwards. exec may be NULL and must not
 * be wider than WI_BUILD_WIDTH. The result does not depend on exec. */
#define WI_BUILD_WIDTH 8
void wi_build(const struct wi_plan *plan, void *keep, void *scratch, const struct wi_exec *exec);

/* Read the body's bytes [offset, offset + cap) into buf: returns how many were written, less than cap only at the end of
 * the body. keep: what wi_build filled, NULL when plan->tensor.keep_bytes is 0. Not for formats with `digest`. */
size_t wi_stream_read(const struct wi_plan *plan, const void *keep, uint64_t offset, uint8_t *buf, size_t cap);

/* The nearest name in a list by edit distance, for "did you mean": NULL when nothing is near. */
const char *wi_nearest(const char *name, size_t len, const char *(*at)(unsigned i));

WI_API_END

#endif
