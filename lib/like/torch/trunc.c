/* see engine.h: trunc_normal_ of every release.
 *
 * Until 2.11 by the inverse of the distribution function; from 2.12 on by drawing whole tensors until every element has
 * been accepted. Each tensor operation rounds its result to the type of the tensor, so every step is a statement. */
#include <string.h>

#include "fmath/f64.h"
#include "base/element.h"
#include "like/torch/engine.h"

enum { CHUNK = 256 };

static double phi(double x)
{
    return (1.0 + wi_erf_f64(x / 0x1.6a09e667f3bcdp+0)) / 2.0;
}

/* Round to f32 what was computed in double from two f32 values. Rounding twice is harmless: a double has more than twice
 * the bits of a float plus two. */
static double op32(enum wi_dtype_id dtype, double x)
{
    return dtype == WI_F64 ? x : (double)(float)x;
}

/* ---- until 2.11 ---- */

static void erfinv(const struct wi_torch_rules *rules, enum wi_dtype_id dtype, void *out, size_t n)
{
    static wi_torch_erfinv_f32_fn *const f32[] = WI_ISA_FNS(wi_torch_erfinv_f32);
    static wi_torch_erfinv_f64_fn *const f64[] = WI_ISA_FNS(wi_torch_erfinv_f64);
    enum wi_isa level = wi_isa_level();
    if (dtype == WI_F64) {
        f64[level](out, n);
    } else if (dtype == WI_F32) {
        f32[level](out, n, rules->mkl);
    } else {
        float chunk[CHUNK];
        for (size_t i = 0; i < n; i++)
            chunk[i] = (float)wi_load(dtype, out, i);
        f32[level](chunk, n, false);
        for (size_t i = 0; i < n; i++)
            wi_store(dtype, out, i, (double)chunk[i]);
    }
}

static void by_inverse(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype,
                       const struct wi_torch_trunc *p, size_t n, uint8_t *out)
{
    double low = phi((p->a - p->mean) / p->std), high = phi((p->b - p->mean) / p->std);
    /* On 16-bit tensors mul_ rounds its factor to the type in 1.13 and 2.0, and to f32 since. add_ rounds its term
     * to the type in every release. */
    enum wi_dtype_id kind = dtype == WI_F64 ? WI_F64 : rules->half == WI_TORCH_HALF_TAIL ? dtype : WI_F32;
    double scale = wi_in_dtype(kind, p->std * 0x1.6a09e667f3bcdp+0), mean = wi_in_dtype(dtype, p->mean);
    double a = wi_in_dtype(dtype, p->a), b = wi_in_dtype(dtype, p->b);
    for (size_t k; n; n -= k, out += k * wi_dtype_at(dtype)->bytes) {
        k = n < CHUNK ? n : CHUNK;
        wi_torch_uniform(t, rules, dtype, 2 * low - 1, 2 * high - 1, k, out);
        erfinv(rules, dtype, out, k);
        for (size_t i = 0; i < k; i++) {
            double x = wi_in_dtype(dtype, op32(dtype, wi_load(dtype, out, i) * scale));
            x = wi_in_dtype(dtype, op32(dtype, x + mean));
            x = x < a ? a : x;
            wi_store(dtype, out, i, x > b ? b : x);
        }
    }
}

/* ---- from 2.12 ---- */

static void by_normal(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype,
                      const struct wi_torch_trunc *p, size_t n, void *out, void *scratch)
{
    double a = wi_in_dtype(dtype, p->a), b = wi_in_dtype(dtype, p->b);
    size_t outside;
    wi_torch_normal(t, rules, dtype, p->mean, p->std, n, out);
    do {
        outside = 0;
        for (size_t i = 0; i < n; i++) {
            double x = wi_load(dtype, out, i);
            outside += (x < a) | (x > b);
        }
        if (outside)
            wi_torch_normal(t, rules, dtype, p->mean, p->std, n, scratch);
        for (size_t i = 0; outside && i < n; i++) {
            double x = wi_load(dtype, out, i);
            if (x < a || x > b)
                wi_store(dtype, out, i, wi_load(dtype, scratch, i));
        }
    } while (outside);
}

