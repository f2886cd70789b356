/* see finish.h */
#include "http/finish.h"

#include "http/problem.h"

const char *srv_cache_status(enum srv_how how, bool stored, bool from_disk)
{
    static const char *const made[2][2] = {
        {"weightd; fwd=uri-miss", "weightd; fwd=uri-miss; stored"},
        {"weightd; fwd=uri-miss; collapsed", "weightd; fwd=uri-miss; stored; collapsed"},
    };
    if (how == SRV_HIT)
        return "weightd; hit";
    return from_disk ? "weightd; hit; detail=disk" : made[how == SRV_COLLAPSED][stored];
}

static const char *detail_of(enum srv_code code)
{
    return code == SRV_QUEUE_FULL  ? "Too much is waiting to be computed already."
           : code == SRV_NO_MEMORY ? SRV_NO_MEMORY_TEXT
                                   : "The server is about to stop.";
}

void srv_settle(struct srv_reply *reply, const struct srv_request *req)
{
    struct srv_job *job = reply->job;
    if (!job)
        return;
    if (srv_job_code(job) != SRV_OK)
        srv_problem_busy(reply, req, detail_of(srv_job_code(job)));
    else if (reply->kind == SRV_BODY_JOB)
        srv_reply_header(reply, "Cache-Status", "%s",
                         srv_cache_status(reply->how, srv_job_stored(job), srv_job_from_disk(job)));
}
