/* see cors.h */
#include "http/cors.h"

#include <string.h>

/* Is the origin one of a comma separated list? */
static bool is_listed(const char *list, const char *origin)
{
    size_t len = strlen(origin);
    for (const char *at = list; *at; at += strcspn(at, ",")) {
        at += strspn(at, ", ");
        if (!strncmp(at, origin, len) && (at[len] == '\0' || at[len] == ',' || at[len] == ' '))
            return true;
    }
    return false;
}

static void add_vary(struct srv_reply *reply)
{
    char now[128];
    const char *vary = srv_reply_get(reply, "Vary");
    size_t n = vary ? strlen(vary) : 0;
    if (n >= sizeof now)
        return;
    memcpy(now, vary ? vary : "", n + 1);
    srv_reply_header(reply, "Vary", "%s%sOrigin", now, n ? ", " : "");
}

/* The value of Access-Control-Allow-Origin, NULL: this page may not read the answer. */
static const char *allowed_origin(const char *origins, const struct srv_request *req, struct srv_reply *reply)
{
    if (!strcmp(origins, "*"))
        return "*";
    if (!strcmp(origins, "none"))
        return NULL;
    add_vary(reply);
    const char *origin = req->header(req, "Origin");
    return origin && is_listed(origins, origin) ? origin : NULL;
}

void srv_cors(const char *origins, const struct srv_request *req, struct srv_reply *reply)
{
    const char *origin = allowed_origin(origins, req, reply);
    if (origin)
        srv_reply_header(reply, "Access-Control-Allow-Origin", "%s", origin);
    if (reply->status == 304)
        return; /* the rest stands with the body it confirms */
    srv_reply_header(reply, "X-Content-Type-Options", "nosniff");
    if (!origin)
        return;
    srv_reply_header(reply, "Access-Control-Expose-Headers", "*");
    if (strcmp(req->method, "OPTIONS") || !req->header(req, "Access-Control-Request-Method"))
        return;
    srv_reply_header(reply, "Access-Control-Allow-Methods", "GET, HEAD");
    srv_reply_header(reply, "Access-Control-Allow-Headers", "*, Authorization");
    srv_reply_header(reply, "Access-Control-Max-Age", "86400");
}
