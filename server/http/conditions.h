/* conditions.h - entity tags, dates, conditions and ranges of a request (RFC 9110 sections 8.8, 13.2.2 and 14.2).
 *
 * A handler that knows etag, Content-Type and length of its answer asks before it makes the body:
 *
 *     srv_etag_set(reply, ...);  srv_reply_header(reply, "Content-Type", ...);  reply->length = total;
 *     if (srv_precondition(req, reply))
 *         ... set the body ...
 *
 * so that a body is never made for HEAD, 304, 412 and 416. A body that is set already is released where it is not
 * needed. */
#ifndef SRV_HTTP_CONDITIONS_H
#define SRV_HTTP_CONDITIONS_H

#include "http/message.h"

/* reply: status 200 with etag, Content-Type and length, ready to be sent as it is. Turns it into 304, 412, 416 or 206
 * (one part or several) where the request says so, and adds Accept-Ranges. True: the body is needed. A condition on a
 * date counts where the reply has a date (`modified`) and the request no condition on entity tags of the same kind;
 * what is not one HTTP date is ignored (sections 13.1.3 and 13.1.4). */
bool srv_precondition(const struct srv_request *req, struct srv_reply *reply);

/* Does a header of the 200 belong into the 304 as well? (RFC 9110 section 15.4.5: not if it describes the body.) */
bool srv_field_confirms(const char *name);

/* The reply's entity tag: the first 16 bytes of the SHA-256 of the bytes, in hexadecimal, and the suffix. */
void srv_etag_set(struct srv_reply *reply, const void *bytes, size_t len, const char *suffix);

enum srv_compare { SRV_STRONG, SRV_WEAK };

/* Does the field value, "*" or a list of entity tags, name the tag? `etag` is strong and in quotes ("\"abc\""). A weak
 * tag in the list matches in weak comparison only. The list ends at its first syntax error. */
bool srv_etag_listed(const char *field, const char *etag, enum srv_compare compare);

#endif
