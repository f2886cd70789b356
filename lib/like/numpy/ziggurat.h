/* ziggurat.h - NumPy's 256-layer ziggurat for the standard normal.
 *
 * Source : Marsaglia & Tsang 2000. With R = 3.6541528853610088 and layer area V = 0.0049286732339746519:
 *          x[255] = R, x[i] = sqrt(-2 log(f(x[i+1]) + V / x[i+1])), f(x) = exp(-x*x/2), all in f64, correctly rounded,
 *          but f(x[38]) = 0x1.5ad29acc85c89p-1, one unit above: a rounding error that is part of NumPy's table.
 *          k[i] = nearest(x[i-1] / x[i] * 2^52), k[0] = nearest(R f(R) / V * 2^52), k[1] = 0; w[i] = x[i] / 2^52,
 *          w[0] = V / f(R) / 2^52; the f32 tables are made from the same values with 2^23.
 * Checked by tests/unit/test_like_engines.c against the SHA-256 of NumPy's own tables. */
#ifndef WI_LIKE_NUMPY_ZIGGURAT_H
#define WI_LIKE_NUMPY_ZIGGURAT_H

#include <stdint.h>

#define WI_ZIGGURAT_R 0x1.d3bb48209ad33p+1
#define WI_ZIGGURAT_INV_R 0x1.183aa6c20e8c1p-2

extern const uint64_t wi_ziggurat_k[256];
extern const double wi_ziggurat_w[256], wi_ziggurat_f[256];
extern const uint32_t wi_ziggurat_k32[256];
extern const float wi_ziggurat_w32[256], wi_ziggurat_f32[256];

#endif
