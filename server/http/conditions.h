/* conditions.h - what the conditions and ranges of a request make of an answer (RFC 9110 sections 13.2.2 and 14.2).
 *
 * A handler that knows its answer's header and length, but has not yet made the body, asks:
 *
 *     srv_reply_header(reply, "ETag", ...);  ... Content-Type, Cache-Control ...;  reply->length = total;
 *     if (srv_precondition(req, reply))
 *         ... set the body ...
 *
 * so that HEAD, 304, 412 and 416 never cost what they do not send. A body that is set already is released where it is
 * not needed. */
#ifndef SRV_HTTP_CONDITIONS_H
#define SRV_HTTP_CONDITIONS_H

#include "http/message.h"

/* reply: status 200 with ETag (strong), Content-Type and length, ready to be sent as it is. Turns it into 304, 412, 416 or
 * 206 (one part or several) where the request says so, and adds Accept-Ranges. True: the body is needed. There are no
 * modification dates: conditions on dates are ignored, as section 13.1 demands then. */
bool srv_precondition(const struct srv_request *req, struct srv_reply *reply);

/* May a field of the 200 stand in the 304? (RFC 9110 section 15.4.5: nothing that describes the body.) */
bool srv_field_confirms(const char *name);

#endif
