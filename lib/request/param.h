/* param.h - the parameter table from the inside: reading and writing one value. See struct wi_param_row in wi.h. */
#ifndef WI_REQUEST_PARAM_H
#define WI_REQUEST_PARAM_H

#include "base/fail.h"
#include "base/text.h"
#include "wi.h"

#define WI_NAME_DEFAULT "tensor" /* of name= */

/* Read a value of parameter p into the request. value is NUL-terminated and holds no NUL. Does not touch req->given. */
enum wi_status wi_param_read(struct wi_request *req, enum wi_param p, const char *value, size_t len,
                             struct wi_error *err);

/* Write the request's value of p in its one canonical spelling (URL-encoded). */
void wi_param_write(struct wi_text *t, const struct wi_request *req, enum wi_param p);

/* Say in err->allowed what p takes, unless something was said already. WI_P_COUNT: nothing. */
void wi_param_allow(struct wi_error *err, enum wi_param p);

#endif
