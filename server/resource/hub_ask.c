/* What a request of the hub is about. See hub.h. */
#include <string.h>

#include "cache/cache.h"
#include "resource/hub.h"
#include "server.h"

/* The index, if it is there. False: the reply waits for it, or says why there will be none. */
static bool get_index(struct srv_server *srv, struct srv_hub_asked *asked, enum srv_dtype dtype,
                      struct srv_reply *reply)
{
    srv_hub_index_get(srv, &asked->repo, dtype, &asked->job);
    if (srv_job_code(asked->job) != SRV_OK) {
        reply->job = asked->job;
        reply->again = true;
        srv_hub_repo_drop(&asked->repo);
        return false;
    }
    asked->index = srv_hub_index_of(asked->job);
    return true;
}

static bool find_repo(struct srv_server *srv, const struct srv_request *req, const char *org, const char *name,
                      struct srv_hub_repo *repo, struct srv_reply *reply)
{
    char near[SRV_HUB_ID_MAX];
    if (srv_hub_repo_find(srv, org, name, repo, near))
        return true;
    srv_hub_fail(reply, req, SRV_HUB_NO_REPO, "There is no repository %.96s%s%.96s here%s%s; see /api/models",
                 org ? org : "", org ? "/" : "", name, *near ? ", the nearest is " : "", near);
    return false;
}

static bool find_revision(const struct srv_request *req, const char *rev, struct srv_hub_asked *asked,
                          struct srv_reply *reply)
{
    const struct srv_hub_repo *repo = &asked->repo;
    asked->by_commit = srv_hub_commit_read(rev, asked->index->identity, &asked->revision);
    if (asked->by_commit || srv_hub_revision_read(rev, repo->ask.dtype, &asked->revision))
        return true;
    srv_hub_fail(reply, req, SRV_HUB_NO_REVISION,
                 strlen(rev) == SRV_HUB_COMMIT_CHARS - 1
                     ? "The commit %.64s is not of this version of %s, or mistyped; main is served"
                     : "There is no revision %.64s of %s; main, seed-7, bf16 and seed-7-bf16 are revisions",
                 rev, repo->id);
    return false;
}

bool srv_hub_open(struct srv_server *srv, const struct srv_request *req, const char *org, const char *name,
                  const char *rev, struct srv_hub_asked *asked, struct srv_reply *reply)
{
    *asked = (struct srv_hub_asked){.job = NULL};
    if (!find_repo(srv, req, org, name, &asked->repo, reply))
        return false;
    const enum srv_dtype own = asked->repo.ask.dtype;
    if (!get_index(srv, asked, own, reply))
        return false;
    if (asked->index->err.code || !find_revision(req, rev ? rev : "main", asked, reply)) {
        if (asked->index->err.code)
            srv_hub_fail(reply, req, SRV_HUB_NO_REPO, "%s: %s", asked->repo.id, asked->index->err.text);
        srv_hub_close(asked);
        return false;
    }
    srv_hub_commit(asked->revision, asked->index->identity, asked->commit);
    if (asked->revision.dtype != own) {
        srv_job_unref(asked->job);
        if (!get_index(srv, asked, asked->revision.dtype, reply))
            return false;
    }
    srv_reply_header(reply, "X-Repo-Commit", "%s", asked->commit);
    return true;
}

void srv_hub_close(struct srv_hub_asked *asked)
{
    srv_job_unref(asked->job);
    asked->job = NULL;
    srv_hub_repo_drop(&asked->repo);
}

enum srv_caching srv_hub_caching(const struct srv_hub_asked *asked)
{
    return asked->by_commit ? SRV_CACHE_FOREVER : asked->repo.own ? SRV_NO_STORE : SRV_CACHE_HOUR;
}

void srv_hub_ask(const struct srv_hub_asked *asked, const struct srv_hub_file *file, struct srv_model_ask *ask)
{
    struct wi_error err = {0};
    *ask = asked->repo.ask;
    ask->seed = asked->revision.seed;
    ask->dtype = asked->revision.dtype;
    if (file->dtype)
        srv_model_ask_set(ask, "dtype", file->dtype, strlen(file->dtype),
                          &err); /* it was set when the file was listed */
}

bool srv_hub_path(const struct srv_request *req, char path[SRV_HUB_PATH_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < req->n_tail; i++) {
        const size_t len = strlen(req->tail[i]);
        if (n + len + 2 > SRV_HUB_PATH_MAX)
            return false;
        if (i)
            path[n++] = '/';
        memcpy(path + n, req->tail[i], len);
        n += len;
    }
    path[n] = '\0';
    return true;
}

const char *srv_hub_param(const struct srv_request *req, const char *key)
{
    for (size_t i = 0; i < req->n_params; i++)
        if (!strcmp(req->params[i].key, key) && req->params[i].has_value)
            return req->params[i].value;
    return NULL;
}

bool srv_hub_flag(const struct srv_request *req, const char *key)
{
    const char *value = srv_hub_param(req, key);
    return value && (!strcmp(value, "true") || !strcmp(value, "True") || !strcmp(value, "1"));
}

void srv_hub_json(const struct srv_hub_asked *asked, json_t *doc, struct srv_reply *reply)
{
    srv_json_reply_take(reply, 200, "application/json; charset=utf-8", doc);
    reply->caching = asked ? srv_hub_caching(asked) : SRV_CACHE_HOUR;
}
