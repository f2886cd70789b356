/* activation.h - wi_activate (study.h) once per instruction level. */
#ifndef WI_STUDY_ACTIVATION_H
#define WI_STUDY_ACTIVATION_H

#include "base/dispatch.h"
#include "study.h"

WI_ISA_FN(void, wi_activate_all,
          (const struct wi_activation *activation, const double *z, size_t n, double *phi, double *slope))

#endif
