/* see engine.h */
#include "like/torch/engine.h"

#include "fmath/f64.h"
#include "base/element.h"

#define TWO_PI 6.283185307179586

enum { BLOCK = 16, CHUNK = BLOCK * WI_TORCH_BLOCKS };

void wi_torch_seed(struct wi_torch *t, uint64_t seed)
{
    wi_mt_seed(&t->words.mt, (uint32_t)seed);
    wi_words_start(&t->words);
    t->has_spare = 0;
}

static bool is_half(enum wi_dtype_id dtype)
{
    return dtype == WI_F16 || dtype == WI_BF16;
}

static const uint32_t *take(struct wi_torch *t, size_t words)
{
    const uint32_t *at = wi_words_peek(&t->words, (uint32_t)words);
    t->words.at += (uint32_t)words;
    return at;
}

static void store_halves(enum wi_dtype_id dtype, const float *in, size_t n, uint16_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = wi_half_bits(dtype, in[i]);
}

/* ---- uniform ---- */

/* From 2.12 on a value that was rounded up to the upper bound becomes the lower bound. */
static void avoid_f32(float to, float from, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = out[i] == to ? from : out[i];
}

static void uniform_f64(struct wi_torch *t, bool avoid, double from, double to, size_t n, double *out)
{
    static wi_torch_uniform_f64_fn *const fill[] = WI_ISA_FNS(wi_torch_uniform_f64);
    struct wi_torch_affine map = {to - from, from};
    enum wi_isa level = wi_isa_level();
    for (size_t k; n; n -= k, out += k) {
        k = n < CHUNK ? n : CHUNK;
        fill[level](take(t, 2 * k), &map, k, out);
        for (size_t i = 0; avoid && i < k; i++)
            out[i] = out[i] == to ? from : out[i];
    }
}

/* f32 and 16-bit types. The type of the arithmetic decides how many bits are drawn and how the bounds are rounded. */
static void uniform_f32(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype, double from,
                        double to, size_t n, void *out)
{
    static wi_torch_uniform_f32_fn *const fill[] = WI_ISA_FNS(wi_torch_uniform_f32);
    enum wi_dtype_id kind = rules->opmath ? WI_F32 : dtype;
    unsigned bits = kind == WI_F32 ? 24 : kind == WI_F16 ? 11 : 8;
    float low = (float)wi_in_dtype(kind, from),
          width = (float)wi_in_dtype(kind, (double)((float)wi_in_dtype(kind, to) - low));
    struct wi_torch_affine map = {(double)width, (double)low};
    enum wi_isa level = wi_isa_level();
    float chunk[CHUNK];
    uint16_t *halves = out;
    float *floats = out;
    for (size_t done = 0, k; done < n; done += k) {
        k = n - done < CHUNK ? n - done : CHUNK;
        float *at = dtype == WI_F32 ? floats + done : chunk;
        fill[level](take(t, k), bits, &map, k, at);
        for (size_t i = 0; is_half(dtype) && i < k; i++)
            at[i] = wi_round_half(dtype, at[i]);
        if (rules->opmath)
            avoid_f32((float)wi_in_dtype(dtype, to), (float)wi_in_dtype(dtype, from), k, at);
        if (is_half(dtype))
            store_halves(dtype, at, k, halves + done);
    }
}

void wi_torch_uniform(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype, double from,
                      double to, size_t n, void *out)
{
    if (dtype == WI_F64)
        uniform_f64(t, rules->opmath, from, to, n, out);
    else
        uniform_f32(t, rules, dtype, from, to, n, out);
}

/* ---- normal, fewer than 16 elements ---- */

