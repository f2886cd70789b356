/* see get.h */
#include "get.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "http/body.h"
#include "cache/cache.h"
#include "cache/fill.h"
#include "config.h"
#include "resource/route.h"
#include "server.h"

#define PARALLEL_BYTES (8 * 1024 * 1024)

static bool put(int fd, const void *bytes, size_t n)
{
    if (srv_write_all(write, fd, bytes, n))
        return true;
    fprintf(stderr, "weightd: cannot write: %s\n", strerror(errno));
    return false;
}

/* srv_body_read as a function for srv_fill. */
static size_t read_body(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    return srv_body_read(ctx, offset, buf, cap);
}

static bool write_body(int fd, struct srv_reply *reply, struct srv_pool *pool)
{
    const struct wi_exec *exec = pool ? srv_pool_exec(pool) : NULL;
    const size_t block_bytes = pool ? PARALLEL_BYTES : SRV_BLOCK_BYTES;
    uint64_t length = srv_body_length(reply), offset = 0;
    const uint8_t *memory = srv_body_memory(reply);
    if (memory)
        return put(fd, memory, (size_t)length);
    uint8_t *block = aligned_alloc(4096, block_bytes);
    bool good = block;
    while (good && offset < length) {
        size_t n = length - offset < block_bytes ? (size_t)(length - offset) : block_bytes;
        good =
            srv_body_wait(reply, offset, n) && srv_fill(exec, read_body, reply, offset, block, n) && put(fd, block, n);
        offset += n;
    }
    free(block);
    return good;
}

static bool write_head(int fd, const struct srv_reply *reply)
{
    bool good = dprintf(fd, "HTTP/1.1 %d \r\n", reply->status) > 0;
    for (size_t i = 0; i < reply->n_headers; i++)
        good = good && dprintf(fd, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value) > 0;
    return good && dprintf(fd, "Content-Length: %llu\r\n\r\n", (unsigned long long)srv_body_length(reply)) > 0;
}

/* A line in --log-file; without one there is no log, for standard error is the caller's. */
static void log_answer(const struct srv_server *srv, const struct srv_request *req, const struct srv_reply *reply,
                       size_t route, uint64_t ns)
{
    const struct srv_log_request line = {
        .client = "-",
        .method = req->method,
        .target = req->target,
        .route = route == SRV_ROUTE_NONE ? NULL : srv_route_at(route)->path,
        .status = reply->status,
        .body_bytes = srv_body_length(reply),
        .ns = ns,
    };
    if (srv->config->log_file)
        srv_log_request(srv->log, &line);
}

int srv_get(struct srv_server *srv)
{
    const struct srv_config *config = srv->config;
    struct srv_request req = {.method = "GET", .target = config->target};
    const struct srv_rules rules = {.header_room = SIZE_MAX};
    const uint64_t begun_ns = srv_now_ns();
    struct srv_reply reply;
    char *storage = malloc(srv_target_storage(strlen(config->target)));
    if (!storage)
        return 1;
    srv_reply_init(&reply);
    size_t route = srv_answer_blocking(srv, &req, storage, &rules, &reply);
    bool failed = reply.status >= 400;
    int fd = failed && !config->include_headers ? STDERR_FILENO : STDOUT_FILENO;
    bool written = (!config->include_headers || write_head(fd, &reply)) && write_body(fd, &reply, srv->pool);
    log_answer(srv, &req, &reply, route, srv_now_ns() - begun_ns);
    srv_reply_deinit(&reply);
    free(storage);
    return failed || !written;
}
