/* quant.h - the element types of GGUF: what a row of float32 becomes.
 *
 * F32, F16 and BF16 hold element by element, rounded to nearest, ties to even. Q8_0 and Q4_0 hold blocks of 32 elements
 * of a row, each with a scale in f16; every operation below is one rounded float32 operation, as in llama.cpp:
 *     Q8_0, 34 bytes  d = max|x| / 127, q = round(x / d), halves away from zero; f16(d), then 32 times int8
 *     Q4_0, 18 bytes  d = (the x of largest magnitude, the first of them) / -8, q = min(15, trunc(x / d + 8.5));
 *                     f16(d), then 16 bytes: element j in the low half, element j + 16 in the high half of byte j
 * where x / d is x times the rounded 1 / d, and 0 for d = 0. Bytes are little-endian.
 * Threads: pure functions. */
#ifndef SRV_MODEL_QUANT_H
#define SRV_MODEL_QUANT_H

#include <stddef.h>
#include <stdint.h>

enum srv_gguf_type { SRV_GGUF_F32, SRV_GGUF_F16, SRV_GGUF_BF16, SRV_GGUF_Q8_0, SRV_GGUF_Q4_0, SRV_GGUF_TYPES };

struct srv_gguf_type_row {
    const char *name;      /* as a value of dtype=: "q8_0" */
    uint32_t number;       /* in a tensor's description */
    uint32_t file;         /* general.file_type of a file whose matrices have it */
    unsigned block, bytes; /* elements and bytes of a block */
    /* n elements, a multiple of block, to their bytes */
    void (*encode)(const float *x, size_t n, unsigned char *out);
};

extern const struct srv_gguf_type_row srv_gguf_types[SRV_GGUF_TYPES];

/* The value of an IEEE 754 half. */
float srv_half_value(uint16_t half);

#endif
