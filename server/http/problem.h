/* problem.h - error answers: RFC 9457, application/problem+json.
 *
 * Every error answer of weightd is made here, so that each has the same members:
 *   type      /problems/SLUG: a page that explains the kind of error
 *   title     the kind in words         status    the HTTP status         detail    one sentence about this request
 *   instance  the request target
 *   param, allowed, nearest             the parameter at fault, its allowed values, the nearest name
 *   example   a URL of this server that works: the request with what was wrong mended, where that can be said
 * Errors are never cached (Cache-Control: no-store). The texts hold printable ASCII only. An error keeps of the reply:
 * etag, vary, and the headers that explain it (Allow, Retry-After, Content-Range ...). The error to a HEAD has no
 * body. */
#ifndef SRV_HTTP_PROBLEM_H
#define SRV_HTTP_PROBLEM_H

#include "base/error.h"
#include "http/message.h"

struct srv_problem {
    const char *slug;
    int status;
    const char *title, *meaning;
    bool target_works; /* the target is right, a field of the request is not: the example is the target */
};

/* Resources that speak the protocol of somebody else say errors as its clients expect them. */
struct srv_facade {
    const char *name;
    /* Give the reply, which is reset already, the body of an error and the header fields that go with it. */
    void (*explain)(struct srv_reply *reply, const struct srv_problem *problem, const struct wi_error *err);
};

/* The kinds of errors; NULL after the last. */
const struct srv_problem *srv_problem_at(size_t i);
const struct srv_problem *srv_problem_find(const char *slug);
/* The place of a kind in the table, for counters. The slug must exist. */
size_t srv_problem_index(const char *slug);

/* Answer with an error of libwi. The status follows from err->code. The example is that of the requested scheme, if it
 * exists. */
void srv_problem_error(struct srv_reply *reply, const struct srv_request *req, const struct wi_error *err);

/* Answer with a problem of the table. detail NULL: the meaning in the table. */
void srv_problem_reply(struct srv_reply *reply, const struct srv_request *req, const char *slug, const char *detail);

/* 503 with Retry-After: the same request may succeed in a moment. */
void srv_problem_busy(struct srv_reply *reply, const struct srv_request *req, const char *detail);
#define SRV_NO_MEMORY_TEXT "There is no memory left for this answer now."

/* A reply that is `lost` becomes a 503 with Retry-After; any other stays as it is. */
void srv_problem_lost(struct srv_reply *reply, const struct srv_request *req);

/* As srv_problem_reply; err gives detail, param, allowed and nearest (err->code is not used). */
void srv_problem_explain(struct srv_reply *reply, const struct srv_request *req, const char *slug,
                         const struct wi_error *err);

/* The same; the example is that target of this server, which is known to work. NULL: that of the scheme. */
void srv_problem_repaired(struct srv_reply *reply, const struct srv_request *req, const char *slug,
                          const struct wi_error *err, const char *example);

#endif
