/* error.h - the server reports its own errors as libwi does: the builders of struct wi_error, which libwi does not
 * install. */
#ifndef SRV_ERROR_H
#define SRV_ERROR_H

#include "../lib/base/fail.h"

#endif
