/* GET /metrics. See ops/counters.h. */
#include "resource/resource.h"
#include "ops/counters.h"

void srv_handle_metrics(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)req;
    size_t len = 0;
    char *text = srv_metrics_text(srv, &len);
    srv_reply_text_take(reply, 200, "text/plain; version=0.0.4; charset=utf-8", text, len);
    srv_reply_header(reply, "Cache-Control", "no-store");
}
