/* see cors.h */
#include "cors.h"

#include <string.h>

void srv_cors(struct srv *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    srv_reply_header(reply, "Access-Control-Allow-Origin", "*");
    srv_reply_header(reply, "Access-Control-Expose-Headers", "*");
    srv_reply_header(reply, "Cross-Origin-Resource-Policy", "cross-origin");
    srv_reply_header(reply, "Timing-Allow-Origin", "*");
    srv_reply_header(reply, "X-Content-Type-Options", "nosniff");
    if (strcmp(req->method, "OPTIONS") || !req->header(req, "Access-Control-Request-Method"))
        return;
    srv_reply_header(reply, "Access-Control-Allow-Methods", "GET, HEAD");
    srv_reply_header(reply, "Access-Control-Allow-Headers", "*, Authorization");
    srv_reply_header(reply, "Access-Control-Max-Age", "86400");
}