struct density {
    enum wi_dtype_id dtype;
    double mean, std, peak;
};

/* log of the normal density relative to its maximum on [a, b]. Every step is rounded. */
static double log_density(const struct density *d, double x)
{
    x = wi_in_dtype(d->dtype, op32(d->dtype, x - d->mean));
    x = wi_in_dtype(d->dtype, op32(d->dtype, x / d->std));
    x = wi_in_dtype(d->dtype, op32(d->dtype, x * x));
    x = wi_in_dtype(d->dtype, op32(d->dtype, x * -0.5));
    return wi_in_dtype(d->dtype, op32(d->dtype, x - d->peak));
}

static struct density density_of(enum wi_dtype_id dtype, const struct wi_torch_trunc *p)
{
    enum wi_dtype_id kind = dtype == WI_F64 ? WI_F64 : WI_F32; /* div_ rounds its scalar to f32, sub_ to the type */
    double mode = p->mean < p->b ? p->mean : p->b;
    mode = p->a > mode ? p->a : mode;
    double distance = wi_abs_f64((mode - p->mean) / p->std);
    double square = distance == 0 ? 0.0 : wi_pow_f64(distance, 2.0);
    return (struct density){dtype, wi_in_dtype(dtype, p->mean), wi_in_dtype(kind, p->std),
                            wi_in_dtype(dtype, -0.5 * square)};
}

/* Accept or reject the pending elements with new uniforms. Returns how many are still pending. */
static size_t decide(struct wi_torch *t, const struct wi_torch_rules *rules, const struct density *d,
                     const void *candidates, size_t n, uint8_t *pending)
{
    double draws[CHUNK];
    size_t left = 0;
    for (size_t done = 0, k; done < n; done += k) {
        k = n - done < CHUNK ? n - done : CHUNK;
        wi_torch_uniform(t, rules, d->dtype, 0, 1, k, draws);
        for (size_t i = 0; i < k; i++)
            if (pending[done + i]) {
                double u = wi_in_dtype(d->dtype, op32(d->dtype, wi_log_f64(wi_load(d->dtype, draws, i))));
                pending[done + i] = u > log_density(d, wi_load(d->dtype, candidates, done + i));
                left += pending[done + i];
            }
    }
    return left;
}

static void by_uniform(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype,
                       const struct wi_torch_trunc *p, size_t n, void *out, uint8_t *scratch)
{
    struct density d = density_of(dtype, p);
    uint8_t *pending = scratch + n * wi_dtype_at(dtype)->bytes;
    memset(pending, 1, n);
    wi_torch_uniform(t, rules, dtype, p->a, p->b, n, out);
    size_t left = decide(t, rules, &d, out, n, pending);
    while (left) {
        wi_torch_uniform(t, rules, dtype, p->a, p->b, n, scratch);
        for (size_t i = 0; i < n; i++)
            if (pending[i])
                wi_store(dtype, out, i, wi_load(dtype, scratch, i));
        left = decide(t, rules, &d, scratch, n, pending);
    }
}

size_t wi_torch_trunc_scratch(const struct wi_torch_rules *rules, enum wi_dtype_id dtype, size_t n)
{
    return rules->opmath ? n * (wi_dtype_at(dtype)->bytes + 1) : 0;
}

void wi_torch_trunc_normal(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype,
                           const struct wi_torch_trunc *p, size_t n, void *out, void *scratch)
{
    if (!rules->opmath)
        by_inverse(t, rules, dtype, p, n, out);
    else if (phi((p->b - p->mean) / p->std) - phi((p->a - p->mean) / p->std) > 0.3)
        by_normal(t, rules, dtype, p, n, out, scratch);
    else
        by_uniform(t, rules, dtype, p, n, out, scratch);
}
