/* query.h - the query of a resource that takes a few parameters of its own.
 *
 * The resource has a table: a row per parameter with the function that reads its value. Here the parameters of a
 * request are looked up in it. An unknown and a repeated one are errors, as everywhere. */
#ifndef SRV_RESOURCE_QUERY_H
#define SRV_RESOURCE_QUERY_H

#include "base/error.h"
#include "http/message.h"

struct srv_query_row {
    const char *name;
    /* Read the value into the handler's own struct. False: it is no good, and *err says why. */
    bool (*read)(void *into, const struct srv_param *param, struct wi_error *err);
};

struct srv_query {
    const struct srv_query_row *rows;
    size_t n;                           /* at most 64 */
    const char *(*name_at)(unsigned i); /* the rows' names, NULL after the last: for wi_nearest */
};

/* Read every parameter of the request in its order. False: *err says what is wrong with the first bad one. */
bool srv_query_read(const struct srv_query *query, const struct srv_request *req, void *into, struct wi_error *err);

#endif
