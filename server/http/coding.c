/* see coding.h */
#include "http/coding.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/negotiate.h"

enum { LEVEL = 6, GZIP_WINDOW = 15 + 16, MEMORY = 8, WORTH_BYTES = 1024 };

size_t srv_gzip_bound(size_t len)
{
    return len + len / 1000 + 64; /* deflate's worst case of stored blocks, and the gzip frame */
}

size_t srv_gzip(const void *bytes, size_t len, uint8_t *out, size_t cap)
{
    z_stream z = {0};
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    const uint8_t *in = bytes;
    size_t done = 0;
    int code = Z_OK;
    while (code == Z_OK) { /* zlib counts in unsigned int */
        const size_t piece = 1U << 30;
        z.next_in = (Bytef *)(uintptr_t)in;
        z.avail_in = (uInt)(len < piece ? len : piece);
        z.next_out = out + done;
        z.avail_out = (uInt)(cap - done < piece ? cap - done : piece);
        size_t taken = z.avail_in, room = z.avail_out;
        code = deflate(&z, taken == len ? Z_FINISH : Z_NO_FLUSH);
        taken -= z.avail_in;
        in += taken;
        len -= taken;
        done += room - z.avail_out;
    }
    deflateEnd(&z);
    return code == Z_STREAM_END ? done : 0;
}

bool srv_gzip_wanted(const struct srv_request *req)
{
    const char *field = req->header(req, "Accept-Encoding");
    unsigned gzip = srv_negotiate_coding(field, "gzip");
    return field && gzip > 0 && gzip >= srv_negotiate_coding(field, "identity") &&
           (!strcmp(req->method, "HEAD") || !req->header(req, "Range"));
}

void srv_gzip_text(const struct srv_request *req, struct srv_reply *reply)
{
    if (reply->kind != SRV_BODY_TEXT || reply->length < WORTH_BYTES || srv_reply_get(reply, "ETag"))
        return;
    const char *vary = srv_reply_get(reply, "Vary");
    srv_reply_header(reply, "Vary", "%s%sAccept-Encoding", vary ? vary : "", vary ? ", " : "");
    if (!srv_gzip_wanted(req))
        return;
    size_t cap = srv_gzip_bound((size_t)reply->length);
    char *text = malloc(cap);
    size_t len = text ? srv_gzip(reply->text, (size_t)reply->length, (uint8_t *)text, cap) : 0;
    if (len == 0 || len >= reply->length) {
        free(text);
        return;
    }
    free(reply->text);
    reply->text = text;
    reply->length = len;
    srv_reply_header(reply, "Content-Encoding", "gzip");
}
