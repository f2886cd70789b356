/* elementary.h - exp, log, log1p and erf of fmath/f64.h for the study: once per instruction level, not at every place of
 * use, where they would be most of the code. Without a fused multiply-add in the CPU's instructions an exponential takes
 * ten times as long. The same bits at every level. */
#ifndef WI_STUDY_ELEMENTARY_H
#define WI_STUDY_ELEMENTARY_H

#include "base/dispatch.h"

struct wi_elementary {
    double (*exp)(double x), (*log)(double x), (*log1p)(double x), (*erf)(double x);
};

WI_ISA_DECLARE(extern const struct wi_elementary, wi_elementary);

/* Of the level in use. */
static inline const struct wi_elementary *wi_elementary(void)
{
    static const struct wi_elementary *const by_level[] = WI_ISA_FNS_TO_AVX2(&wi_elementary);
    return by_level[wi_isa_level()];
}

#endif
