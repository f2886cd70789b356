/* product_isa.c - rows times a matrix in f64, once per instruction level.
 *
 * A sum runs over k in order, whatever the width of the vectors and the size of a tile: vectors hold elements side by
 * side, and a tile of sums stays in registers. */
#include "base/vec.h"
#include "study/product.h"

#define TILE_ROWS 4
#define TILE_VECTORS 2
#define TILE_COLUMNS (TILE_VECTORS * WI_LANES64)

/* n_rows <= TILE_ROWS rows of the product, columns [j, j + TILE_COLUMNS). */
WI_INLINE void tile(const double *rows, const double *matrix, size_t n_rows, size_t n, size_t j, double *out)
{
    wi_f64v sum[TILE_ROWS][TILE_VECTORS] = {0};
    for (size_t k = 0; k < n; k++) {
        wi_f64v across[TILE_VECTORS];
        for (size_t v = 0; v < TILE_VECTORS; v++)
            across[v] = wi_load_f64(matrix + k * n + j + v * WI_LANES64);
        for (size_t r = 0; r < n_rows; r++)
            for (size_t v = 0; v < TILE_VECTORS; v++)
                sum[r][v] += rows[r * n + k] * across[v];
    }
    for (size_t r = 0; r < n_rows; r++)
        memcpy(out + r * n + j, sum[r], sizeof sum[r]);
}

/* What is left of a row behind the tiles. */
static void rest(const double *row, const double *matrix, size_t n, size_t j, double *out)
{
    for (; j < n; j++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += row[k] * matrix[k * n + j];
        out[j] = sum;
    }
}

void WI_ISA_NAME(wi_rows_product)(const double *restrict rows, const double *restrict matrix, size_t n_rows, size_t n,
                                  double *restrict out)
{
    const size_t whole = n / TILE_COLUMNS * TILE_COLUMNS;
    size_t r = 0;
    for (; r + TILE_ROWS <= n_rows; r += TILE_ROWS)
        for (size_t j = 0; j < whole; j += TILE_COLUMNS)
            tile(rows + r * n, matrix, TILE_ROWS, n, j, out + r * n);
    for (; r < n_rows; r++)
        for (size_t j = 0; j < whole; j += TILE_COLUMNS)
            tile(rows + r * n, matrix, 1, n, j, out + r * n);
    for (r = 0; r < n_rows; r++)
        rest(rows + r * n, matrix, n, whole, out + r * n);
}
