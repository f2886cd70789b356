/* file.h - files of the source tree that weightd carries within itself and serves as they are.
 *
 * A file is one row of SRV_FILES: the name of its constant, its path in the source tree, media type, how long caches
 * may keep it, and its content security policy. A row of routes.c says where it is served. The bytes lie in the
 * program's read-only data, so that the program needs no file beside it. */
#ifndef SRV_RESOURCE_FILE_H
#define SRV_RESOURCE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "http/message.h"

struct srv_file {
    const char *path; /* in the source tree: "web/index.html" */
    const char *type; /* Content-Type */
    enum srv_caching caching;
    const char *policy; /* Content-Security-Policy; NULL: none */
    const uint8_t *bytes;
    const size_t *length;
};

/* The page for people; what crawlers may see, which is the page alone, because tensors have no end; the OpenAPI
 * document. */
/* clang-format off */
#define SRV_FILES(row) \
    row(index, "web/index.html", "text/html; charset=utf-8", SRV_CACHE_HOUR, "default-src 'none'; style-src 'unsafe-inline'") \
    row(robots, "web/robots.txt", "text/plain; charset=utf-8", SRV_CACHE_DAY, NULL) \
    row(openapi, "api/openapi.json", "application/json", SRV_CACHE_HOUR, NULL)
/* clang-format on */

/* srv_file_index, srv_file_robots, ... */
#define SRV_FILE_DECLARE(name, path, type, caching, policy) extern const struct srv_file srv_file_##name;
SRV_FILES(SRV_FILE_DECLARE)

/* Answer 200 with a copy of the file, or make the reply `lost` for want of memory. */
void srv_file_reply(const struct srv_file *file, struct srv_reply *reply);

#endif