static double unit_f64(struct wi_torch *t)
{
    const uint32_t *words = take(t, 2);
    uint64_t draw = (uint64_t)words[0] << 32 | words[1];
    return (double)(int64_t)(draw & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

static double normal_scalar(struct wi_torch *t, bool log1p)
{
    if (t->has_spare) {
        t->has_spare = 0;
        return t->spare;
    }
    double theta = TWO_PI * unit_f64(t), u = unit_f64(t);
    double radius = __builtin_sqrt(-2.0 * (log1p ? wi_log1p_f64(-u) : wi_log_f64(1.0 - u)));
    t->spare = radius * wi_sin_f64(theta);
    t->has_spare = 1;
    return radius * wi_cos_f64(theta);
}

static void normal_few(struct wi_torch *t, bool log1p, enum wi_dtype_id dtype, double mean, double std, size_t n,
                       void *out)
{
    for (size_t i = 0; i < n; i++)
        wi_store(dtype, out, i, wi_fma(normal_scalar(t, log1p), std, mean));
}

void wi_torch_stand(struct wi_torch *t, const struct wi_torch_rules *rules, uint64_t seed,
                    const struct wi_replay_mark *mark)
{
    uint64_t at = 0;
    wi_torch_seed(t, seed);
    if (mark->spare != WI_REPLAY_NONE) {
        wi_words_skip(&t->words, mark->spare);
        (void)normal_scalar(t, rules->log1p);
        at = mark->spare + 4;
    }
    wi_words_skip(&t->words, mark->words - at);
}

/* ---- normal, by blocks ---- */

static void transform(const struct wi_torch_rules *rules, enum wi_dtype_id dtype, const struct wi_torch_affine *map,
                      const uint32_t *words, size_t blocks, void *out)
{
    static wi_torch_normal_f32_fn *const f32[] = WI_ISA_FNS(wi_torch_normal_f32);
    static wi_torch_normal_f64_fn *const f64[] = WI_ISA_FNS(wi_torch_normal_f64);
    static wi_torch_normal_half_fn *const half[] = WI_ISA_FNS(wi_torch_normal_half);
    enum wi_isa level = wi_isa_level();
    float chunk[CHUNK];
    if (dtype == WI_F32) {
        f32[level](words, map, blocks, out);
    } else if (dtype == WI_F64) {
        f64[level](words, map, blocks, out);
    } else {
        half[level](words, rules->half, dtype, map, blocks, chunk);
        store_halves(dtype, chunk, BLOCK * blocks, out);
    }
}

static void normal_blocks(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype, double mean,
                          double std, size_t n, uint8_t *out)
{
    bool in_f32 = is_half(dtype) && rules->opmath;
    enum wi_dtype_id kind = is_half(dtype) && rules->half == WI_TORCH_HALF_VECTOR ? WI_F32 : dtype;
    struct wi_torch_affine map = {wi_in_dtype(kind, std), wi_in_dtype(kind, mean)};
    size_t width = wi_dtype_at(dtype)->bytes, per_element = dtype == WI_F64 ? 2 : 1;
    size_t blocks = n / BLOCK, rest = n % BLOCK;
    for (size_t k, done = 0; done < blocks; done += k) {
        k = blocks - done < WI_TORCH_BLOCKS ? blocks - done : WI_TORCH_BLOCKS;
        transform(rules, dtype, &map, take(t, k * BLOCK * per_element), k, out + done * BLOCK * width);
    }
    if (rest) {
        if (!in_f32)
            (void)take(t, rest * per_element); /* drawn and not used */
        transform(rules, dtype, &map, take(t, BLOCK * per_element), 1, out + (n - BLOCK) * width);
    }
}

void wi_torch_normal(struct wi_torch *t, const struct wi_torch_rules *rules, enum wi_dtype_id dtype, double mean,
                     double std, size_t n, void *out)
{
    if (n < BLOCK)
        normal_few(t, rules->log1p, dtype, mean, std, n, out);
    else
        normal_blocks(t, rules, dtype, mean, std, n, out);
}

void wi_torch_randperm(struct wi_torch *t, uint32_t n, uint32_t *out)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
    for (uint32_t i = 0; i + 1 < n; i++) {
        uint32_t j = i + *take(t, 1) % (n - i), swap = out[i];
        out[i] = out[j];
        out[j] = swap;
    }
}
