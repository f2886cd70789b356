/* GET /models, /models/{model} and /models/{model}/{file}: whole models.
 *
 * A model's name may end with a format: tiny-llama.safetensors is all its tensors in one file. Without one the answer
 * is its table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "http/json.h"
#include "http/problem.h"
#include "resource/model_body.h"
#include "resource/resource.h"
#include "server.h"

/* ---- what there is ----------------------------------------------------------------------------------------------- */

/* A preset of an operator's may be broken: its error is shown. NULL: no memory. */
static json_t *preset_json(const struct srv_catalog *catalog, const struct srv_preset *preset)
{
    struct wi_error err = {0};
    struct srv_model *model = srv_model_preset(catalog, preset->name, NULL, 0, SRV_DTYPE_F32, &err);
    if (!model)
        return srv_model_lacks_memory(&err) ? NULL
                                            : json_pack("{s:s, s:s, s:s}", "name", preset->name, "architecture",
                                                        preset->arch->name, "error", err.text);
    const struct srv_table *t = &model->table;
    json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", preset->name, "architecture", preset->arch->name,
                               "parameters", (json_int_t)t->n_parameters, "tensors", (json_int_t)t->n_file, "bytes",
                               (json_int_t)(srv_lines_header_bytes(t, SRV_ALL_SHARDS) + t->data_bytes));
    json_object_set_new(object, "url", json_sprintf("/models/%s", preset->name));
    json_object_set_new(object, "file", json_sprintf("/models/%s.safetensors", preset->name));
    srv_model_free(model);
    return object;
}

static json_t *formats_json(void)
{
    const struct srv_file_format *format;
    json_t *list = json_array();
    for (unsigned i = 0; (format = srv_file_format_at(i)); i++) {
        json_t *object = json_pack("{s:s, s:s}", "media_type", format->media_type, "summary", format->summary);
        if (format->alone)
            json_object_set_new(object, "url", json_sprintf("/models/{model}.%s", format->name));
        if (format->inside)
            json_object_set_new(object, "in_folder", json_sprintf("/models/{model}/%s", format->inside));
        json_array_append_new(list, object);
    }
    return list;
}

static enum srv_code make_list(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct srv_server *srv = *(struct srv_server *const *)arg;
    const struct srv_preset *preset;
    srv_json_take_hole();
    json_t *models = json_array(), *document = json_object();
    bool good = true;
    for (unsigned i = 0; good && (preset = srv_catalog_preset_at(srv->catalog, i)); i++)
        good = json_array_append_new(models, preset_json(srv->catalog, preset)) == 0;
    json_object_set_new(document, "alg", json_integer(WI_ALG));
    json_object_set_new(document, "models", models);
    json_object_set_new(document, "formats", formats_json());
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(document);
    *blob = good && text && !srv_json_take_hole() ? srv_blob_new(making->budget, strlen(text)) : NULL;
    if (*blob)
        memcpy((*blob)->bytes, text, (*blob)->size);
    free(text);
    return *blob ? SRV_OK : SRV_NO_MEMORY;
}

static void *copy_pointer(const void *arg)
{
    void **copy = malloc(sizeof *copy);
    if (copy)
        *copy = *(void *const *)arg;
    return copy;
}

/* To know the sizes of all models takes many milliseconds. */
void srv_handle_models(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    static const struct srv_make list_make = {
        .make = make_list, .copy = copy_pointer, .drop = free, .memory_only = true};
    (void)req;
    srv_cache_get(srv->cache, "models", 6, &list_make, &srv, &reply->job);
    reply->again = srv_job_code(reply->job) != SRV_OK;
    if (reply->again)
        return;
    const struct srv_blob *list = srv_job_blob(reply->job);
    char *text = strndup((const char *)list->bytes, list->size);
    const size_t len = list->size;
    reply->caching = SRV_CACHE_HOUR;
    srv_reply_text_take(reply, 200, "application/json", text, len);
}

/* ---- files of a model -------------------------------------------------------------------------------------------- */

static bool names_preset(const struct srv_catalog *catalog, const char *name, size_t len)
{
    const struct srv_preset *preset;
    for (unsigned i = 0; (preset = srv_catalog_preset_at(catalog, i)); i++)
        if (strlen(preset->name) == len && memcmp(preset->name, name, len) == 0)
            return true;
    return false;
}

