/* /{repo}/resolve/{rev}/{file} and /{repo}/raw/{rev}/{file}: the files themselves. See hub.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "http/conditions.h"
#include "resource/hub.h"
#include "resource/model_body.h"
#include "resource/resource.h"
#include "server.h"

#define KEY_MAX (SRV_HUB_ID_MAX + SRV_HUB_PATH_MAX + 64)

/* ---- small files ------------------------------------------------------------------------------------------------- */

static enum srv_code make_text(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct srv_hub_file *file = arg;
    *blob = srv_blob_new(making->budget, file->bytes);
    if (*blob)
        memcpy((*blob)->bytes, file->text, file->bytes);
    return *blob ? SRV_OK : SRV_NO_MEMORY;
}

/* The text as a value of the cache, so that the answer can be prepared. The commit is in the key as it is in the
 * header. */
static void give_text(struct srv_server *srv, const struct srv_hub_asked *asked, const struct srv_hub_file *file,
                      struct srv_reply *reply)
{
    static const struct srv_make text_make = {.make = make_text, .in_place = true, .memory_only = true};
    char key[KEY_MAX];
    const int n = snprintf(key, sizeof key, "hub file %s %s %s", asked->repo.id, asked->commit, file->path);
    reply->kind = SRV_BODY_JOB;
    reply->outcome = srv_cache_get(srv->cache, key, (size_t)n, &text_make, (void *)(uintptr_t)file, &reply->job);
    if (reply->outcome == SRV_HIT && reply->status == 200)
        srv_reply_memo(reply, key);
}

static void answer_text(struct srv_server *srv, const struct srv_request *req, const struct srv_hub_asked *asked,
                        const struct srv_hub_file *file, struct srv_reply *reply)
{
    snprintf(reply->etag, sizeof reply->etag, "\"%s\"", file->oid);
    reply->length = file->bytes;
    srv_reply_header(reply, "Content-Type", "text/plain; charset=utf-8");
    if (srv_precondition(req, reply))
        give_text(srv, asked, file, reply);
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

static void answer_weights(struct srv_server *srv, const struct srv_request *req, const struct srv_hub_asked *asked,
                           const struct srv_hub_file *file, struct srv_reply *reply)
{
    struct srv_model_ask ask;
    struct srv_job *job;
    char etag[SRV_ETAG_CAP];
    srv_hub_ask(asked, file, &ask);
    srv_model_file_get(srv, &ask, file->weights, &job);
    if (srv_job_code(job) != SRV_OK) {
        reply->job = job;
        reply->again = true;
        return;
    }
    srv_model_file_etag(srv_model_file_of(job), ask.seed, etag);
    srv_reply_header(reply, "X-Linked-ETag", "%s", etag);
    srv_reply_header(reply, "X-Linked-Size", "%llu", (unsigned long long)file->bytes);
    srv_model_file_reply(srv, req, job, ask.seed, reply);
    srv_job_unref(job);
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

static void answer(struct srv_server *srv, const struct srv_request *req, const struct srv_hub_asked *asked,
                   struct srv_reply *reply)
{
    char path[SRV_HUB_PATH_MAX];
    const struct srv_hub_file *file = srv_hub_path(req, path) ? srv_hub_index_find(asked->index, path) : NULL;
    if (!file) {
        srv_hub_fail(reply, req, SRV_HUB_NO_ENTRY, "Entry not found");
        return;
    }
    const char *slash = strrchr(file->path, '/');
    reply->caching = srv_hub_caching(asked);
    srv_reply_header(reply, "Content-Disposition", "inline; filename=\"%s\"", slash ? slash + 1 : file->path);
    if (file->text)
        answer_text(srv, req, asked, file, reply);
    else
        answer_weights(srv, req, asked, file, reply);
}

void srv_handle_hub_file(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_hub_asked asked;
    if (!srv_hub_open(srv, req, req->args[0], req->args[1], req->args[2], &asked, reply))
        return;
    answer(srv, req, &asked, reply);
    srv_hub_close(&asked);
}
