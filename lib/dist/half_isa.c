/* see kernel.h: f32 -> f16 and bf16 */
#include "base/half.h"
#include "dist/kernel.h"
#include "isa.h"
#include "base/vec.h"

/* A first loop computes the halves as 32-bit words, a second one narrows them. In a single loop gcc narrows
 * intermediate values too, which is slower. */
enum { BLOCK = 256 };

#define ROUND_ALL(round)                     \
    uint32_t wide[BLOCK];                    \
    while (n > 0) {                          \
        size_t take = n < BLOCK ? n : BLOCK; \
        for (size_t i = 0; i < take; i++)    \
            wide[i] = round(in[i]);          \
        for (size_t i = 0; i < take; i++)    \
            out[i] = (uint16_t)wide[i];      \
        in += take, out += take, n -= take;  \
    }

void WI_ISA_NAME(wi_f16)(const float *restrict in, size_t n, uint16_t *restrict out)
{
    ROUND_ALL(wi_f16_round)
}

void WI_ISA_NAME(wi_bf16)(const float *restrict in, size_t n, uint16_t *restrict out)
{
    ROUND_ALL(wi_bf16_round)
}
