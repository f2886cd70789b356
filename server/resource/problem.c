/* GET /problems/{slug}: what a kind of error means, for people. See resource.h. */
#include "http/problem.h"

#include <stdio.h>

#include "resource/resource.h"

void srv_handle_problem(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    const struct srv_problem *problem = srv_problem_find(req->args[0]);
    char text[512];
    if (!problem) {
        srv_problem_reply(reply, req, "not-found", "No kind of error has this name.");
        return;
    }
    snprintf(text, sizeof text, "%s (%s, HTTP status %d)\n\n%s\n", problem->title, problem->slug, problem->status,
             problem->meaning);
    srv_reply_text(reply, 200, "text/plain; charset=utf-8", text);
    reply->caching = SRV_CACHE_HOUR;
}
