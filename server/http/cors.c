/* see cors.h */
#include "http/cors.h"

#include <string.h>

static bool is_listed(const char *list, const char *origin)
{
    struct srv_item item;
    while (srv_list_next(&list, &item))
        if (srv_item_is(&item, origin))
            return true;
    return false;
}

/* The value of Access-Control-Allow-Origin; NULL: the page may not read the answer. */
static const char *allowed_origin(const char *origins, const struct srv_request *req, struct srv_reply *reply)
{
    if (!strcmp(origins, "*"))
        return reply->is_internal ? NULL : "*";
    if (!strcmp(origins, "none"))
        return NULL;
    reply->vary |= SRV_BIT(SRV_FIELD_ORIGIN);
    const char *origin = srv_request_field(req, SRV_FIELD_ORIGIN);
    return origin && is_listed(origins, origin) ? origin : NULL;
}

void srv_cors(const char *origins, const struct srv_request *req, struct srv_reply *reply)
{
    const char *origin = allowed_origin(origins, req, reply);
    if (origin)
        srv_reply_header(reply, "Access-Control-Allow-Origin", "%s", origin);
    if (reply->status == 304)
        return; /* the client keeps the rest with the body */
    srv_reply_header(reply, "X-Content-Type-Options", "nosniff");
    if (!origin)
        return;
    srv_reply_header(reply, "Access-Control-Expose-Headers", "*");
    if (strcmp(req->method, "OPTIONS") || !srv_request_field(req, SRV_FIELD_REQUEST_METHOD))
        return;
    srv_reply_header(reply, "Access-Control-Allow-Methods", "%s", reply->methods ? reply->methods : "GET, HEAD");
    srv_reply_header(reply, "Access-Control-Allow-Headers", "*, Authorization");
    srv_reply_header(reply, "Access-Control-Max-Age", "86400");
}
