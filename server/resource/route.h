/* route.h - from method and path to the handler.
 *
 * The table is in routes.c: one row per resource, which says everything there is to say of it. A path is literal
 * segments and parameters; the first row that matches wins, so literal rows stand before rows with parameters:
 *
 *     {name}      one whole segment, never empty
 *     {name?}     the same, or nothing: with it is tried before without it
 *     {name...}   at the end: all segments that follow, none included, empty ones as they are (srv_request.tail)
 *
 * From the table follow 404 (with the nearest path), 405 with Allow, OPTIONS, HEAD (which is GET
 * whose body is dropped), the labels of metrics, which resources need no token, and the paths of api/openapi.json. */
#ifndef SRV_RESOURCE_ROUTE_H
#define SRV_RESOURCE_ROUTE_H

#include "http/finish.h"
#include "http/message.h"
#include "http/target.h"
#include "resource/file.h"
#include "resource/query.h"

struct srv_route {
    const char *path;                /* "/schemes/{name}"; also the route's name in metrics and log */
    srv_handler *handler;            /* answers the methods; NULL: `file` is sent */
    const char *methods;             /* comma-separated; NULL: GET and HEAD */
    size_t content_bytes;            /* content of a POST that is kept for the handler, at most; 0: none is */
    const struct srv_facade *facade; /* how its errors are said; NULL: as problems */
    const struct srv_file *file;     /* the file of a row without a handler */
    const struct srv_query *query;   /* the query that the handler reads; NULL: none, or the parameters of a tensor */
    bool takes_tensor;               /* the query names a tensor, too, as that of /init does */
    bool open;                       /* needs no token and knows no rate limit: a probe */

    /* For api/openapi.json alone, which tools/openapi.py makes. */
    const char *id;       /* operationId; NULL: another document describes it */
    const char *tag;      /* the group of the document that lists it */
    const char *summary;  /* what it answers, in a few words */
    const char *type;     /* media type of a 200; NULL: the file's, or a tensor in any format */
    const char *schema;   /* schemas of a 200, as tools/openapi.py names them, blank-separated; NULL: any value */
    const char *statuses; /* further statuses, blank-separated; the errors that any request can meet are understood */
    const char *plain;    /* the one of these statuses whose body is of `type` and no problem; NULL: none */
    const char *example;  /* a target that answers 200 */
};

const struct srv_route *srv_route_at(size_t i); /* NULL after the last */
#define SRV_ROUTE_NONE SIZE_MAX

/* Does the raw target lead to a resource that is open? True only for the path as the row spells it, with any query. */
bool srv_route_is_open(const char *target);

/* Does the path of a row match the target? Then req has its args and its tail, which point into the target. */
bool srv_route_matches(const char *pattern, const struct srv_target *target, struct srv_request *req);

/* Does the raw target lead to a resource that takes the method? */
bool srv_route_takes(const char *method, const char *target);

/* The content that a resource reads of a request with that method and raw target; 0: none. */
size_t srv_route_content_max(const char *method, const char *target);

/* Have the handler answer a request, or answer that there is none. req needs method, target and header; path, args and
 * params are filled in from the parsed target. Returns the index of the row, or SRV_ROUTE_NONE. When srv_reply_pending
 * has become NULL, srv_finish completes the reply. */
size_t srv_route(struct srv_server *srv, struct srv_request *req, const struct srv_target *target,
                 struct srv_reply *reply);

/* The same from the raw target: a target that cannot be parsed is answered with the reason. storage: see target.h; path
 * and args point into it. Afterwards req has no params and no tail. */
size_t srv_route_raw(struct srv_server *srv, struct srv_request *req, char *storage, struct srv_reply *reply);

/* After the jobs of a reply are done: where the reply says so (srv_reply.again), route the request again, to a new
 * reply. True: it was, and the new reply may have jobs of its own. */
bool srv_route_again(struct srv_server *srv, struct srv_request *req, char *storage, struct srv_reply *reply);

/* Route, wait for the jobs, finish; returns the row as srv_route does. Blocks while the jobs run; net/answer.c does the
 * same three steps without blocking. */
size_t srv_answer_blocking(struct srv_server *srv, struct srv_request *req, char *storage,
                           const struct srv_rules *rules, struct srv_reply *reply);

#endif
