/* see http.h and http_mhd.h */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "body.h"
#include "front.h"
#include "guard.h"
#include "http_mhd.h"
#include "listen.h"
#include "problem.h"
#include "route.h"
#include "srv.h"

#define CONNECTION_BYTES (16 * 1024) /* of libmicrohttpd per connection: bounds the request header; zeroed per request */

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- request headers ------------------------------------------------------------------------------------------- */

struct joined {
    struct joined *next;
    char text[];
};

/* What srv_request.ctx is: the fields of one request, and values that had to be joined. */
struct fields {
    struct MHD_Connection *connection;
    struct joined *joined;
};

struct search {
    const char *name;
    size_t name_len;
    const char *first;
    size_t n, length; /* how many there are, and their lengths summed */
    char *out;        /* second pass: where to write, NULL in the first */
};

static enum MHD_Result on_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                                size_t value_len)
{
    struct search *search = cls;
    (void)kind;
    if (name_len != search->name_len || strncasecmp(name, search->name, name_len))
        return MHD_YES;
    if (search->out) {
        memcpy(search->out, value, value_len);
        memcpy(search->out + value_len, ", ", 2);
        search->out += value_len + 2;
    } else if (!search->n++) {
        search->first = value;
    }
    search->length += value_len + 2;
    return MHD_YES;
}

static const char *request_header(const struct srv_request *req, const char *name)
{
    struct fields *fields = req->ctx;
    struct search search = {.name = name, .name_len = strlen(name)};
    MHD_get_connection_values_n(fields->connection, MHD_HEADER_KIND, on_field, &search);
    if (search.n < 2)
        return search.first;
    struct joined *joined = malloc(sizeof *joined + search.length);
    if (!joined)
        return search.first;
    search.out = joined->text;
    MHD_get_connection_values_n(fields->connection, MHD_HEADER_KIND, on_field, &search);
    search.out[-2] = '\0';
    joined->next = fields->joined;
    fields->joined = joined;
    return joined->text;
}

static void free_joined(struct fields *fields)
{
    while (fields->joined) {
        struct joined *next = fields->joined->next;
        free(fields->joined);
        fields->joined = next;
    }
}

/* ---- answering ------------------------------------------------------------------------------------------------- */

static enum MHD_Result queue(struct srv_exchange *x, struct srv_reply *reply)
{
    bool draining = atomic_load_explicit(&x->http->srv->draining, memory_order_relaxed);
    if (draining)
        srv_reply_header(reply, "Connection", "close");
    x->phase = SRV_PHASE_ANSWERED;
    x->status = reply->status;
    const char *cache_status = srv_reply_get(reply, "Cache-Status");
    snprintf(x->cache_status_copy, sizeof x->cache_status_copy, "%s", cache_status ? cache_status : "");
    x->cache_status = cache_status ? x->cache_status_copy : NULL;
    x->length = x->head || reply->status == 304 ? 0 : srv_body_length(reply);
    struct MHD_Response *response = srv_response_take(reply, x->head);
    if (!response)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

static const char *job_detail(enum srv_code code)
{
    return code == SRV_QUEUE_FULL  ? "Too much is waiting to be computed already."
           : code == SRV_NO_MEMORY ? "There is no memory left for this answer now."
                                   : "The server is about to stop.";
}

/* The job is done, or was given up: a reply that can be sent. */
static void settle(struct srv_reply *reply, const struct srv_request *req)
{
    enum srv_code code = srv_job_code(reply->job);
    if (code == SRV_OK)
        return;
    srv_reply_header(reply, "Retry-After", "1");
    srv_problem_reply(reply, req, "unavailable", job_detail(code));
}

static enum MHD_Result finish(struct srv_exchange *x, struct srv_reply *reply, const struct srv_request *req)
{
    if (reply->job)
        settle(reply, req);
    if (reply->hit_key)
        srv_hot_keep(x, reply);
    enum MHD_Result result = queue(x, reply);
    srv_reply_deinit(reply);
    return result;
}

/* The exchange keeps the reply until its job is done. */
static enum MHD_Result wait_for(struct srv_exchange *x, struct srv_reply *reply)
{
    x->reply = malloc(sizeof *x->reply);
    if (!x->reply) {
        srv_reply_deinit(reply);
        return MHD_NO;
    }
    *x->reply = *reply;
    srv_wait_begin(x);
    return MHD_YES;
}

static enum MHD_Result answer(struct srv_exchange *x, const char *method, bool again)
{
    struct fields fields = {.connection = x->connection};
    struct srv_request req = {
        .method = method, .target = x->target, .header = request_header, .ctx = &fields, .again = again};
    struct srv_reply reply;
    char *storage = malloc(srv_target_storage(x->target_len));
    if (!storage)
        return MHD_NO;
    srv_reply_init(&reply);
    x->head = !strcmp(method, "HEAD");
    x->route = srv_route_raw(x->http->srv, &req, storage, &reply);
    enum MHD_Result result = srv_body_pending(&reply) ? wait_for(x, &reply) : finish(x, &reply, &req);
    free_joined(&fields);
    free(storage);
    return result;
}

static enum MHD_Result resume_answer(struct srv_exchange *x, const char *method)
{
    struct fields fields = {.connection = x->connection};
    struct srv_request req = {.method = method, .target = x->target, .header = request_header, .ctx = &fields};
    struct srv_reply reply = *x->reply;
    bool done = srv_wait_end(x), left = x->client_left;
    free(x->reply);
    x->reply = NULL;
    if (left) {
        srv_reply_deinit(&reply);
        return MHD_NO;
    }
    if (done && reply.again && srv_job_code(reply.job) == SRV_OK) {
        enum MHD_Result result = answer(x, method, true);
        srv_reply_deinit(&reply); /* not before: it holds what was waited for in the cache's reach */
        return result;
    }
    if (!done) {
        srv_reply_header(&reply, "Retry-After", "1");
        srv_problem_reply(&reply, &req, "unavailable", "The server is about to stop.");
    }
    enum MHD_Result result = finish(x, &reply, &req);
    free_joined(&fields);
    return result;
}

/* ---- the guard --------------------------------------------------------------------------------------------------- */

/* What libmicrohttpd before 0.9.77 hides shows in where it left the pieces of the header, which it cuts up in place: a target
 * cut short by a NUL, a line without a name (it takes that for the end of the header), a folded line (it adds that to the
 * name of the field). So the pieces must follow one another with nothing but line ends between them. Later versions
 * refuse such requests themselves, and are not looked into. */
struct layout {
    bool known, broken;
    const char *end; /* of the last piece */
};

static bool is_old_library(void)
{
    int major = 0, minor = 0, patch = 0;
    return sscanf(MHD_get_version(), "%d.%d.%d", &major, &minor, &patch) == 3 && major == 0 && minor == 9 && patch < 77;
}

/* The next piece begins here: 1 to `most` bytes after the last one. */
static void see_piece(struct layout *layout, const char *piece, size_t len, ptrdiff_t most)
{
    ptrdiff_t gap = (ptrdiff_t)((uintptr_t)piece - (uintptr_t)layout->end);
    layout->broken |= gap < 1 || gap > most;
    layout->end = piece + len;
}

struct inspection {
    struct srv_guard guard;
    struct layout layout;
};

static enum MHD_Result inspect_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                     const char *value, size_t value_len)
{
    struct inspection *in = cls;
    (void)kind;
    srv_guard_field(&in->guard, name, name_len, value ? value : "", value_len);
    if (in->layout.known) {
        see_piece(&in->layout, name, name_len, 2);
        see_piece(&in->layout, value, value_len, CONNECTION_BYTES);
    }
    return MHD_YES;
}

