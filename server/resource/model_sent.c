/* GET /model?layers=... and POST /model: a model that is no preset.
 *
 * A stack of layers is in the query. What is sent is a config.json, a stack or a manifest, see model/model.h. format= names a
 * format (json, the table, unless given), file= a file of the model's folder instead. The answer to a POST is that of a
 * GET, but that no cache keeps it, and that conditions and ranges do not apply (RFC 9110, 13.2.1 and 14.2). */
#include <stdio.h>
#include <string.h>

#include "http/problem.h"
#include "resource/model_body.h"
#include "resource/resource.h"
#include "server.h"

static const char *param_of(const struct srv_request *req, const char *key)
{
    for (size_t i = 0; i < req->n_params; i++)
        if (strcmp(req->params[i].key, key) == 0)
            return req->params[i].has_value ? req->params[i].value : "";
    return NULL;
}

/* The name of the file that is asked for, as srv_model_file_get takes it. */
static bool name_of(const struct srv_request *req, char name[64], struct wi_error *err)
{
    const char *file = param_of(req, "file"), *format = param_of(req, "format");
    if (file && format) {
        wi_fail(err, WI_E_PARAM_CONFLICT, "file", "file= and format= each name what is asked for");
        return false;
    }
    if (file) {
        snprintf(name, 64, "%s", *file == '.' || !*file || strlen(file) > 63 ? "(no file)" : file);
        return true;
    }
    if (!format)
        format = "json";
    if (!srv_file_format_find(format, strlen(format))) {
        const struct srv_file_format *row;
        char names[128] = "";
        for (unsigned i = 0; (row = srv_file_format_at(i)); i++)
            if (row->alone)
                snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", *names ? ", " : "", row->name);
        wi_fail(err, WI_E_PARAM_VALUE, "format", "format=%q: no such choice", format);
        wi_error_allow(err, names);
        return false;
    }
    snprintf(name, 64, ".%s", format);
    return true;
}

static void answer(struct srv_server *srv, const struct srv_request *req, const struct srv_model_ask *ask,
                   const char *name, struct srv_job *job, struct srv_reply *reply)
{
    const struct srv_model_file *file = srv_model_file_of(job);
    if (!srv_model_file_check(file, req, reply))
        return;
    const bool text = !file->layout.n_parts || file->format->digest;
    reply->caching = ask->content ? SRV_NO_STORE : SRV_CACHE_FOREVER;
    srv_reply_header(reply, "Content-Disposition", "%s; filename=\"%s%s\"", text ? "inline" : "attachment",
                     *name == '.' ? "model" : "", name);
    srv_model_file_reply(srv, req, job, ask->seed, reply);
}

void srv_handle_sent_model(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_model_ask ask;
    struct wi_error err = {0};
    struct srv_job *job;
    char name[64];
    const bool sent = strcmp(req->method, "POST") == 0;
    srv_model_ask_sent(&ask, sent ? req->content ? req->content : (const uint8_t *)"" : NULL, req->content_len);
    if (!name_of(req, name, &err) || !srv_model_ask_read(&ask, req, "file format", &err)) {
        srv_problem_error(reply, req, &err);
        return;
    }
    srv_model_file_get(srv, &ask, name, &job);
    if (srv_job_code(job) == SRV_OK) {
        answer(srv, req, &ask, name, job, reply);
        srv_job_unref(job);
        return;
    }
    reply->job = job;
    reply->again = true;
}
