/* Errors of the hub. See hub.h. */
#include <stdio.h>
#include <string.h>

#include "resource/hub.h"

#define TEXT_MAX 400

static const struct {
    int status;
    const char *code; /* X-Error-Code, by which clients tell errors; NULL: none */
} errors[] = {
    [SRV_HUB_NO_REPO] = {404, "RepoNotFound"},   [SRV_HUB_NO_REVISION] = {404, "RevisionNotFound"},
    [SRV_HUB_NO_ENTRY] = {404, "EntryNotFound"}, [SRV_HUB_NO_USER] = {401, NULL},
    [SRV_HUB_BAD_REQUEST] = {400, NULL},
};

/* The text may quote the client, and it becomes a field value: whatever is not printable ASCII becomes '?'. */
static void write(struct srv_reply *reply, int status, const char *text)
{
    char clean[TEXT_MAX];
    size_t n = 0;
    for (; text[n] && n < sizeof clean - 1; n++)
        clean[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
    clean[n] = '\0';
    json_t *doc = json_object();
    json_object_set_new(doc, "error", json_string(clean));
    srv_json_reply_take(reply, status, "application/json; charset=utf-8", doc);
    srv_reply_header(reply, "X-Error-Message", "%s", clean);
    reply->caching = SRV_NO_STORE;
}

static void explain(struct srv_reply *reply, const struct srv_problem *problem, const struct wi_error *err)
{
    write(reply, problem->status, *err->text ? err->text : problem->meaning);
}

const struct srv_facade srv_hub_facade = {"hub", explain};

void srv_hub_fail(struct srv_reply *reply, const struct srv_request *req, enum srv_hub_error error, const char *format,
                  ...)
{
    static const char *const keep[] = {"X-Repo-Commit", NULL};
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    srv_reply_reset(reply, keep);
    reply->etag[0] = '\0';
    write(reply, errors[error].status, text);
    if (errors[error].code)
        srv_reply_header(reply, "X-Error-Code", "%s", errors[error].code);
    if (!strcmp(req->method, "HEAD"))
        srv_reply_drop_body(reply);
}
