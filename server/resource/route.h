/* route.h - from method and path to the handler.
 *
 * The table is in routes.c: one row per resource. A path is literal segments and {parameters}, one whole segment each and never empty;
 * the first row that matches wins, so literal rows stand before rows with parameters. From the table follow 404 (with
 * the nearest path), 405 with Allow, OPTIONS, and HEAD, which is GET whose body is dropped. */
#ifndef SRV_RESOURCE_ROUTE_H
#define SRV_RESOURCE_ROUTE_H

#include "http/message.h"
#include "http/target.h"

struct srv_route {
    const char *path;     /* "/schemes/{name}"; also the route's name in metrics and log */
    srv_handler *handler; /* of GET and HEAD, the only methods there are resources for */
};

const struct srv_route *srv_route_at(size_t i); /* NULL after the last */
#define SRV_ROUTE_NONE SIZE_MAX

/* Answer a request. req needs method, target and header; path, args and params are filled in here from the parsed
 * target. Returns the index of the row, or SRV_ROUTE_NONE. Afterwards the reply of a HEAD has no body. */
size_t srv_route(struct srv_server *srv, struct srv_request *req, const struct srv_target *target,
                 struct srv_reply *reply);

/* The same from the raw target: a target that cannot be parsed is answered with the reason. storage: see target.h; path and
 * args point into it. Afterwards req has no params. */
size_t srv_route_raw(struct srv_server *srv, struct srv_request *req, char *storage, struct srv_reply *reply);

#endif
