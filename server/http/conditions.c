/* see conditions.h */
#include "http/conditions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/sha256.h"
#include "http/date.h"
#include "http/problem.h"
#include "http/range.h"

enum { ETAG_BYTES = 16 };

/* ---- entity tags ----------------------------------------------------------------------------------------------- */

void srv_etag_set(struct srv_reply *reply, const void *bytes, size_t len, const char *suffix)
{
    uint8_t digest[SRV_SHA256_BYTES];
    char hex[2 * ETAG_BYTES + 1];
    srv_sha256(bytes, len, digest);
    srv_hex(digest, ETAG_BYTES, hex);
    snprintf(reply->etag, sizeof reply->etag, "\"%s%s\"", hex, suffix);
}

/* The length of the quoted part of an entity tag that begins here, quotes included; 0: there is none. */
static size_t quoted(const char *text)
{
    if (*text != '"')
        return 0;
    for (size_t i = 1; text[i]; i++) {
        if (text[i] == '"')
            return i + 1;
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
            return 0;
    }
    return 0;
}

bool srv_etag_listed(const char *field, const char *etag, enum srv_compare compare)
{
    const size_t etag_len = strlen(etag);
    struct srv_item item;
    field += strspn(field, " \t");
    if (*field == '*')
        return field[1 + strspn(field + 1, " \t")] == '\0';
    while (srv_list_next(&field, &item)) {
        bool weak = !strncmp(item.text, "W/", 2);
        const char *tag = item.text + (weak ? 2 : 0);
        size_t len = quoted(tag);
        if (!len)
            return false;
        if (len == etag_len && !memcmp(tag, etag, len) && (compare == SRV_WEAK || !weak))
            return true;
        field = tag + len + strspn(tag + len, " \t"); /* a backslash in an entity tag escapes nothing */
        if (*field && *field != ',')
            return false;
    }
    return false;
}

/* ---- 304 ------------------------------------------------------------------------------------------------------- */

static const char *const confirming[] = {
    "ETag",          "Cache-Control", "Vary", "Content-Location", "Access-Control-Allow-Origin",
    "X-Repo-Commit", "X-Linked-ETag", NULL};

bool srv_field_confirms(const char *name)
{
    for (const char *const *field = confirming; *field; field++)
        if (!strcasecmp(*field, name))
            return true;
    return false;
}

static void not_modified(struct srv_reply *reply)
{
    const uint64_t length = reply->length;
    const enum srv_caching caching = reply->caching;
    srv_reply_reset(reply, confirming);
    reply->status = 304;
    reply->length = length;
    reply->caching = caching;
}

/* ---- ranges ---------------------------------------------------------------------------------------------------- */

/* Does If-Range name another version of the body, so that the Range does not apply? A date names the version that has
 * it only where there is one body of that date: not where Accept-Encoding or Accept choose among several. */
static bool is_stale(const struct srv_request *req, const struct srv_reply *reply)
{
    const char *condition = srv_request_field(req, SRV_FIELD_IF_RANGE);
    int64_t date;
    if (!condition)
        return false;
    if (srv_date_read(condition, &date))
        return reply->vary || !reply->modified || date != reply->modified;
    return *condition == '*' || strchr(condition, ',') || !srv_etag_listed(condition, reply->etag, SRV_STRONG);
}

/* The boundary must not occur in the body. The etag is a hash, so the body does not contain it. */
static void set_boundary(struct srv_reply *reply)
{
    size_t n = (size_t)snprintf(reply->boundary, sizeof reply->boundary, "weightd-");
    for (const char *etag = reply->etag; *etag && n < sizeof reply->boundary - 1; etag++)
        if ((*etag >= '0' && *etag <= '9') || (*etag >= 'a' && *etag <= 'z') || (*etag >= 'A' && *etag <= 'Z'))
            reply->boundary[n++] = *etag;
    reply->boundary[n] = '\0';
}

static void partial(struct srv_reply *reply)
{
    const struct srv_range *first = &reply->ranges[0];
    reply->status = 206;
    if (reply->n_ranges == 1) {
        srv_reply_header(reply, "Content-Range", "bytes %llu-%llu/%llu", (unsigned long long)first->first,
                         (unsigned long long)(first->first + first->length - 1), (unsigned long long)reply->length);
        return;
    }
    const char *type = srv_reply_get(reply, "Content-Type");
    set_boundary(reply);
    reply->part_type = strdup(type ? type : "application/octet-stream");
    reply->lost |= !reply->part_type;
    srv_reply_header(reply, "Content-Type", "multipart/byteranges; boundary=%s", reply->boundary);
}

static bool apply_range(const struct srv_request *req, struct srv_reply *reply)
{
    const char *field = srv_request_field(req, SRV_FIELD_RANGE);
    if (!field || is_stale(req, reply))
        return true;
    switch (srv_range_read(field, reply->length, reply->ranges, &reply->n_ranges)) {
    case SRV_RANGE_IGNORED:
        reply->n_ranges = 0;
        return true;
    case SRV_RANGE_PARTIAL:
        partial(reply);
        return true;
    case SRV_RANGE_UNSATISFIABLE:
        break;
    }
    srv_reply_header(reply, "Content-Range", "bytes */%llu", (unsigned long long)reply->length);
    srv_problem_reply(reply, req, "range-not-satisfiable", NULL);
    return false;
}

/* ---- all of it, in the order of section 13.2.2 ----------------------------------------------------------------- */

/* Was the answer changed after the date in a field of the request? `absent` where there is no such date, or the answer
 * has none. */
static bool changed_since(const struct srv_request *req, const struct srv_reply *reply, enum srv_field field,
                          bool absent)
{
    const char *condition = srv_request_field(req, field);
    int64_t date;
    return condition && reply->modified && srv_date_read(condition, &date) ? reply->modified > date : absent;
}

/* If-Match, or without it If-Unmodified-Since. */
static bool may_answer(const struct srv_request *req, const struct srv_reply *reply)
{
    const char *tags = srv_request_field(req, SRV_FIELD_IF_MATCH);
    return tags ? srv_etag_listed(tags, reply->etag, SRV_STRONG)
                : !changed_since(req, reply, SRV_FIELD_IF_UNMODIFIED_SINCE, false);
}

/* If-None-Match, or without it If-Modified-Since. */
static bool is_known(const struct srv_request *req, const struct srv_reply *reply)
{
    const char *tags = srv_request_field(req, SRV_FIELD_IF_NONE_MATCH);
    return tags ? srv_etag_listed(tags, reply->etag, SRV_WEAK)
                : !changed_since(req, reply, SRV_FIELD_IF_MODIFIED_SINCE, true);
}

bool srv_precondition(const struct srv_request *req, struct srv_reply *reply)
{
    srv_reply_header(reply, "Accept-Ranges", "bytes");
    if (!reply->etag[0])
        return true;
    if (!may_answer(req, reply)) {
        srv_problem_reply(reply, req, "precondition-failed", NULL);
        return false;
    }
    if (is_known(req, reply)) {
        not_modified(reply);
        return false;
    }
    if (!strcmp(req->method, "HEAD")) {
        srv_reply_drop_body(reply);
        return false;
    }
    return apply_range(req, reply);
}
