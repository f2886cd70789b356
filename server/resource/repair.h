/* repair.h - the example of a tensor's error: the request that was sent, with the parameter that was wrong mended.
 *
 * What is at fault is replaced by the nearest name, by a value that is allowed, by that of the scheme's own example, or
 * left out; the rest stays as it was sent. This is repeated until libwi makes a plan, so the example is known to
 * work. */
#ifndef SRV_RESOURCE_REPAIR_H
#define SRV_RESOURCE_REPAIR_H

#include "http/message.h"

/* Write to out a target of the same form, /init or /{scheme}/{shape}.{ext}, that this server answers with a tensor
 * within the limits. format NULL: as asked for; else that one. False: none was found in a few steps, or it is longer
 * than cap. */
bool srv_repair(const struct srv_request *req, const struct wi_limits *limits, const char *format, char *out,
                size_t cap);

#endif
