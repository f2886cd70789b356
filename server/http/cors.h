/* cors.h - which pages of other origins may read the answers (Fetch standard, CORS protocol).
 *
 * Tensors are public and the server has no cookies, so by default every page may read everything but what is internal
 * (/metrics: a browser inside would show it to any page outside). The wildcard also
 * exposes all response fields: a script in a browser then sees ETag, Content-Range and the fields of the tensor. */
#ifndef SRV_HTTP_CORS_H
#define SRV_HTTP_CORS_H

#include "http/message.h"

/* Add the response fields, and those of a preflight if the request is one. origins: "*", "none", or a comma separated
 * list. */
void srv_cors(const char *origins, const struct srv_request *req, struct srv_reply *reply);

#endif
