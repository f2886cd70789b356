/* /api/models...: what a repository is; its revisions; who asks. See hub.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "resource/hub.h"
#include "resource/resource.h"
#include "server.h"

/* ---- what a repository is ---------------------------------------------------------------------------------------- */

static json_t *tags_of(const struct srv_hub_repo *repo)
{
    json_t *tags = json_pack("[s, s, s]", repo->kind->library, "weightd", "random-weights");
    if (strcmp(repo->kind->library, "safetensors"))
        json_array_append_new(tags, json_string("safetensors"));
    if (repo->kind->task)
        json_array_append_new(tags, json_string(repo->kind->task));
    if (*repo->base)
        json_array_append_new(tags, json_sprintf("base_model:%s", repo->base));
    return tags;
}

/* What is known without looking at its files. */
static json_t *summary(const struct srv_hub_repo *repo)
{
    char hex[SRV_GIT_BLOB_HEX];
    const char *slash = strchr(repo->id, '/');
    srv_git_blob(repo->id, strlen(repo->id), hex);
    json_t *doc = json_pack("{s:s%, s:s, s:s}", "_id", hex, (size_t)24, "id", repo->id, "modelId", repo->id);
    if (slash)
        json_object_set_new(doc, "author", json_stringn(repo->id, (size_t)(slash - repo->id)));
    json_object_update_new(doc, json_pack("{s:b, s:b, s:b, s:i, s:i, s:s, s:s, s:o}", "private", 0, "gated", 0,
                                          "disabled", 0, "downloads", 0, "likes", 0, "lastModified", SRV_HUB_DATE,
                                          "createdAt", SRV_HUB_DATE, "tags", tags_of(repo)));
    json_object_set_new(doc, "library_name", json_string(repo->kind->library));
    if (repo->kind->task)
        json_object_set_new(doc, "pipeline_tag", json_string(repo->kind->task));
    return doc;
}

static json_t *sibling(const struct srv_hub_asked *asked, unsigned i, bool blobs, const uint8_t *digests)
{
    struct srv_hub_entry entry;
    json_t *doc = json_pack("{s:s}", "rfilename", asked->index->file[i].path);
    if (!blobs)
        return doc;
    srv_hub_entry_of(asked, i, digests, &entry);
    json_object_set_new(doc, "size", json_integer((json_int_t)entry.file->bytes));
    json_object_set_new(doc, "blobId", json_string(entry.oid));
    if (*entry.sha256)
        json_object_set_new(doc, "lfs",
                            json_pack("{s:s, s:I, s:I}", "sha256", entry.sha256, "size", (json_int_t)entry.file->bytes,
                                      "pointerSize", (json_int_t)entry.pointer_size));
    return doc;
}

static json_t *info(const struct srv_hub_asked *asked, bool blobs, const uint8_t *digests)
{
    json_t *doc = summary(&asked->repo), *siblings = json_array();
    for (unsigned i = 0; i < asked->index->n_files; i++)
        json_array_append_new(siblings, sibling(asked, i, blobs, digests));
    json_object_set_new(doc, "sha", json_string(asked->commit));
    json_object_set_new(doc, "siblings", siblings);
    json_object_set_new(doc, "cardData", json_object());
    json_object_set_new(doc, "usedStorage", json_integer((json_int_t)asked->index->bytes));
    return doc;
}

void srv_handle_hub_info(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_hub_asked asked;
    struct srv_job *job = NULL;
    const uint8_t *digests = NULL;
    const bool blobs = srv_hub_flag(req, "blobs");
    if (!srv_hub_open(srv, req, req->args[0], req->args[1], req->n_args > 2 ? req->args[2] : NULL, &asked, reply))
        return;
    if (!blobs || srv_hub_digests_wait(srv, &asked, &job, &digests, reply)) {
        srv_hub_json(&asked, info(&asked, blobs, digests), reply);
        srv_job_unref(job);
    }
    srv_hub_close(&asked);
}

/* ---- all repositories -------------------------------------------------------------------------------------------- */

#define LIST_MAX 1000

static bool is_listed(const struct srv_hub_repo *repo, const struct srv_request *req)
{
    const char *search = srv_hub_param(req, "search"), *author = srv_hub_param(req, "author");
    const char *filter = srv_hub_param(req, "filter");
    const size_t n = author ? strlen(author) : 0;
    return (!search || strcasestr(repo->id, search)) &&
           (!author || (!strncmp(repo->id, author, n) && repo->id[n] == '/')) &&
           (!filter || !strcmp(filter, repo->kind->library) || !strcmp(filter, "safetensors") ||
            (repo->kind->task && !strcmp(filter, repo->kind->task)));
}

void srv_handle_hub_list(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_hub_repo repo;
    const char *limit = srv_hub_param(req, "limit");
    const unsigned long most = limit && isdigit((unsigned char)*limit) ? strtoul(limit, NULL, 10) : LIST_MAX;
    json_t *list = json_array();
    for (unsigned i = 0; json_array_size(list) < most && srv_hub_repo_at(srv, i, &repo); i++) {
        if (is_listed(&repo, req))
            json_array_append_new(list, summary(&repo));
        srv_hub_repo_drop(&repo);
    }
    srv_hub_json(NULL, list, reply);
}

