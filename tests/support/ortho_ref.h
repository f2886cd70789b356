/* ortho_ref.h - the specification of wi_ortho_f32/f64, written as plainly as it can be: no tiles, no vectors, no
 * threads.
 *
 * Same arguments and the same bits as lib/ortho/ortho.h, with its own memory (aborts when there is none). Slow. */
#ifndef ORTHO_REF_H
#define ORTHO_REF_H

#include <stdint.h>

#include "key.h"

void ortho_ref_f32(const struct wi_key *key, uint64_t rows, uint64_t cols, double gain, float *out);
void ortho_ref_f64(const struct wi_key *key, uint64_t rows, uint64_t cols, double gain, double *out);

#endif
