/* file.h - files of the source tree that weightd carries within itself.
 *
 * A file is one row of SRV_FILES: the name of its constant, its path in the source tree, media type, how long caches
 * may keep it, and its content security policy. A row of routes.c says where it is served; some are templates, which
 * page/ fills. The bytes lie in the program's read-only data, so that the program needs no file beside it, as gzip made
 * them: most clients take them so. */
#ifndef SRV_RESOURCE_FILE_H
#define SRV_RESOURCE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "http/message.h"

struct srv_file {
    const char *path; /* in the source tree: "web/page.css" */
    const char *type; /* Content-Type */
    enum srv_caching caching;
    const char *policy; /* Content-Security-Policy; NULL: none */
    const uint8_t *gzip;
    const size_t *gzip_length;
};

/* The page for people, a template; its style and scripts, whose paths bear their digest; what crawlers may see, which is
 * the page alone, because tensors have no end; the OpenAPI document; templates of requests in several languages. */
/* clang-format off */
#define SRV_FILES(row) \
    row(page, "web/page.html", "text/html; charset=utf-8", SRV_CACHE_HOUR, NULL) \
    row(css, "web/page.css", "text/css; charset=utf-8", SRV_CACHE_FOREVER, "default-src 'none'") \
    row(js, "web/page.js", "text/javascript; charset=utf-8", SRV_CACHE_FOREVER, "default-src 'none'") \
    row(check, "web/check.js", "text/javascript; charset=utf-8", SRV_CACHE_FOREVER, "default-src 'none'") \
    row(reader, "web/reader.js", "text/javascript; charset=utf-8", SRV_CACHE_FOREVER, "default-src 'none'") \
    row(icon, "web/icon.svg", "image/svg+xml", SRV_CACHE_FOREVER, "default-src 'none'") \
    row(robots, "web/robots.txt", "text/plain; charset=utf-8", SRV_CACHE_DAY, NULL) \
    row(openapi, "api/openapi.json", "application/json", SRV_CACHE_HOUR, NULL) \
    row(copy_curl, "web/copy/curl.sh", "text/plain", SRV_NO_STORE, NULL) \
    row(copy_sha256sum, "web/copy/sha256sum.sh", "text/plain", SRV_NO_STORE, NULL) \
    row(copy_python, "web/copy/python.py", "text/plain", SRV_NO_STORE, NULL) \
    row(copy_c, "web/copy/c.c", "text/plain", SRV_NO_STORE, NULL) \
    row(copy_javascript, "web/copy/javascript.mjs", "text/plain", SRV_NO_STORE, NULL) \
    row(copy_rust, "web/copy/rust.rs", "text/plain", SRV_NO_STORE, NULL) \
    row(copy_go, "web/copy/go.go", "text/plain", SRV_NO_STORE, NULL) \
    row(copy_markdown, "web/copy/markdown.md", "text/plain", SRV_NO_STORE, NULL)
/* clang-format on */

/* srv_file_index, srv_file_robots, ... */
#define SRV_FILE_DECLARE(name, path, type, caching, policy) extern const struct srv_file srv_file_##name;
SRV_FILES(SRV_FILE_DECLARE)

/* The file's bytes and their number; NULL: no memory. Malloc'd, a NUL behind them. */
char *srv_file_read(const struct srv_file *file, size_t *length);

/* CRC-32 and length of the file's bytes, in hexadecimal: what a path that bears them may promise never to change. */
#define SRV_FILE_CHECKSUM_CAP 17
void srv_file_checksum(const struct srv_file *file, char hex[SRV_FILE_CHECKSUM_CAP]);

/* Answer 200 with the file, compressed if the request wants that, or make the reply `lost` for want of memory. */
void srv_file_reply(const struct srv_file *file, const struct srv_request *req, struct srv_reply *reply);

#endif
