/* problem.h - answers that say what was wrong: RFC 9457, application/problem+json.
 *
 * Every error of weightd goes through here, so that each has the same members:
 *   type      /problems/SLUG: a page that says what the kind of error means
 *   title     the kind in words         status    the HTTP status         detail    one sentence about this request
 *   instance  the request target
 *   param, allowed, nearest             where a parameter is at fault and it is known
 *   example   a URL of this server that works
 * Never cached (Cache-Control: no-store). The texts hold printable ASCII only. */
#ifndef SRV_HTTP_PROBLEM_H
#define SRV_HTTP_PROBLEM_H

#include "http/message.h"

struct srv_problem {
    const char *slug;
    int status;
    const char *title, *meaning;
};
/* The kinds of errors: NULL after the last. */
const struct srv_problem *srv_problem_at(size_t i);
const struct srv_problem *srv_problem_find(const char *slug);
/* Its place in the table, for counters. */
size_t srv_problem_index(const char *slug);

/* Answer with what the library found wrong. Its status follows from err->code; the example is that of the scheme that was
 * asked for, if there is one of that name. */
void srv_problem_error(struct srv_reply *reply, const struct srv_request *req, const struct wi_error *err);

/* Answer with an HTTP condition: `slug` is one of the table. detail NULL: the table's meaning. */
void srv_problem_reply(struct srv_reply *reply, const struct srv_request *req, const char *slug, const char *detail);

/* 503 with Retry-After: the same request may succeed in a moment. */
void srv_problem_busy(struct srv_reply *reply, const struct srv_request *req, const char *detail);
#define SRV_NO_MEMORY_TEXT "There is no memory left for this answer now."

/* A reply that lost a part for want of memory becomes such a 503; any other stays as it is. */
void srv_problem_lost(struct srv_reply *reply, const struct srv_request *req);

/* As srv_problem_reply, with everything that can be told: err gives detail, param, allowed and nearest (err->code is not used). */
void srv_problem_explain(struct srv_reply *reply, const struct srv_request *req, const char *slug,
                         const struct wi_error *err);

#endif
