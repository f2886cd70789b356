/* product.h - out = rows * matrix: n_rows rows of n numbers, a matrix of n x n, row by row. */
#ifndef WI_STUDY_PRODUCT_H
#define WI_STUDY_PRODUCT_H

#include <stddef.h>

#include "base/dispatch.h"

WI_ISA_FN(void, wi_rows_product,
          (const double *restrict rows, const double *restrict matrix, size_t n_rows, size_t n, double *restrict out))

static inline void wi_product(const double *restrict rows, const double *restrict matrix, size_t n_rows, size_t n,
                              double *restrict out)
{
    static wi_rows_product_fn *const fns[] = WI_ISA_FNS(wi_rows_product);
    fns[wi_isa_level()](rows, matrix, n_rows, n, out);
}

#endif
