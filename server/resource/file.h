/* file.h - files of the source tree that weightd carries within itself and serves as they are.
 *
 * A file is one row in file.c: its path in the source tree, media type, how long caches may keep it, and content
 * security policy. The row becomes a constant here and a resource by a row in routes.c. The bytes lie in the program's
 * read-only data, so that the program needs no file beside it. */
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

extern const struct srv_file srv_file_index;   /* the page for people */
extern const struct srv_file srv_file_robots;  /* robots.txt */
extern const struct srv_file srv_file_openapi; /* the OpenAPI 3.1 document, made by tools/openapi.py */

/* Answer 200 with a copy of the file, or make the reply `lost` for want of memory. */
void srv_file_reply(const struct srv_file *file, struct srv_reply *reply);

#endif
