/* see kernel.h: f32 -> f16 and bf16 */
#include "dist/half.h"
#include "dist/kernel.h"
#include "isa.h"
#include "vec.h"

void WI_ISA_NAME(wi_f16)(const float *restrict in, size_t n, uint16_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = wi_f16_round(in[i]);
}

void WI_ISA_NAME(wi_bf16)(const float *restrict in, size_t n, uint16_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = wi_bf16_round(in[i]);
}
