/* see values.h */
#include "plot/values.h"

#include <string.h>

#include "cache/cache.h"
#include "resource/tensor_body.h"

enum srv_code srv_values_init(struct srv_values *v, const struct srv_making *making, const struct wi_plan *plan)
{
    v->plan = plan;
    v->keep = NULL;
    v->sha = NULL;
    wi_plan_body(plan, v->header, &v->body);
    if (plan->part.tensor.keep_bytes == 0)
        return SRV_OK;
    srv_tensor_keep(making->cache, plan, &v->keep);
    return srv_job_wait(v->keep);
}

void srv_values_deinit(struct srv_values *v)
{
    srv_job_unref(v->keep);
}

/* A number of 8 bits: sign, exponent, `fraction` bits of fraction. E4M3 has no infinities, E5M2 has. */
static double from_f8(uint8_t bits, unsigned fraction, int bias)
{
    const unsigned rest = bits & 0x7f, exponent = rest >> fraction, low = rest & ((1u << fraction) - 1);
    const bool odd = fraction == 3 ? rest == 0x7f : exponent == 31;
    double value = odd ? __builtin_nan("") : (double)(low + ((exponent ? 1u : 0u) << fraction)) / (1u << fraction);
    for (int e = (int)(exponent ? exponent : 1) - bias; e; e += e < 0 ? 1 : -1)
        value *= e < 0 ? 0.5 : 2;
    return bits & 0x80 ? -value : value;
}

static double element(enum wi_dtype_id dtype, const uint8_t *at)
{
    uint16_t half;
    float single;
    double full;
    switch (dtype) {
    case WI_F64:
        memcpy(&full, at, sizeof full);
        return full;
    case WI_F32:
        memcpy(&single, at, sizeof single);
        return (double)single;
    case WI_F8_E4M3:
        return from_f8(*at, 3, 7);
    case WI_F8_E5M2:
        return from_f8(*at, 2, 15);
    default:
        half = (uint16_t)(at[0] | at[1] << 8);
        return (double)(dtype == WI_F16 ? wi_f32_from_f16(half) : wi_f32_from_bf16(half));
    }
}

#define CHUNK 4096

/* Raw bodies are little-endian. */
static void to_native(uint8_t *bytes, size_t n, size_t width)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (size_t i = 0; i < n * width && width > 2; i += width)
        for (size_t j = 0; j < width / 2; j++) {
            const uint8_t low = bytes[i + j];
            bytes[i + j] = bytes[i + width - 1 - j];
            bytes[i + width - 1 - j] = low;
        }
#else
    (void)bytes, (void)n, (void)width;
#endif
}

enum srv_code srv_values_read(struct srv_values *v, uint64_t first, size_t n, double *out)
{
    uint8_t bytes[CHUNK * sizeof(double)];
    const size_t width = v->plan->part.tensor.dtype->bytes;
    void *keep = v->keep ? srv_job_blob(v->keep)->bytes : NULL;
    for (size_t k; n; n -= k, first += k, out += k) {
        k = n < CHUNK ? n : CHUNK;
        if (wi_body_read(&v->body, wi_keep_only, keep, first * width, bytes, k * width) != k * width)
            return SRV_NO_MEMORY;
        if (v->sha)
            srv_sha256_add(v->sha, bytes, k * width);
        to_native(bytes, k, width);
        for (size_t i = 0; i < k; i++)
            out[i] = element(v->plan->part.tensor.dtype->id, bytes + i * width);
    }
    return SRV_OK;
}

enum srv_code srv_values_count(struct srv_values *v, const struct srv_making *making, uint64_t n,
                               struct wi_moments *moments, const struct srv_bins *bins)
{
    double numbers[CHUNK];
    for (uint64_t at = 0; at < n; at += CHUNK) {
        const size_t some = n - at < CHUNK ? (size_t)(n - at) : CHUNK;
        const enum srv_code code = srv_making_unwanted(making) ? SRV_CANCELLED : srv_values_read(v, at, some, numbers);
        if (code != SRV_OK)
            return code;
        if (bins)
            wi_histogram_add(bins->low, bins->high, bins->count, bins->n, numbers, some);
        else
            wi_moments_add(moments, numbers, some);
    }
    return SRV_OK;
}
