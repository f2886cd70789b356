/* see document.h */
#include "http/document.h"

#include <string.h>

#include "base/sha256.h"
#include "http/coding.h"
#include "http/conditions.h"

enum { ETAG_BYTES = 16 };

static bool is_kept(const struct srv_reply *reply)
{
    const char *control = srv_reply_get(reply, "Cache-Control");
    return reply->kind == SRV_BODY_TEXT && reply->status == 200 && reply->text && !srv_reply_get(reply, "ETag") &&
           control && !strncmp(control, "public", 6);
}

void srv_document(const struct srv_request *req, struct srv_reply *reply)
{
    uint8_t digest[SRV_SHA256_BYTES];
    char hex[2 * ETAG_BYTES + 1];
    srv_gzip_text(req, reply);
    if (!is_kept(reply))
        return;
    srv_sha256(reply->text, (size_t)reply->length, digest);
    srv_hex(digest, ETAG_BYTES, hex);
    srv_reply_header(reply, "ETag", "\"%s\"", hex);
    srv_precondition(req, reply);
}