static void inspect_layout(struct inspection *in, const struct srv_exchange *x, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *info;
    in->layout = (struct layout){.known = x->http->old_library && !x->target_lost, .end = x->target_there + x->target_len};
    if (in->layout.known)
        see_piece(&in->layout, version, strlen(version), 1);
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, inspect_field, in);
    info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (in->layout.known && info)
        see_piece(&in->layout, method + info->header_size, 0, 4);
}

/* Queue a refusal on the first call: libmicrohttpd closes the connection after it. */
static enum MHD_Result refuse(struct srv_exchange *x, const char *method, const char *slug, const char *detail)
{
    struct srv_request req = {.method = method, .target = x->target};
    struct srv_reply reply;
    srv_reply_init(&reply);
    x->route = SRV_ROUTE_NONE;
    x->head = !strcmp(method, "HEAD");
    srv_problem_reply(&reply, &req, slug, detail);
    srv_reply_header(&reply, "Connection", "close");
    srv_metrics_refused(x->http->srv->metrics, slug);
    enum MHD_Result result = queue(x, &reply);
    srv_reply_deinit(&reply);
    return result;
}

static enum MHD_Result inspect(struct srv_exchange *x, const char *method, const char *version)
{
    struct inspection in = {.guard = {0}};
    const char *detail;
    inspect_layout(&in, x, method, version);
    const char *slug = srv_guard_verdict(&in.guard, method, version, &detail);
    if (!slug && x->target_lost)
        slug = "uri-too-long";
    if (!slug && in.layout.broken) {
        slug = "bad-request";
        detail = "The header has a NUL, a folded line, a line without a name, or blanks where there must be none.";
    }
    if (!slug && (detail = srv_target_fault(x->target, x->target_len)))
        slug = "bad-request";
    x->seen = in.guard.seen;
    x->phase = SRV_PHASE_ACCEPTED;
    return slug ? refuse(x, method, slug, detail) : MHD_YES;
}

/* ---- libmicrohttpd's calls --------------------------------------------------------------------------------------- */

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *content, size_t *content_bytes, void **con_cls)
{
    struct srv_exchange *x = *con_cls;
    (void)cls;
    (void)url;
    (void)content;
    if (!x)
        return MHD_NO;
    x->connection = connection;
    x->method = method;
    if (x->phase == SRV_PHASE_HEADER)
        return inspect(x, method, version);
    if (*content_bytes) {
        x->content_read += *content_bytes;
        *content_bytes = 0;
        return x->content_read <= SRV_CONTENT_MAX ? MHD_YES : MHD_NO;
    }
    enum MHD_Result result;
    if (x->phase == SRV_PHASE_WAITING)
        return resume_answer(x, method);
    return srv_hot_answer(x, &result) ? result : answer(x, method, false);
}

