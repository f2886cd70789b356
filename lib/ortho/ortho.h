/* ortho.h - Haar-distributed matrices with orthonormal rows or columns.
 *
 * Source : Stewart 1980 (product of Householder reflections of independent Gaussian vectors), signs by Mezzadri 2007,
 *          blocked by the UT transform (Joffrain et al. 2006). docs/ALGORITHM.md fixes the order of every sum.
 * Shape  : out is rows x cols, row-major. rows >= cols: orthonormal columns; rows < cols: orthonormal rows, and the
 *          bits are those of the (cols, rows) matrix transposed. (m, n) is bitwise the first n columns of (m, m).
 * Units  : out = gain * Q.
 * Draws  : Gaussian (r, c) of the tall matrix is normal draw number c * 2^32 + r of the key, mean 0, std 1.
 * Range  : 1 <= rows, cols < 2^31.
 * Scratch: caller-owned, 64-byte aligned, wi_ortho_scratch bytes, contents irrelevant before and after; at most 16 MiB
 *          for width 1.
 * Threads: pure; the bits do not depend on exec. */
#ifndef WI_ORTHO_ORTHO_H
#define WI_ORTHO_ORTHO_H

#include <stddef.h>
#include <stdint.h>

#include "exec.h"
#include "key.h"

/* Bytes of scratch for one matrix; elem_bytes is 4 or 8, width the exec's (a wider exec needs more). With m the
 * longer and n the shorter side: each of min(width, ceil(n/48)) workers (1 below 256 * 256 elements) has (m + 104) *
 * 48 elements, at least 4096; panel p has (57 + m - 48p) * 48, and the panels have what all of them need, but no
 * more than the larger of 8 MiB and panel 0; each rounded up to 64 bytes. So a thin matrix (n < 48) needs up to 96m
 * elements beside its m * n. */
size_t wi_ortho_scratch(uint64_t rows, uint64_t cols, size_t elem_bytes, unsigned width);

void wi_ortho_f32(const struct wi_key *key, uint64_t rows, uint64_t cols, double gain, float *out, void *scratch,
                  const struct wi_exec *exec);
void wi_ortho_f64(const struct wi_key *key, uint64_t rows, uint64_t cols, double gain, double *out, void *scratch,
                  const struct wi_exec *exec);

#endif
