/* fans.h - the step of wi_plan_make that counts fans. */
#ifndef WI_REQUEST_FANS_H
#define WI_REQUEST_FANS_H

#include "wi.h"

/* Set the tensor's fan_in and fan_out: as given, or from shape, layout and groups. With R the product of the dimensions
 * k:
 *
 *     io     (k..., in / groups, out)     fan_in = in / groups * R, fan_out = out / groups * R
 *     oi     (out, in / groups, k...)     the same
 *     iohw   (in, out / groups, k...)     the same: a transposed convolution
 *     hwoi   (k..., out / groups, in)     the same
 *     hwcm   (k..., channels, m)          fan_in = R, fan_out = m * R: a depthwise convolution, a group for each channel
 *
 * Drops from plan->params what changes nothing: one group, and a fan that is as counted. */
enum wi_status wi_fans_measure(struct wi_plan *plan, struct wi_error *err);

#endif