/* ---- revisions --------------------------------------------------------------------------------------------------- */

static json_t *ref(const struct srv_hub_asked *asked, const char *kind, const char *name)
{
    struct srv_hub_revision revision;
    char commit[SRV_HUB_COMMIT_CHARS];
    srv_hub_revision_read(name, asked->repo.ask.dtype, &revision);
    srv_hub_commit(revision, asked->index->identity, commit);
    return json_pack("{s:s, s:o, s:s}", "name", name, "ref", json_sprintf("refs/%s/%s", kind, name), "targetCommit",
                     commit);
}

/* Every seed is a revision; these are examples. */
static json_t *tags(const struct srv_hub_asked *asked)
{
    static const char *const seeds[] = {"seed-1", "seed-2", "seed-7"};
    json_t *list = json_array();
    const char *dtype;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        json_array_append_new(list, ref(asked, "tags", seeds[i]));
    for (unsigned i = 0; (dtype = srv_hub_revision_dtype_at(i)); i++) {
        char name[32];
        json_array_append_new(list, ref(asked, "tags", dtype));
        snprintf(name, sizeof name, "seed-7-%s", dtype);
        json_array_append_new(list, ref(asked, "tags", name));
    }
    return list;
}

void srv_handle_hub_refs(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_hub_asked asked;
    if (!srv_hub_open(srv, req, req->args[0], req->args[1], NULL, &asked, reply))
        return;
    srv_hub_json(
        &asked,
        json_pack("{s:[o], s:[], s:o}", "branches", ref(&asked, "heads", "main"), "converts", "tags", tags(&asked)),
        reply);
    srv_hub_close(&asked);
}

void srv_handle_hub_commits(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_hub_asked asked;
    if (!srv_hub_open(srv, req, req->args[0], req->args[1], req->args[2], &asked, reply))
        return;
    json_t *commit = json_pack("{s:s, s:s, s:s, s:s, s:[{s:s}]}", "id", asked.commit, "title", "made by weightd",
                               "message", "", "date", SRV_HUB_DATE, "authors", "user", "weightd");
    srv_hub_json(&asked, json_pack("[o]", commit), reply);
    srv_reply_header(reply, "X-Total-Count", "1");
    srv_hub_close(&asked);
}

/* ---- GGUF files by type, as llama.cpp's tools ask for them ------------------------------------------------------- */

/* Does the path have the type in it, with a dot or a dash behind it? Case does not matter. */
static bool is_of_type(const char *path, const char *type)
{
    const size_t n = strlen(type);
    const char *at = path;
    while (n && (at = strcasestr(at, type))) {
        if (at[n] == '.' || at[n] == '-')
            return true;
        at++;
    }
    return false;
}

static const struct srv_hub_file *find_type(const struct srv_hub_index *index, const char *type)
{
    for (unsigned i = 0; i < index->n_files; i++) {
        const char *dot = strrchr(index->file[i].path, '.');
        if (dot && !strcmp(dot, ".gguf") && (!type || is_of_type(index->file[i].path, type)))
            return &index->file[i];
    }
    return NULL;
}

/* The first file of the type; "latest" is Q4_K_M, else Q8_0, else any. NULL: there is none. */
static const struct srv_hub_file *find_gguf(const struct srv_hub_index *index, const char *tag)
{
    static const char *const latest[] = {"Q4_K_M", "Q8_0", NULL};
    const struct srv_hub_file *file = NULL;
    if (strcmp(tag, "latest"))
        return find_type(index, tag);
    for (size_t i = 0; !file && i < sizeof latest / sizeof *latest; i++)
        file = find_type(index, latest[i]);
    return file;
}

void srv_handle_hub_manifest(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_hub_asked asked;
    if (!srv_hub_open(srv, req, req->args[0], req->args[1], NULL, &asked, reply))
        return;
    const struct srv_hub_file *file = find_gguf(asked.index, req->args[2]);
    if (file)
        srv_hub_json(&asked,
                     json_pack("{s:i, s:s, s:{s:s, s:I}}", "schemaVersion", 2, "mediaType",
                               "application/vnd.docker.distribution.manifest.v2+json", "ggufFile", "rfilename",
                               file->path, "size", (json_int_t)file->bytes),
                     reply);
    else
        srv_hub_fail(reply, req, SRV_HUB_BAD_REQUEST, "%s has no GGUF file of the type %.64s; its files tell the types",
                     asked.repo.id, req->args[2]);
    srv_hub_close(&asked);
}

/* ---- who asks, and what is not here ------------------------------------------------------------------------------ */

void srv_handle_hub_whoami(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    if (!srv_request_field(req, SRV_FIELD_AUTHORIZATION)) {
        srv_hub_fail(reply, req, SRV_HUB_NO_USER, "Invalid username or password.");
        return;
    }
    srv_hub_json(NULL,
                 json_pack("{s:s, s:s, s:s, s:b, s:[]}", "type", "user", "name", "weightd", "fullname", "weightd",
                           "isPro", 0, "orgs"),
                 reply);
    reply->caching = SRV_NO_STORE;
}

void srv_handle_hub_nothing(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    srv_hub_fail(reply, req, SRV_HUB_NO_REPO,
                 "Nothing lives at this path; the repositories of models are in /api/models");
}
