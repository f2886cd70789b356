/* see coding.h */
#include "http/coding.h"

#include <string.h>
#include <zlib.h>

#include "http/negotiate.h"

/* The window and the memory are those that compressBound reckons with. */
enum { LEVEL = 6, GZIP_WINDOW = 15 + 16, MEMORY = 8 };

size_t srv_gzip_bound(size_t len)
{
    enum { GZIP_FRAME = 18, ZLIB_FRAME = 6 }; /* compressBound counts the zlib frame */
    return compressBound(len) + GZIP_FRAME - ZLIB_FRAME;
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

size_t srv_gunzip(const void *bytes, size_t len, uint8_t *out, size_t cap)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)len, .next_out = out, .avail_out = (uInt)cap};
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return 0;
    const int code = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    return code == Z_STREAM_END ? cap - z.avail_out : 0;
}

bool srv_gzip_wanted(const struct srv_request *req)
{
    const char *field = srv_request_field(req, SRV_FIELD_ACCEPT_ENCODING);
    unsigned gzip = srv_negotiate_coding(field, "gzip");
    return field && gzip > 0 && gzip >= srv_negotiate_coding(field, "identity") &&
           (!strcmp(req->method, "HEAD") || !srv_request_field(req, SRV_FIELD_RANGE));
}
