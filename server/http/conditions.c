/* see conditions.h */
#include "http/conditions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/etag.h"
#include "http/problem.h"
#include "http/range.h"

static const char *const confirming[] = {
    "ETag", "Cache-Control", "Vary", "Content-Location", "Access-Control-Allow-Origin", NULL};

bool srv_field_confirms(const char *name)
{
    for (const char *const *field = confirming; *field; field++)
        if (!strcasecmp(*field, name))
            return true;
    return false;
}

static void not_modified(struct srv_reply *reply)
{
    uint64_t length = reply->length;
    srv_reply_reset(reply, confirming);
    reply->status = 304;
    reply->length = length;
}

/* Must the Range be left aside because If-Range names another version? */
static bool is_stale(const struct srv_request *req, const char *etag)
{
    const char *condition = req->header(req, "If-Range");
    return condition && (*condition == '*' || strchr(condition, ',') || !srv_etag_listed(condition, etag, SRV_STRONG));
}

/* The boundary must not stand in the body: taken from the ETag, which is a hash over what the body follows from. */
static void set_boundary(struct srv_reply *reply, const char *etag)
{
    size_t n = (size_t)snprintf(reply->boundary, sizeof reply->boundary, "weightd-");
    for (; *etag && n < sizeof reply->boundary - 1; etag++)
        if ((*etag >= '0' && *etag <= '9') || (*etag >= 'a' && *etag <= 'z') || (*etag >= 'A' && *etag <= 'Z'))
            reply->boundary[n++] = *etag;
    reply->boundary[n] = '\0';
}

static void partial(struct srv_reply *reply, const char *etag)
{
    const struct srv_range *first = &reply->ranges[0];
    reply->status = 206;
    if (reply->n_ranges == 1) {
        srv_reply_header(reply, "Content-Range", "bytes %llu-%llu/%llu", (unsigned long long)first->first,
                         (unsigned long long)(first->first + first->length - 1), (unsigned long long)reply->length);
        return;
    }
    const char *type = srv_reply_get(reply, "Content-Type");
    set_boundary(reply, etag);
    reply->part_type = strdup(type ? type : "application/octet-stream");
    reply->lost |= !reply->part_type;
    srv_reply_header(reply, "Content-Type", "multipart/byteranges; boundary=%s", reply->boundary);
}

static bool apply_range(const struct srv_request *req, struct srv_reply *reply, const char *etag)
{
    const char *field = req->header(req, "Range");
    if (!field || is_stale(req, etag))
        return true;
    switch (srv_range_read(field, reply->length, reply->ranges, &reply->n_ranges)) {
    case SRV_RANGE_IGNORED:
        reply->n_ranges = 0;
        return true;
    case SRV_RANGE_PARTIAL:
        partial(reply, etag);
        return true;
    case SRV_RANGE_UNSATISFIABLE:
        break;
    }
    srv_reply_header(reply, "Content-Range", "bytes */%llu", (unsigned long long)reply->length);
    srv_problem_reply(reply, req, "range-not-satisfiable", NULL);
    return false;
}

bool srv_precondition(const struct srv_request *req, struct srv_reply *reply)
{
    const char *etag = srv_reply_get(reply, "ETag"), *condition;
    srv_reply_header(reply, "Accept-Ranges", "bytes");
    if (!etag)
        return true;
    if ((condition = req->header(req, "If-Match")) && !srv_etag_listed(condition, etag, SRV_STRONG)) {
        srv_problem_reply(reply, req, "precondition-failed", NULL);
        return false;
    }
    if ((condition = req->header(req, "If-None-Match")) && srv_etag_listed(condition, etag, SRV_WEAK)) {
        not_modified(reply);
        return false;
    }
    if (!strcmp(req->method, "HEAD")) {
        srv_reply_drop_body(reply);
        return false;
    }
    return apply_range(req, reply, etag);
}
