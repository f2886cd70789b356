/* see cell.h */
#include "model/cell.h"

#include <string.h>

/* A whole number as n little-endian bytes. */
static void put_bytes(uint64_t value, unsigned n, uint8_t *out)
{
    for (unsigned i = 0; i < n; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

/* The nearest whole number, ties to even, within the type; a cell of one byte holds 255 at most, as unsigned types
 * do. */
static uint64_t whole(double value)
{
    const double limit = 0x1p63 - 1024;
    double bounded = value > limit ? limit : value < -limit ? -limit : value;
    double magic = bounded < 0 ? -0x1p52 : 0x1p52; /* there the doubles are whole numbers */
    double rounded = bounded > -0x1p52 && bounded < 0x1p52 ? (bounded + magic) - magic : bounded;
    return (uint64_t)(int64_t)rounded;
}

static void encode_whole(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out)
{
    (void)first;
    for (size_t i = 0; i < n; i++)
        put_bytes(whole(((const double *)in)[i]), part->cell_bytes, out + i * part->cell_bytes);
}

static void encode_truth(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out)
{
    (void)part;
    (void)first;
    for (size_t i = 0; i < n; i++)
        out[i] = ((const double *)in)[i] != 0;
}

/* A power of two: 2^(cell - 127). Scales of block formats. */
static void encode_exponent(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out)
{
    (void)part;
    (void)first;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, (const double *)in + i, sizeof bits);
        int64_t exponent = (int64_t)(bits >> 52 & 0x7ff) + (int64_t)(bits >> 51 & 1) - 1023 + 127;
        out[i] = (uint8_t)(bits >> 63 || exponent < 0 ? 0 : exponent > 254 ? 254 : exponent);
    }
}

/* From positions in w * w pairs of places: see SRV_RULE_WINDOW_OFFSETS. */
static void encode_offsets(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out)
{
    uint64_t w = (uint64_t)__builtin_sqrt(__builtin_sqrt((double)part->out_elems));
    (void)first;
    for (size_t i = 0; i < n; i++) {
        uint64_t pair = whole(((const double *)in)[i]), place = pair / (w * w), from = pair % (w * w);
        uint64_t down = place / w + w - 1 - from / w, right = place % w + w - 1 - from % w;
        put_bytes(down * (2 * w - 1) + right, part->cell_bytes, out + i * part->cell_bytes);
    }
}

struct srv_cell srv_cell_of(enum srv_dtype dtype, enum srv_rule_scheme scheme)
{
    static const struct srv_cell rows[SRV_DTYPE_COUNT] = {
        [SRV_DTYPE_F64] = {"f64", NULL, 8},          [SRV_DTYPE_F32] = {"f32", NULL, 4},
        [SRV_DTYPE_F16] = {"f16", NULL, 2},          [SRV_DTYPE_BF16] = {"bf16", NULL, 2},
        [SRV_DTYPE_U64] = {"f64", encode_whole, 8},  [SRV_DTYPE_I64] = {"f64", encode_whole, 8},
        [SRV_DTYPE_U32] = {"f64", encode_whole, 4},  [SRV_DTYPE_I32] = {"f64", encode_whole, 4},
        [SRV_DTYPE_U16] = {"f64", encode_whole, 2},  [SRV_DTYPE_I16] = {"f64", encode_whole, 2},
        [SRV_DTYPE_U8] = {"f64", encode_whole, 1},   [SRV_DTYPE_I8] = {"f64", encode_whole, 1},
        [SRV_DTYPE_BOOL] = {"f64", encode_truth, 1}, [SRV_DTYPE_F8_E4M3] = {"f8_e4m3", NULL, 1},
        [SRV_DTYPE_F8_E5M2] = {"f8_e5m2", NULL, 1},  [SRV_DTYPE_F8_E8M0] = {"f64", encode_exponent, 1},
    };
    if (scheme == SRV_RULE_WINDOW_OFFSETS)
        return (struct srv_cell){"f64", encode_offsets, srv_dtype_bytes(dtype)};
    static const struct srv_cell zeros[] = {
        [1] = {"f8_e4m3", NULL, 1}, [2] = {"f16", NULL, 2}, [4] = {"f32", NULL, 4}, [8] = {"f64", NULL, 8}};
    return scheme == SRV_RULE_ZEROS && !srv_dtype_is_float(dtype) ? zeros[srv_dtype_bytes(dtype)] : rows[dtype];
}
