/* see qr.h */
#include "like/shared/qr.h"

/* The columns 1 .. cols of the rows x (1 + cols) matrix a become H times themselves, where H = I - tau v v' and v is
 * column 0 with 1 in place of its first element. */
void WI_ISA_NAME(wi_qr_reflect)(double *a, size_t stride, size_t rows, size_t cols, double tau, double *restrict w)
{
    for (size_t j = 0; j < cols; j++)
        w[j] = a[1 + j];
    for (size_t i = 1; i < rows; i++) {
        double *row = a + i * stride, v = row[0];
        for (size_t j = 0; j < cols; j++)
            w[j] += v * row[1 + j];
    }
    for (size_t j = 0; j < cols; j++) {
        w[j] *= tau;
        a[1 + j] -= w[j];
    }
    for (size_t i = 1; i < rows; i++) {
        double *row = a + i * stride, v = row[0];
        for (size_t j = 0; j < cols; j++)
            row[1 + j] -= v * w[j];
    }
}
