/* near.h - "did you mean": the nearest of a list of names. */
#ifndef SRV_MODEL_NEAR_H
#define SRV_MODEL_NEAR_H

#include "base/error.h"
#include "wi.h"

/* Fill err's `allowed` with as many of the n names as it holds, and `nearest` with the one that is near, if one is. */
void srv_near(struct wi_error *err, const char *name, const char *const *names, unsigned n);

#endif
