/* study.h - digests of what lib/study finds: the numbers of pictures. */
#ifndef IDENTITY_STUDY_H
#define IDENTITY_STUDY_H

#include "exec.h"

/* A line "sha256 numbers name" for each part of the study. A NaN counts as a NaN, whatever its bits are. */
void study_all(const struct wi_exec *exec);

#endif
