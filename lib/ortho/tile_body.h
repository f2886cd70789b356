/* tile_body.h - the matrix products, for one type (REAL) at one instruction level.
 *
 * All operands have NB elements per row. A tile of the result, rows x (vecs * LANES), is held in registers while k runs
 * upwards: each element is the sum of its products in ascending k, starting from +0, one rounding per multiplication
 * and one per addition. A lane is an output column, so the shape of a tile, which depends on the registers, does not
 * change the bits. Tiles are whole in rows (up to PAD - 1 rows of padding are computed) and vectors. */
#include <stdbool.h>
#include <string.h>

#include "draw.h"
#include "ortho/job.h"
#include "base/vec.h"

enum { NB = WI_ORTHO_NB, KC = WI_ORTHO_KC };

/* Sums held in registers: 24 of 32 with AVX-512, 8 of 16 with AVX2 (12 measured slower), else 12. */
enum {
    VEC_BYTES = 4 * WI_LANES,
    LANES = VEC_BYTES / (int)sizeof(REAL),
    TILE_ROWS = WI_LANES == 16 ? 8 : 4,
    TILE_VECS = WI_LANES == 8 ? 2 : 3
};

typedef REAL vec __attribute__((vector_size(VEC_BYTES), may_alias));

_Static_assert((int)TILE_ROWS <= (int)WI_ORTHO_PAD, "padding covers a tile");
_Static_assert((int)NB % (int)TILE_ROWS == 0 && (int)NB % ((int)TILE_VECS * (int)LANES) == 0, "tiles fill a panel");

enum tile_end { TILE_STORE, TILE_ADD, TILE_SUBTRACT };

WI_INLINE void tile_end(enum tile_end end, vec sum, REAL *c)
{
    vec *at = (vec *)c;
    if (end == TILE_ADD)
        sum = *at + sum;
    else if (end == TILE_SUBTRACT)
        sum = *at - sum;
    *at = sum;
}

#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define ROW_ZERO(i) vec x##i = {0}, y##i = {0}, z##i = {0};
#define ROW_STEP(i)                    \
    if (i < rows) {                    \
        REAL s = a[(size_t)i * a_row]; \
        x##i += s * b0;                \
        if (vecs > 1)                  \
            y##i += s * b1;            \
        if (vecs > 2)                  \
            z##i += s * b2;            \
    }
#define ROW_END(i)                                       \
    if (i < rows) {                                      \
        tile_end(end, x##i, c + i * NB);                 \
        if (vecs > 1)                                    \
            tile_end(end, y##i, c + i * NB + LANES);     \
        if (vecs > 2)                                    \
            tile_end(end, z##i, c + i * NB + 2 * LANES); \
    }

/* Each step of k prefetches AHEAD elements of two streams, the operands of the next chunk or of the next rows. All
 * tiles of a chunk together prefetch one chunk. */
enum {
    AHEAD_ELEMS = (int)TILE_ROWS * (int)TILE_VECS * (int)LANES / (int)NB,
    AHEAD = AHEAD_ELEMS > 0 ? AHEAD_ELEMS : 1
};

struct ahead {
    const REAL *a, *b;
};

/* c = sum, c += sum or c -= sum, where sum[i][j] = sum over k of a[i * a_row + k * a_k] * b[k][j]. rows, vecs (1 .. 3),
 * the strides and end are constants of the caller. */
WI_INLINE void tile(int rows, int vecs, enum tile_end end, size_t k, const REAL *a, size_t a_row, size_t a_k,
                    const REAL *b, REAL *c, struct ahead next)
{
    EACH_ROW(ROW_ZERO)
    for (; k; k--, a += a_k, b += NB) {
        __builtin_prefetch(next.a, 0, 2);
        __builtin_prefetch(next.b, 0, 2);
        next.a += AHEAD;
        next.b += AHEAD;
        vec b0 = *(const vec *)b, b1 = {0}, b2 = {0};
        if (vecs > 1)
            b1 = *(const vec *)(b + LANES);
        if (vecs > 2)
            b2 = *(const vec *)(b + 2 * LANES);
        EACH_ROW(ROW_STEP)
    }
    EACH_ROW(ROW_END)
}

/* TILE_ROWS rows of the result, columns 0 .. cols - 1. Returns where prefetching goes on. */
WI_INLINE struct ahead tile_row(enum tile_end end, size_t k, const REAL *a, size_t a_row, size_t a_k, const REAL *b,
                                size_t cols, REAL *c, struct ahead next)
{
    size_t j = 0;
    for (; j + (TILE_VECS - 1) * LANES < cols; j += TILE_VECS * LANES) {
        tile(TILE_ROWS, TILE_VECS, end, k, a, a_row, a_k, b + j, c + j, next);
        next.a += k * AHEAD;
        next.b += k * AHEAD;
    }
    if (j + LANES < cols)
        tile(TILE_ROWS, 2, end, k, a, a_row, a_k, b + j, c + j, next);
    else if (j < cols)
        tile(TILE_ROWS, 1, end, k, a, a_row, a_k, b + j, c + j, next);
    return next;
}

/* TILE_ROWS rows of c = a'b or c += a'b over k rows of a and b. */
static struct ahead multiply_tn(bool add, size_t k, const REAL *a, const REAL *b, size_t cols, REAL *c,
                                struct ahead next)
{
    return add ? tile_row(TILE_ADD, k, a, 1, NB, b, cols, c, next)
               : tile_row(TILE_STORE, k, a, 1, NB, b, cols, c, next);
}

/* out[c * out_step + r] = gain * in[r * in_step + c] */
typedef REAL quad __attribute__((vector_size(4 * sizeof(REAL))));
typedef REAL quad_at __attribute__((vector_size(4 * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

WI_INLINE void transpose_4x4(const REAL *in, size_t in_step, REAL gain, REAL *out, size_t out_step)
{
    quad a = *(const quad_at *)in * gain, b = *(const quad_at *)(in + in_step) * gain;
    quad c = *(const quad_at *)(in + 2 * in_step) * gain, d = *(const quad_at *)(in + 3 * in_step) * gain;
    quad ab = __builtin_shufflevector(a, b, 0, 1, 4, 5), cd = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    *(quad_at *)out = __builtin_shufflevector(ab, cd, 0, 2, 4, 6);
    *(quad_at *)(out + out_step) = __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
    ab = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    cd = __builtin_shufflevector(c, d, 2, 3, 6, 7);
    *(quad_at *)(out + 2 * out_step) = __builtin_shufflevector(ab, cd, 0, 2, 4, 6);
    *(quad_at *)(out + 3 * out_step) = __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
}

/* Blocks of 16 rows with the columns in the outer loop, so that whole cache lines of `out` are written at once. */
static void transpose(const REAL *in, size_t in_step, size_t rows, size_t cols, REAL gain, REAL *out, size_t out_step)
{
    for (size_t start = 0; start < rows; start += 16) {
        size_t end = rows - start < 16 ? rows : start + 16, whole = start + (end - start) / 4 * 4, c = 0;
        for (; c + 4 <= cols; c += 4)
            for (size_t r = start; r < whole; r += 4)
                transpose_4x4(in + r * in_step + c, in_step, gain, out + c * out_step + r, out_step);
        for (size_t r = start; r < end; r++)
            for (size_t k = r < whole ? c : 0; k < cols; k++)
                out[k * out_step + r] = in[r * in_step + k] * gain;
    }
}
