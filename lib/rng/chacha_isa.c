/* see tiles.h */
#include "isa.h"
#include "rng/tiles.h"
#include "base/vec.h"

/* Number of each block within its tile. */
static const uint32_t lane_number[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

WI_INLINE wi_u32v rotl(wi_u32v x, int r)
{
    return x << r | x >> (32 - r);
}

/* Rotation by whole bytes: AVX2 has no rotate instruction, but a byte shuffle. */
#if WI_LANES == 8
typedef uint8_t bytes32 __attribute__((vector_size(32)));

WI_INLINE wi_u32v rotl_16(wi_u32v x)
{
    return (wi_u32v)__builtin_shufflevector((bytes32)x, (bytes32)x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12,
                                            13, 18, 19, 16, 17, 22, 23, 20, 21, 26, 27, 24, 25, 30, 31, 28, 29);
}

WI_INLINE wi_u32v rotl_8(wi_u32v x)
{
    return (wi_u32v)__builtin_shufflevector((bytes32)x, (bytes32)x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13,
                                            14, 19, 16, 17, 18, 23, 20, 21, 22, 27, 24, 25, 26, 31, 28, 29, 30);
}
#else
WI_INLINE wi_u32v rotl_16(wi_u32v x)
{
    return rotl(x, 16);
}

WI_INLINE wi_u32v rotl_8(wi_u32v x)
{
    return rotl(x, 8);
}
#endif

WI_INLINE void quarter_round(wi_u32v *a, wi_u32v *b, wi_u32v *c, wi_u32v *d)
{
    *a += *b, *d = rotl_16(*d ^ *a);
    *c += *d, *b = rotl(*b ^ *c, 12);
    *a += *b, *d = rotl_8(*d ^ *a);
    *c += *d, *b = rotl(*b ^ *c, 7);
}

WI_INLINE void double_round(wi_u32v x[16])
{
    quarter_round(&x[0], &x[4], &x[8], &x[12]);
    quarter_round(&x[1], &x[5], &x[9], &x[13]);
    quarter_round(&x[2], &x[6], &x[10], &x[14]);
    quarter_round(&x[3], &x[7], &x[11], &x[15]);
    quarter_round(&x[0], &x[5], &x[10], &x[15]);
    quarter_round(&x[1], &x[6], &x[11], &x[12]);
    quarter_round(&x[2], &x[7], &x[8], &x[13]);
    quarter_round(&x[3], &x[4], &x[9], &x[14]);
}

/* Blocks 16 * tile + lane .. 16 * tile + lane + WI_LANES - 1. The low counter word cannot carry within a tile. */
WI_INLINE void blocks(const uint32_t input[16], unsigned rounds, uint64_t tile, unsigned lane, uint32_t *out)
{
    wi_u32v start[16], x[16];
    for (int i = 0; i < 16; i++)
        start[i] = wi_splat_u32(input[i]);
    start[12] = wi_splat_u32((uint32_t)(tile << 4)) + wi_load_u32(lane_number + lane);
    start[13] = wi_splat_u32((uint32_t)(tile >> 28));
    for (int i = 0; i < 16; i++)
        x[i] = start[i];
    for (unsigned r = 0; r < rounds; r += 2)
        double_round(x);
    for (int i = 0; i < 16; i++)
        wi_store_u32(out + 16 * i + lane, x[i] + start[i]);
}

void WI_ISA_NAME(wi_tiles)(const uint32_t input[16], uint64_t first, size_t n, uint32_t *out)
{
    for (size_t t = 0; t < n; t++)
        for (unsigned lane = 0; lane < WI_TILE_BLOCKS; lane += WI_LANES)
            blocks(input, WI_ROUNDS, first + t, lane, out + t * WI_TILE_WORDS);
}

#if WI_LANES == 4
void wi_chacha_tile_base(const uint32_t input[16], unsigned rounds, uint64_t tile, uint32_t *out)
{
    for (unsigned lane = 0; lane < WI_TILE_BLOCKS; lane += WI_LANES)
        blocks(input, rounds, tile, lane, out);
}
#endif
