/* cors.h - which pages of other origins may read the answers (Fetch standard, CORS protocol).
 *
 * Tensors are public and no cookie means anything here, so by default every page may read everything: the wildcard also
 * exposes all response fields, which is what makes a client in a browser see ETag, Content-Range and the tensor's fields. */
#ifndef SRV_HTTP_CORS_H
#define SRV_HTTP_CORS_H

#include "http/message.h"

/* Add the fields to a finished reply; those of a preflight too, if the request is one. origins: "*", "none", or a comma
 * separated list. */
void srv_cors(const char *origins, const struct srv_request *req, struct srv_reply *reply);

#endif
