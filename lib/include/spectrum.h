/* spectrum.h - singular values: by how much a deep network stretches directions at its start.
 *
 * Two schemes can keep the size of a signal and still differ: the Jacobian of a product of random matrices stretches some
 * directions and loses all others, that of orthogonal matrices keeps every one (Saxe et al. 2014; Pennington et al. 2017).
 *
 * Singular values are found by one-sided Jacobi rotations (Hestenes 1958), in f64 and a fixed order. They are exact to about
 * 1e-14 of the largest one; smaller ones are rounding, whatever their number says.
 * Memory: the caller lends it. Threads: pure. */
#ifndef WI_SPECTRUM_H
#define WI_SPECTRUM_H

#include "study.h"

WI_API_BEGIN

#define WI_SPECTRUM_WIDTH_MAX 128
#define WI_SPECTRUM_FLOOR 1e-14 /* of the largest singular value */

/* The n singular values of an n x n matrix, the largest first. The matrix is overwritten. What is not finite gives NaN. */
void wi_singular_values(double *matrix, size_t n, double *values);

/* A network as in wi_sweep, of which one input passes. */
struct wi_spectrum {
    struct wi_activation activation;
    unsigned width; /* 2 .. WI_SPECTRUM_WIDTH_MAX */
    unsigned n_depths;
    const unsigned *depths; /* ascending, from 1: after which layers singular values are taken */
    /* Layer l = 1, 2, ...: width * width weights, (in, out), row by row. False: stop. */
    bool (*weights)(void *ctx, unsigned layer, double *out);
    void *ctx;
};
size_t wi_spectrum_bytes(const struct wi_spectrum *spectrum);
/* input: width numbers, h_0. values: n_depths times width, the singular values of the Jacobian of h_depth by h_0. memory:
 * aligned to 8 bytes. False: weights() said so. */
bool wi_spectrum_run(const struct wi_spectrum *spectrum, const double *input, void *memory, double *values);

WI_API_END

#endif
