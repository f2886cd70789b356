/* see engine.h */
#include "like/jax/engine.h"

#include "fmath/f64.h"
#include "base/half.h"

enum { CHUNK = 256 };

static void hash(const struct wi_jax *j, size_t n, uint32_t *x0, uint32_t *x1)
{
    static wi_threefry_fn *const threefry[] = WI_ISA_FNS(wi_threefry);
    threefry[wi_isa_level()](j->key, n, x0, x1);
}

/* Hash the indices [first, first + n), each as two words. x0 and x1 are the two results. */
static void hash_indices(const struct wi_jax *j, uint64_t first, size_t n, uint32_t *x0, uint32_t *x1)
{
    for (size_t i = 0; i < n; i++) {
        x0[i] = (uint32_t)((first + i) >> 32);
        x1[i] = (uint32_t)(first + i);
    }
    hash(j, n, x0, x1);
}

/* In the older mode words w and w + half are the two results of one hash of (w, w + half), where half is half the
 * number of words. If that number is odd, the last word's partner is 0. */
static void legacy_words(const struct wi_jax *j, uint64_t total, uint64_t first, size_t n, uint32_t *out)
{
    uint32_t x0[CHUNK], x1[CHUNK];
    uint64_t half = (total + 1) / 2;
    for (size_t k; n; n -= k, out += k, first += k) {
        k = n < CHUNK ? n : CHUNK;
        for (size_t i = 0; i < k; i++) {
            uint64_t w = first + i, pair = w < half ? w : w - half;
            x0[i] = (uint32_t)pair;
            x1[i] = pair + half < total ? (uint32_t)(pair + half) : 0;
        }
        hash(j, k, x0, x1);
        for (size_t i = 0; i < k; i++)
            out[i] = first + i < half ? x0[i] : x1[i];
    }
}

void wi_jax_fold_in(struct wi_jax *j, uint32_t data)
{
    uint32_t x0 = 0, x1 = data;
    hash(j, 1, &x0, &x1);
    j->key[0] = x0;
    j->key[1] = x1;
}

/* In the older mode the keys are the words of one array of 2n. */
void wi_jax_split(struct wi_jax *j, uint32_t n, uint32_t i)
{
    uint32_t key[2];
    if (j->partitionable) {
        wi_jax_fold_in(j, i);
        return;
    }
    legacy_words(j, 2 * (uint64_t)n, 2 * (uint64_t)i, 2, key);
    j->key[0] = key[0];
    j->key[1] = key[1];
}

static void legacy_narrow(const struct wi_jax *j, unsigned width, uint64_t first, size_t n, uint32_t *out)
{
    unsigned per_word = 32 / width;
    uint64_t total = (j->size + per_word - 1) / per_word;
    for (size_t i = 0; i < n;) {
        uint32_t word;
        legacy_words(j, total, (first + i) / per_word, 1, &word);
        do {
            out[i] = word >> (first + i) % per_word * width & (UINT32_MAX >> (32 - width));
            i++;
        } while (i < n && (first + i) % per_word);
    }
}

void wi_jax_bits32(const struct wi_jax *j, unsigned width, uint64_t first, size_t n, uint32_t *out)
{
    uint32_t other[CHUNK];
    if (!j->partitionable && width == 32) {
        legacy_words(j, j->size, first, n, out);
    } else if (!j->partitionable) {
        legacy_narrow(j, width, first, n, out);
    } else {
        for (size_t k; n; n -= k, out += k, first += k) {
            k = n < CHUNK ? n : CHUNK;
            hash_indices(j, first, k, out, other);
            for (size_t i = 0; i < k; i++)
                out[i] = (out[i] ^ other[i]) & (UINT32_MAX >> (32 - width));
        }
    }
}

void wi_jax_bits64(const struct wi_jax *j, uint64_t first, size_t n, uint64_t *out)
{
    uint32_t x0[CHUNK], x1[CHUNK];
    for (size_t k; n; n -= k, out += k, first += k) {
        k = n < CHUNK ? n : CHUNK;
        if (j->partitionable) {
            hash_indices(j, first, k, x0, x1);
        } else { /* words i and size + i share one hash */
            for (size_t i = 0; i < k; i++) {
                x0[i] = (uint32_t)(first + i);
                x1[i] = (uint32_t)(first + i + j->size);
            }
            hash(j, k, x0, x1);
        }
        for (size_t i = 0; i < k; i++)
            out[i] = (uint64_t)x0[i] << 32 | x1[i];
    }
}

/* ---- uniform ---- */

/* Arithmetic in the 16-bit type, with every operation rounded. */
static void uniform_half(enum wi_dtype_id dtype, const uint32_t *bits, float low, float span, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        float u =
            dtype == WI_F16 ? (float)(int32_t)(bits[i] >> 6) * 0x1p-10f : (float)(int32_t)(bits[i] >> 1) * 0x1p-7f;
        float x = wi_round_half(dtype, wi_round_half(dtype, u * span) + low);
        out[i] = x > low ? x : low;
    }
}

