/* qr.h - the orthogonal factor of a matrix, as numpy.linalg.qr and torch.linalg.qr give it after the sign fix.
 *
 * a is m x n, row-major, m >= n. It becomes Q of the reduced A = QR whose R has a positive diagonal: column j of Q is
 * multiplied by the sign of R[j][j]. That Q is unique for full rank, so all stable algorithms agree up to rounding.
 * Source : Householder; Golub & Van Loan, Matrix Computations, 5.2. Always in f64.
 * Scratch: 2 n doubles. Errors: none; a column of zeros has no reflection. Threads: pure. */
#ifndef WI_LIKE_SHARED_QR_H
#define WI_LIKE_SHARED_QR_H

#include <stddef.h>

#include "base/dispatch.h"

void wi_qr_q(double *a, size_t m, size_t n, double *scratch);

/* qr_isa.c */
WI_ISA_FN(void, wi_qr_reflect, (double *a, size_t stride, size_t rows, size_t cols, double tau, double *w))

#endif
