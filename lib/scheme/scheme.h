/* scheme.h - how a scheme is computed.
 *
 * A scheme is a row: what people need to know (wi_scheme_info, in wi.h) and two to three functions. Rows live in one
 * table per framework (native: scheme/table.c; like=: lib/like/FRAMEWORK/rows.c). Adding a scheme is one file and one row.
 *
 * The fields of a plan a row works with:
 *   set before prepare: scheme, like, dtype, req (values with defaults), params, rank, shape, n_elems, fan_in, fan_out,
 *                       key
 *   set by prepare    : draw, or aux as the row likes; std / bound for the headers; keep_bytes and
 *                       scratch_bytes when the whole matrix is needed; exactness for like= rows. prepare may change
 *                       value and clear bits of params to bring several spellings of one request to one text.
 *   read by fill      : everything.
 *
 * Elements are native-endian values of tensor->dtype (f16 and bf16 as uint16_t bits). */
#ifndef WI_SCHEME_SCHEME_H
#define WI_SCHEME_SCHEME_H

#include "wi.h"

struct wi_family;

struct wi_scheme {
    struct wi_scheme_info info;
    /* Check what only this scheme knows, fill the tensor. */
    enum wi_status (*prepare)(struct wi_tensor *tensor, struct wi_error *err);
    /* Only with tensor->keep_bytes: compute keep once. NULL otherwise. */
    void (*build)(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec);
    /* Elements [first, first + n) of the whole tensor. NULL: tensor->draw says it all. */
    void (*fill)(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out);
    /* Of like= rows (like/row.h): the native row that computes it; what a row of the variance-scaling family stands for. */
    const struct wi_scheme *native;
    const struct wi_family *family;
    bool free_gain; /* gain= and scale= may be 0 or less: prepare refuses what the framework raises for */
};

const struct wi_scheme *wi_scheme_of(const struct wi_tensor *tensor);
/* ---- for rows ---- */

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

/* Set draw and the std / bound of the headers. */
void wi_tensor_normal(struct wi_tensor *tensor, double mean, double std);
void wi_tensor_truncated(struct wi_tensor *tensor, double mean, double std_of_parent);
void wi_tensor_uniform(struct wi_tensor *tensor, double low, double high);
void wi_tensor_constant(struct wi_tensor *tensor, double value);

/* Write elements in the plan's dtype. */
void wi_emit_draw(const struct wi_tensor *tensor, uint64_t first, size_t n, void *out);
void wi_emit_constant(const struct wi_tensor *tensor, double value, size_t n, void *out);
void wi_emit_f32(const struct wi_tensor *tensor, const float *in, size_t n, void *out); /* dtype f32, f16 or bf16 */

/* fan_in or fan_out or one of their means, by the plan's mode. */
double wi_tensor_fan(const struct wi_tensor *tensor);

#endif