void wi_jax_uniform(const struct wi_jax *j, enum wi_dtype_id dtype, float low, float high, uint64_t first, size_t n,
                    float *out)
{
    static wi_jax_scale_f32_fn *const scale[] = WI_ISA_FNS(wi_jax_scale_f32);
    uint32_t bits[CHUNK];
    float span = dtype == WI_F32 ? high - low : wi_round_half(dtype, high - low);
    for (size_t k; n; n -= k, out += k, first += k) {
        k = n < CHUNK ? n : CHUNK;
        wi_jax_bits32(j, dtype == WI_F32 ? 32 : dtype == WI_F16 ? 16 : 8, first, k, bits);
        if (dtype == WI_F32)
            scale[wi_isa_level()](bits, low, span, k, out);
        else
            uniform_half(dtype, bits, low, span, k, out);
    }
}

void wi_jax_uniform_f64(const struct wi_jax *j, double low, double high, uint64_t first, size_t n, double *out)
{
    uint64_t bits[CHUNK];
    double span = high - low;
    for (size_t k; n; n -= k, out += k, first += k) {
        k = n < CHUNK ? n : CHUNK;
        wi_jax_bits64(j, first, k, bits);
        for (size_t i = 0; i < k; i++) {
            double u = wi_f64_of(bits[i] >> 12 | UINT64_C(0x3ff0000000000000)) - 1.0, x = wi_fma(u, span, low);
            out[i] = x > low ? x : low;
        }
    }
}

/* ---- normal ---- */

/* Constants of a type: the uniform's lower bound for normals (just above -1), erf(2 / sqrt 2) as XLA computes it, the
 * number just below 2, sqrt 2. */
struct grid {
    float low, erf2, most, sqrt2;
};

static const struct grid grids[WI_DTYPE_COUNT] = {
    [WI_F32] = {-0x1.fffffep-1f, 0x1.e8b43p-1f, 0x1.fffffep+0f, 0x1.6a09e6p+0f},
    [WI_F16] = {-0x1.ffcp-1f, 0x1.e8cp-1f, 0x1.ffcp+0f, 0x1.6ap+0f},
    [WI_BF16] = {-0x1.fep-1f, 0x1.e8p-1f, 0x1.fep+0f, 0x1.6ap+0f},
};

float wi_jax_sqrt2(enum wi_dtype_id dtype)
{
    return grids[dtype].sqrt2;
}

/* factor * erfinv(x), each operation rounded to the type. */
static void probit(enum wi_dtype_id dtype, float factor, float *x, size_t n)
{
    static wi_jax_probit_f32_fn *const fn[] = WI_ISA_FNS(wi_jax_probit_f32);
    fn[wi_isa_level()](x, dtype == WI_F32 ? factor : 1.0f, n);
    for (size_t i = 0; dtype != WI_F32 && i < n; i++)
        x[i] = wi_round_half(dtype, factor * wi_round_half(dtype, x[i]));
}

void wi_jax_scaled_erfinv(const struct wi_jax *j, enum wi_dtype_id dtype, float factor, uint64_t first, size_t n,
                          float *out)
{
    wi_jax_uniform(j, dtype, grids[dtype].low, 1.0f, first, n, out);
    probit(dtype, factor, out, n);
}

void wi_jax_normal(const struct wi_jax *j, enum wi_dtype_id dtype, uint64_t first, size_t n, float *out)
{
    wi_jax_scaled_erfinv(j, dtype, grids[dtype].sqrt2, first, n, out);
}

void wi_jax_truncated(const struct wi_jax *j, enum wi_dtype_id dtype, uint64_t first, size_t n, float *out)
{
    float erf2 = grids[dtype].erf2, most = grids[dtype].most;
    wi_jax_uniform(j, dtype, -erf2, erf2, first, n, out);
    probit(dtype, grids[dtype].sqrt2, out, n);
    for (size_t i = 0; i < n; i++) {
        float x = out[i] < -most ? -most : out[i];
        out[i] = x > most ? most : x;
    }
}

static void probit_f64(const struct wi_jax *j, double factor, double *x, size_t n)
{
    static wi_jax_probit_f64_fn *const fn[] = WI_ISA_FNS(wi_jax_probit_f64);
    fn[wi_isa_level()](x, factor, j->log1p_least, n);
}

void wi_jax_scaled_erfinv_f64(const struct wi_jax *j, double factor, uint64_t first, size_t n, double *out)
{
    wi_jax_uniform_f64(j, -0x1.fffffffffffffp-1, 1.0, first, n, out);
    probit_f64(j, factor, out, n);
}

void wi_jax_normal_f64(const struct wi_jax *j, uint64_t first, size_t n, double *out)
{
    wi_jax_scaled_erfinv_f64(j, WI_JAX_SQRT2, first, n, out);
}

void wi_jax_truncated_f64(const struct wi_jax *j, uint64_t first, size_t n, double *out)
{
    const double erf2 = 0x1.e8b4307d3627ap-1, most = 0x1.fffffffffffffp+0;
    wi_jax_uniform_f64(j, -erf2, erf2, first, n, out);
    probit_f64(j, WI_JAX_SQRT2, out, n);
    for (size_t i = 0; i < n; i++) {
        double x = out[i] < -most ? -most : out[i];
        out[i] = x > most ? most : x;
    }
}
