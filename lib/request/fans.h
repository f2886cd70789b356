/* fans.h - the step of wi_plan_make that counts fans. */
#ifndef WI_REQUEST_FANS_H
#define WI_REQUEST_FANS_H

#include "wi.h"

/* Set the tensor's fan_in and fan_out from its shape and layout: io is (..., in, out), oi is (out, in, ...). */
enum wi_status wi_fans_measure(struct wi_plan *plan, struct wi_error *err);

#endif
