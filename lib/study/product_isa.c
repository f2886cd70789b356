/* product_isa.c - rows times a matrix in f64, once per instruction level. */
#include "study/product.h"

/* A sum runs over k in order, whatever the width of the vectors: they hold elements side by side. */
void WI_ISA_NAME(wi_rows_product)(const double *restrict rows, const double *restrict matrix, size_t n_rows, size_t n,
                                  double *restrict out)
{
    for (size_t r = 0; r < n_rows; r += 4) {
        const size_t four = n_rows - r < 4 ? n_rows - r : 4;
        double *const to = out + r * n;
        for (size_t i = 0; i < four * n; i++)
            to[i] = 0;
        for (size_t k = 0; k < n; k++) {
            const double *const row = matrix + k * n;
            for (size_t i = 0; i < four; i++) {
                const double x = rows[(r + i) * n + k];
                double *const line = to + i * n;
                for (size_t j = 0; j < n; j++)
                    line[j] += x * row[j];
            }
        }
    }
}