/* Take down the target: the library decodes it in place afterwards. */
static bool keep_target(struct srv_exchange *x, const char *target)
{
    x->target_there = target;
    x->target_len = strlen(target);
    if (x->target_len >= x->target_cap) {
        char *larger = x->target_len <= SRV_TARGET_MAX ? realloc(x->target, x->target_len + 128) : NULL;
        if (!larger)
            return false;
        x->target = larger;
        x->target_cap = x->target_len + 128;
    }
    memcpy(x->target, target, x->target_len + 1);
    return true;
}

static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct srv_exchange *x = info ? info->socket_context : NULL;
    struct srv_http *http = cls;
    srv_metrics_in_flight(http->srv->metrics, 1);
    if (!x)
        return NULL;
    x->started_ns = now_ns();
    x->phase = SRV_PHASE_HEADER;
    x->content_read = 0;
    x->status = 0;
    x->route = SRV_ROUTE_NONE;
    x->target_lost = !keep_target(x, target);
    if (x->target_lost) {
        x->target_len = 0;
        if (x->target)
            *x->target = '\0';
    }
    return x;
}

static void log_answer(const struct srv_exchange *x, uint64_t ns, uint64_t body_bytes)
{
    char client[64];
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct srv_route *route = x->route == SRV_ROUTE_NONE ? NULL : srv_route_at(x->route);
    srv_listen_name(info ? info->client_addr : NULL, client, sizeof client);
    const struct srv_log_request request = {
        .client = client,
        .method = x->method,
        .target = x->target,
        .route = route ? route->path : NULL,
        .status = x->status,
        .body_bytes = body_bytes,
        .ns = ns,
        .cache = x->cache_status,
        .traceparent = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "traceparent"),
        .request_id = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "X-Request-Id"),
    };
    srv_log_request(x->http->srv->log, &request);
}

static void record(const struct srv_exchange *x, enum MHD_RequestTerminationCode code)
{
    struct srv *srv = x->http->srv;
    uint64_t ns = now_ns() - x->started_ns;
    uint64_t body_bytes = code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? x->length : 0;
    srv_metrics_request(srv->metrics, x->route, x->status, ns, body_bytes);
    if (srv_log_wants_requests(srv->log))
        log_answer(x, ns, body_bytes);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
    struct srv_http *http = cls;
    struct srv_exchange *x = *con_cls;
    (void)connection;
    if (x && x->reply) { /* the daemon stopped right after the resumption */
        srv_wait_end(x);
        srv_reply_deinit(x->reply);
        free(x->reply);
        x->reply = NULL;
    }
    if (x && x->phase == SRV_PHASE_ANSWERED)
        record(x, code);
    if (x && x->held) {
        srv_blob_unref(x->held);
        x->held = NULL;
    }
    *con_cls = NULL;
    srv_metrics_in_flight(http->srv->metrics, -1);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    struct srv_exchange *x = *context;
    struct srv_http *http = cls;
    srv_metrics_connection(http->srv->metrics, code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        x = calloc(1, sizeof *x);
        if (x)
            x->http = http;
        *context = x;
    } else if (x) {
        free(x->target);
        free(x);
        *context = NULL;
    }
}

/* ---- open and close ---------------------------------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct srv_http *http, unsigned threads)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, http,
                            MHD_OPTION_LISTEN_SOCKET, http->listen_fd,
                            MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                            MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
                            MHD_OPTION_END);
}

static void free_http(struct srv_http *http)
{
    srv_front_close(http->front);
    pthread_mutex_destroy(&http->waiting.lock);
    free(http);
}

struct srv_http *srv_http_open(struct srv *srv, int listen_fd, unsigned threads, char *error, size_t cap)
{
    struct srv_http *http = calloc(1, sizeof *http);
    if (!http) {
        close(listen_fd);
        snprintf(error, cap, "out of memory");
        return NULL;
    }
    http->srv = srv;
    http->old_library = is_old_library();
    http->listen_fd = listen_fd;
    http->front = srv_front_open();
    pthread_mutex_init(&http->waiting.lock, NULL);
    srv_hot_init();
    if (http->front)
        http->daemon = start_daemon(http, threads);
    if (http->daemon)
        return http;
    snprintf(error, cap, "libmicrohttpd could not start");
    close(listen_fd);
    free_http(http);
    return NULL;
}

void srv_http_quiesce(struct srv_http *http)
{
    if (http->listen_fd < 0)
        return;
    MHD_quiesce_daemon(http->daemon);
    close(http->listen_fd);
    http->listen_fd = -1;
}

void srv_http_close(struct srv_http *http)
{
    if (!http)
        return;
    srv_http_quiesce(http);
    srv_wait_break(http);
    MHD_stop_daemon(http->daemon);
    free_http(http);
}

const char *srv_http_library(void)
{
    return MHD_get_version();
}
