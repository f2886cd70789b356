/* The element types: see struct wi_dtype in wi.h. */
#include "wi.h"

static const struct wi_dtype dtypes[WI_DTYPE_COUNT] = {
    {WI_F32, "f32", "float32", "<f4", "F32", "FP32", 4, 0x1.fffffep+127},
    {WI_F64, "f64", "float64", "<f8", "F64", "FP64", 8, 0x1.fffffffffffffp+1023},
    {WI_F16, "f16", "float16", "<f2", "F16", "FP16", 2, 65504.0},
    {WI_BF16, "bf16", "bfloat16", NULL, "BF16", "BF16", 2, 0x1.fep+127},
    {WI_F8_E4M3, "f8_e4m3", "float8_e4m3fn", NULL, "F8_E4M3", "FP8_E4M3", 1, 448},
    {WI_F8_E5M2, "f8_e5m2", "float8_e5m2", NULL, "F8_E5M2", "FP8_E5M2", 1, 57344},
};

const struct wi_dtype *wi_dtype_at(unsigned i)
{
    return i < WI_DTYPE_COUNT ? &dtypes[i] : NULL;
}
