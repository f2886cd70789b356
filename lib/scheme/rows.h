/* rows.h - the native schemes in the order in which they are shown. A new scheme is one file and its name here. */
#ifndef WI_SCHEME_ROWS_H
#define WI_SCHEME_ROWS_H

#include "scheme/scheme.h"

#define WI_NATIVE_ROWS(row)                                                                                        \
    row(zeros) row(random) row(xavier_uniform) row(xavier_normal) row(he_normal) row(lecun_normal) row(orthogonal) \
        row(sparse) row(ones) row(constant) row(uniform) row(normal) row(truncated_normal) row(he_uniform)         \
            row(lecun_uniform) row(glorot_uniform) row(glorot_normal) row(variance_scaling) row(eye) row(dirac)    \
                row(delta_orthogonal) row(sinusoidal) row(sinusoidal_halves) row(positions) row(inv_freq)          \
                    row(log_positions)

#define WI_DECLARE(name) extern const struct wi_scheme wi_scheme_##name;
WI_NATIVE_ROWS(WI_DECLARE)
#undef WI_DECLARE

#endif