/* The format behind the last dot of "tiny-llama.safetensors", with the dot; ".json" where none is named. */
static const char *split(const struct srv_catalog *catalog, const char *name, size_t *len)
{
    const char *dot = strrchr(name, '.');
    *len = strlen(name);
    if (!dot || names_preset(catalog, name, *len) || !srv_file_format_find(dot + 1, strlen(dot + 1)))
        return ".json";
    *len = (size_t)(dot - name);
    return dot;
}

/* The name to save a file under: that of the model and the seed, or the file's own in a folder. */
static void name_file(const struct srv_model_ask *ask, const struct srv_model_file *file, const char *name,
                      struct srv_reply *reply)
{
    const bool text = !strncmp(file->format->media_type, "application/json", 16) || file->format->digest;
    char own[128];
    if (*name == '.')
        snprintf(own, sizeof own, "%s-seed%llu%s", ask->name, (unsigned long long)ask->seed, name);
    else
        snprintf(own, sizeof own, "%s", name);
    srv_reply_header(reply, "Content-Disposition", "%s; filename=\"%s\"", text ? "inline" : "attachment", own);
}

static void locate(const struct srv_model_ask *ask, const char *name, struct srv_reply *reply)
{
    char query[SRV_ASK_QUERY_MAX];
    srv_model_ask_query(ask, true, query);
    srv_reply_header(reply, "Content-Location", "/models/%s%s%s?%s", ask->name, *name == '.' ? "" : "/", name, query);
}

/* What the numbers of like= are compared with. */
static void say_like(const struct srv_checkpoint *checkpoint, struct srv_reply *reply)
{
    const struct wi_like_info *torch = checkpoint->parts.drawn.torch;
    const char *near = checkpoint->parts.drawn.near;
    if (!torch)
        return;
    srv_reply_header(reply, "X-Tensor-Exactness", "%s", near ? "approximate" : "exact");
    srv_reply_header(reply, "X-Tensor-Exactness-Note", "%s: %s, on Linux x86-64 with AVX2%s%s%s%s", torch->name,
                     torch->summary, *checkpoint->releases ? "; " : "", checkpoint->releases, near ? "; " : "",
                     near ? near : "");
}

/* The file is laid out: answer with it. */
static void answer(struct srv_server *srv, const struct srv_request *req, const struct srv_model_ask *ask,
                   const char *name, struct srv_job *job, struct srv_reply *reply)
{
    const struct srv_model_file *file = srv_model_file_of(job);
    if (!srv_model_file_check(file, req, reply))
        return;
    reply->caching = SRV_CACHE_FOREVER;
    locate(ask, name, reply);
    say_like(file->checkpoint, reply);
    name_file(ask, file, name, reply);
    srv_model_file_reply(srv, req, job, ask->seed, reply);
}

static void give_file(struct srv_server *srv, const struct srv_request *req, const char *model, size_t model_len,
                      const char *name, struct srv_reply *reply)
{
    struct srv_model_ask ask;
    struct wi_error err = {0};
    struct srv_job *job;
    if (!srv_model_ask_init(&ask, model, model_len, &err) || !srv_catalog_preset(srv->catalog, ask.name, &err) ||
        !srv_model_ask_read(&ask, req, NULL, &err)) {
        if (strcmp(err.param, "name") == 0)
            srv_problem_explain(reply, req, "not-found", &err);
        else
            srv_problem_error(reply, req, &err);
        return;
    }
    srv_model_file_get(srv, &ask, name, &job);
    if (srv_job_code(job) == SRV_OK) {
        answer(srv, req, &ask, name, job, reply);
        srv_job_unref(job);
        return;
    }
    reply->job = job; /* pending, or failed: then the answer says so */
    reply->again = true;
}

void srv_handle_model(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    size_t len;
    const char *format = split(srv->catalog, req->args[0], &len);
    give_file(srv, req, req->args[0], len, format, reply);
}

void srv_handle_model_file(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    const char *name = req->args[1];
    give_file(srv, req, req->args[0], strlen(req->args[0]), *name == '.' ? "(a hidden file)" : name, reply);
}
