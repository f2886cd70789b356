/* tables.h - the tables of parameters, dtypes, formats, schemes, frameworks and nonlinearities, with one row each.
 *
 * Parsing, bounds, error texts, /schemes, the OpenAPI document and the tables of the documents are made from these
 * rows. All of it is constant and may be read from any number of threads. */
#ifndef WI_TABLES_H
#define WI_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"

WI_API_BEGIN

#define WI_ALG 1                        /* version of the numbers: no byte of a given alg ever changes */
#define WI_ALG_TIME INT64_C(1767225600) /* the date that version bears, 2026-01-01 UTC, in seconds since 1970 */
#define WI_RANK_MAX 8                   /* dimensions of a shape */
#define WI_NAME_MAX 255                 /* bytes of stream= and name= */

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
    WI_P_CUT,
    WI_P_VALUE,
    WI_P_BASE,
    WI_P_SPARSITY,
    WI_P_GROUPS,
    WI_P_FAN_IN,
    WI_P_FAN_OUT,
    WI_P_BITGEN,
    WI_P_PART,
    WI_P_AFTER,
    WI_P_KEY,
    WI_P_PADDING,
    WI_P_SLICE,
    WI_P_FORMAT,
    WI_P_OF,
    WI_P_ORDER,
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
    WI_T_NAME,   /* UTF-8 without control characters, at most WI_NAME_MAX bytes */
    WI_T_SHAPE,  /* 256,128 or 256x128; empty = scalar */
    WI_T_SLICE,  /* NumPy basic slicing with step 1: 0:16,: */
    WI_T_PAST    /* what a generator gave before: uniform:64x32,normal:10; how a key was made: split:3:1,fold_in:7 */
};

const char *wi_param_type_name(enum wi_param_type type); /* "choice" */

/* The row of a parameter. */
struct wi_param_row {
    const char *name, *help;
    enum wi_param_type type;
    double min, max;                   /* REAL: bounds; inclusive unless open_min */
    bool open_min;                     /* REAL: min itself is not allowed */
    double like_min, like_max;         /* REAL with open_min: the bounds for rows of like=, inclusive */
    uint64_t uint_min, uint_max;       /* UINT: inclusive bounds */
    const char *(*choice)(unsigned i); /* CHOICE: the names, NULL after the last */
    bool common;                       /* every scheme takes it */
    bool has_default;                  /* uint_min, the first choice or the empty name, unless the scheme has its own */
    bool has_idle;                     /* uint_min, the first choice or name=tensor says what leaving it out says: taken
                                        * also where the parameter is not */
};
const struct wi_param_row *wi_param_row(enum wi_param p);
/* The parameter of that name, or WI_P_COUNT. */
enum wi_param wi_param_find(const char *name, size_t len);

union wi_value {
    double real;
    uint64_t uint;
    unsigned choice; /* also BOOL */
};

enum wi_order { WI_ORDER_C, WI_ORDER_F };
/* lib/request/fans.h says which dimensions are what. */
enum wi_layout { WI_LAYOUT_IO, WI_LAYOUT_OI, WI_LAYOUT_IOHW, WI_LAYOUT_HWOI, WI_LAYOUT_HWCM };
enum wi_mode { WI_MODE_FAN_IN, WI_MODE_FAN_OUT, WI_MODE_FAN_AVG, WI_MODE_FAN_GEO_AVG };
enum wi_distribution { WI_DIST_NORMAL, WI_DIST_UNIFORM, WI_DIST_TRUNCATED_NORMAL };

/* ---- dtypes, formats, schemes, nonlinearities ------------------------------------------------------------------ */

enum wi_dtype_id { WI_F32, WI_F64, WI_F16, WI_BF16, WI_F8_E4M3, WI_F8_E5M2, WI_DTYPE_COUNT };
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
    bool text;       /* numbers as text, for people: it compresses well */
    bool
        digest; /* the body is the hex SHA-256 of a file and a newline, which the caller makes (struct wi_plan: file) */
    bool names_file; /* of digests: between the two stand two blanks and the file's name, which the caller chooses */
};
const struct wi_format *wi_format_at(unsigned i); /* NULL after the last */
/* The formats that are no digests, the choices of of=; NULL after the last. */
const struct wi_format *wi_format_file_at(unsigned i);

struct wi_scheme_default {
    enum wi_param param;
    union wi_value value;
};
/* The description of a scheme. */
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
    bool whole;    /* the whole matrix must be built first: see keep_bytes of struct wi_tensor */
    bool seedless; /* the numbers do not depend on seed and stream */
};
const struct wi_scheme_info *wi_scheme_at(unsigned i);                     /* native schemes; NULL after the last */
const struct wi_scheme_info *wi_scheme_find(const char *name, size_t len); /* aliases too; NULL if none */
/* The common parameters every scheme takes. */
uint64_t wi_params_common(void);
/* The default of a parameter for a scheme; false when it has none (required, or optional without a value). */
bool wi_scheme_default(const struct wi_scheme_info *scheme, enum wi_param p, union wi_value *value);

/* The frameworks of like=. Index 0 is the native table, named "native". */
struct wi_like_info {
    const char *name, *summary;
    unsigned n_schemes;
};
const struct wi_like_info *wi_like_at(unsigned i); /* NULL after the last */
/* Row i of the framework's table; NULL after the last. */
const struct wi_scheme_info *wi_like_scheme_at(const struct wi_like_info *like, unsigned i);
/* The framework's scheme of that name or alias; NULL if it has none. */
const struct wi_scheme_info *wi_like_scheme_find(const struct wi_like_info *like, const char *name, size_t len);

/* The rows of the table of nonlinearities. */
enum wi_nonlinearity_id {
    WI_LINEAR,
    WI_SIGMOID,
    WI_TANH,
    WI_RELU,
    WI_LEAKY_RELU,
    WI_SELU,
    WI_NONLINEARITIES_WITH_GAIN, /* the choices of nonlinearity=; the others follow */
    WI_GELU = WI_NONLINEARITIES_WITH_GAIN,
    WI_SILU,
    WI_ELU,
    WI_MISH,
    WI_SOFTPLUS,
    WI_SOFTMAX,
    WI_NONLINEARITY_COUNT
};
struct wi_nonlinearity {
    const char *name, *aliases;
    const char *torch_names;  /* further names that calculate_gain knows */
    double (*gain)(double a); /* as torch.nn.init.calculate_gain; NULL: it defines none */
    const char *scheme;       /* recommended scheme, as a native name */
    const char *query;        /* further parameters of the recommendation, "" or "gain=1.6666666666666667" */
    const char *reason;
    const char *source;
    bool takes_a;
    /* For z ~ N(0, 1): gain times the std of LeCun, sqrt(1 / fan_in), keeps the size of activations with 1 / sqrt(E phi(z)^2)
     * and that of gradients with 1 / sqrt(E phi'(z)^2). The elasticity is by how many per cent E phi^2 changes when the
     * variance of z changes by 1 %; above 1 every deviation grows from layer to layer. 0: no layer follows it. leaky_relu:
     * of the slope 0.01. */
    double forward_gain, backward_gain, elasticity;
    const char *depth_note; /* what 50 layers of 256 units do to a signal, in powers of ten */
};
const struct wi_nonlinearity *wi_nonlinearity_at(unsigned i); /* NULL after the last */
const struct wi_nonlinearity *wi_nonlinearity_find(const char *name, size_t len);

WI_API_END

#endif
