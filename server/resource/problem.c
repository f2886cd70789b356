/* GET /problems/{slug}: what a kind of error means, for people. See resource.h. */
#include "http/problem.h"

#include <stdio.h>
#include <string.h>

#include "resource/resource.h"

static const char *slug_at(unsigned i)
{
    const struct srv_problem *problem = srv_problem_at(i);
    return problem ? problem->slug : NULL;
}

void srv_handle_problem(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    const struct srv_problem *problem = srv_problem_find(req->args[0]);
    char text[512];
    if (!problem) {
        struct wi_error err = {.text = "No kind of error has this name."};
        wi_error_near(&err, wi_nearest(req->args[0], strlen(req->args[0]), slug_at));
        snprintf(text, sizeof text, "/problems/%s", *err.nearest ? err.nearest : srv_problem_at(0)->slug);
        srv_problem_repaired(reply, req, "not-found", &err, text);
        return;
    }
    snprintf(text, sizeof text, "%s (%s, HTTP status %d)\n\n%s\n", problem->title, problem->slug, problem->status,
             problem->meaning);
    srv_reply_text(reply, 200, "text/plain; charset=utf-8", text);
    reply->caching = SRV_CACHE_HOUR;
}
