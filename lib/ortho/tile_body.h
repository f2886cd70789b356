/* tile_body.h - the matrix products, for one type (REAL) at one instruction level.
 *
 * All operands have NB elements per row. A tile of the result, rows x (vecs * LANES), is held in registers while k runs
 * upwards: each element is the sum of its products in ascending k, starting from +0, one rounding per multiplication and
 * one per addition. A lane is an output column, so the bits do not know the shape of a tile, which is chosen for the
 * registers at hand. Tiles are whole in rows (up to PAD - 1 rows of padding are computed) and vectors. */
#include <math.h>
#include <string.h>

#include "dist/draw.h"
#include "job.h"

#if defined(__FAST_MATH__)
#error "the numbers need IEEE arithmetic"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "the numbers need arithmetic in the type of the operands"
#endif

enum { NB = WI_ORTHO_NB, KC = WI_ORTHO_KC };

/* 32 registers hold 24 sums; 16 hold 12. */
#if defined(__AVX512F__)
enum { VEC_BYTES = 64, TILE_ROWS = 8, TILE_VECS = 3 };
#elif defined(__AVX2__)
enum { VEC_BYTES = 32, TILE_ROWS = 4, TILE_VECS = 3 };
#else
enum { VEC_BYTES = 16, TILE_ROWS = 4, TILE_VECS = 3 };
#endif
enum { LANES = VEC_BYTES / (int)sizeof(REAL) };

typedef REAL vec __attribute__((vector_size(VEC_BYTES), may_alias));

_Static_assert((int)TILE_ROWS <= (int)WI_ORTHO_PAD, "padding covers a tile");
_Static_assert((int)NB % (int)TILE_ROWS == 0 && (int)NB % ((int)TILE_VECS * (int)LANES) == 0, "tiles fill a panel");

#define INLINE static inline __attribute__((always_inline))

enum tile_end { TILE_STORE, TILE_ADD, TILE_SUBTRACT };

INLINE void tile_end(enum tile_end end, vec sum, REAL *c)
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
#define ROW_STEP(i)                        \
    if (i < rows) {                        \
        REAL s = a[(size_t)i * a_row];     \
        x##i += s * b0;                    \
        if (vecs > 1) {                    \
            y##i += s * b1;                \
            z##i += s * b2;                \
        }                                  \
    }
#define ROW_END(i)                                        \
    if (i < rows) {                                       \
        tile_end(end, x##i, c + i * NB);                  \
        if (vecs > 1) {                                   \
            tile_end(end, y##i, c + i * NB + LANES);      \
            tile_end(end, z##i, c + i * NB + 2 * LANES);  \
        }                                                 \
    }

/* Prefetching: while a tile is computed, the operands of the next chunk (or of the next rows) come nearer, AHEAD elements
 * of each of two streams per k. With all tiles of a chunk that is just the chunk. */
enum { AHEAD_ELEMS = (int)TILE_ROWS * (int)TILE_VECS * (int)LANES / (int)NB, AHEAD = AHEAD_ELEMS > 0 ? AHEAD_ELEMS : 1 };

struct ahead {
    const REAL *a, *b;
};

/* c = sum, c += sum or c -= sum, where sum[i][j] = sum over k of a[i * a_row + k * a_k] * b[k][j]. rows, vecs (1 or 3),
 * the strides and end are constants of the caller. */
INLINE void tile(int rows, int vecs, enum tile_end end, size_t k, const REAL *a, size_t a_row, size_t a_k,
                 const REAL *b, REAL *c, struct ahead next)
{
    EACH_ROW(ROW_ZERO)
    for (; k; k--, a += a_k, b += NB) {
        __builtin_prefetch(next.a, 0, 2);
        __builtin_prefetch(next.b, 0, 2);
        next.a += AHEAD;
        next.b += AHEAD;
        vec b0 = *(const vec *)b, b1 = {0}, b2 = {0};
        if (vecs > 1) {
            b1 = *(const vec *)(b + LANES);
            b2 = *(const vec *)(b + 2 * LANES);
        }
        EACH_ROW(ROW_STEP)
    }
    EACH_ROW(ROW_END)
}

/* TILE_ROWS rows of the result, columns 0 .. cols - 1. */
INLINE void tile_row(enum tile_end end, size_t k, const REAL *a, size_t a_row, size_t a_k, const REAL *b, size_t cols,
                     REAL *c, struct ahead *next)
{
    size_t j = 0;
    for (; j + (TILE_VECS - 1) * LANES < cols; j += TILE_VECS * LANES) {
        tile(TILE_ROWS, TILE_VECS, end, k, a, a_row, a_k, b + j, c + j, *next);
        next->a += k * AHEAD;
        next->b += k * AHEAD;
    }
    for (; j < cols; j += LANES)
        tile(TILE_ROWS, 1, end, k, a, a_row, a_k, b + j, c + j, *next);
}
