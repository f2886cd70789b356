/* scheme.h - how a scheme is computed.
 *
 * A scheme is a row: its description (wi_scheme_info, in tables.h) and one to three functions. Every framework has a
 * table of rows: scheme/rows.h lists the native ones, like/FRAMEWORK/rows.c those of a framework.
 *
 * Fields of a tensor that a row works with:
 *   set before prepare: scheme, like, dtype, value (with defaults), given, params, rank, shape, n_elems,
 *                       fan_in, fan_out, key
 *   set by prepare    : draw, or aux with a meaning of the row's own; std and bound for the headers; keep_bytes and
 *                       scratch_bytes if the scheme needs its whole matrix; exactness in rows of like=. prepare may
 *                       change value and clear bits of params, so that equivalent requests have one canonical text.
 *   read by fill      : all of them.
 *
 * Elements are native-endian values of tensor->dtype (f16 and bf16 as uint16_t bits, f8 as uint8_t). */
#ifndef WI_SCHEME_SCHEME_H
#define WI_SCHEME_SCHEME_H

#include "base/fail.h"
#include "wi.h"

struct wi_family;

struct wi_scheme {
    struct wi_scheme_info info;
    /* Make the checks that only this scheme needs, and set the fields above. */
    enum wi_status (*prepare)(struct wi_tensor *tensor, struct wi_error *err);
    /* Compute keep, for tensors with keep_bytes > 0. NULL: the scheme has none. */
    void (*build)(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec);
    /* Write elements [first, first + n) of the whole tensor. NULL: the elements are tensor->draw. */
    void (*fill)(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out);
    /* Rows of like= only (like/row.h): the native row that computes the tensor; scale, mode and distribution of a
     * row of the variance-scaling family. */
    const struct wi_scheme *native;
    const struct wi_family *family;
    bool counts_groups; /* groups= changes the fans */
    bool any_layout;    /* of like= rows: the framework takes every layout, not the table's alone */
    bool free_gain;     /* gain= and scale= may be 0 or less; prepare refuses values for which the framework raises */
};

const struct wi_scheme *wi_scheme_of(const struct wi_tensor *tensor);
/* ---- for rows ---- */

/* What `note` of a tensor says where sparse has rounded its zeros up to all there is. */
#define WI_NOTE_ALL_ZERO \
    "every element is 0, because sparsity * rows is rounded up to all rows; take more rows or less sparsity"

#define WI_REAL(p, v)   \
    {                   \
        (p),            \
        {               \
            .real = (v) \
        }               \
    }
#define WI_CHOICE(p, v)   \
    {                     \
        (p),              \
        {                 \
            .choice = (v) \
        }                 \
    }
#define WI_UINT(p, v)   \
    {                   \
        (p),            \
        {               \
            .uint = (v) \
        }               \
    }
#define WI_DEFAULTS(...) ((const struct wi_scheme_default[]){__VA_ARGS__, {WI_P_COUNT, {.uint = 0}}})
#define WI_NO_DEFAULTS ((const struct wi_scheme_default[]){{WI_P_COUNT, {.uint = 0}}})

double wi_real(const struct wi_tensor *tensor, enum wi_param p);
unsigned wi_choice(const struct wi_tensor *tensor, enum wi_param p);
bool wi_given(const struct wi_tensor *tensor, enum wi_param p);

/* n / d of elements and of a product of their dimensions; 0 where that is 0. */
static inline uint64_t wi_per(uint64_t n, uint64_t d)
{
    return d ? n / d : 0;
}

/* Set draw, std and bound. */
void wi_tensor_normal(struct wi_tensor *tensor, double mean, double std);
void wi_tensor_truncated(struct wi_tensor *tensor, double mean, double std_of_parent);
void wi_tensor_uniform(struct wi_tensor *tensor, double low, double high);
void wi_tensor_constant(struct wi_tensor *tensor, double value);

/* Write elements in the tensor's dtype. */
void wi_emit_draw(const struct wi_tensor *tensor, uint64_t first, size_t n, void *out);
void wi_emit_constant(const struct wi_tensor *tensor, double value, size_t n, void *out);
void wi_emit_f32(const struct wi_tensor *tensor, const float *in, size_t n, void *out); /* not for f64 */

/* fan_in, fan_out or one of their means, by mode=. */
double wi_tensor_fan(const struct wi_tensor *tensor);

/* Refuse layouts but io and oi. */
enum wi_status wi_plain_layout(const struct wi_tensor *tensor, struct wi_error *err);

#endif
