/* see model_body.h: checkpoints and the layouts of their files, as values of the cache. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/sha256.h"
#include "cache/cache.h"
#include "http/json.h"
#include "resource/model_body.h"
#include "server.h"

#define NAME_MAX_BYTES 64 /* of a file */
#define KEY_MAX 128

/* ---- what is asked for, for another thread ----------------------------------------------------------------------- */

struct arg {
    struct srv_server *srv;
    struct srv_model_ask ask;
    char name[NAME_MAX_BYTES];
    struct srv_blob *content; /* a copy's own */
    char label[sizeof((struct srv_model_file *)0)->label];
};

static const char *label_of(const void *arg)
{
    return ((const struct arg *)arg)->label;
}

static void drop_arg(void *arg)
{
    srv_blob_unref(((struct arg *)arg)->content);
    free(arg);
}

/* What was sent is copied as well: the job may outlive its request. */
static void *copy_arg(const void *arg)
{
    struct arg *copy = malloc(sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, arg, sizeof *copy);
    copy->content = NULL;
    if (!copy->ask.content)
        return copy;
    copy->content = srv_blob_new(&copy->srv->budget, copy->ask.content_len);
    if (!copy->content) {
        free(copy);
        return NULL;
    }
    memcpy(copy->content->bytes, copy->ask.content, copy->ask.content_len);
    copy->ask.content = copy->content->bytes;
    return copy;
}

/* The key of a value that follows from a model: what it is, and the digest of the model's parameters. */
static size_t make_key(const char *what, const struct srv_model_ask *ask, bool seeded, char key[KEY_MAX])
{
    char query[SRV_ASK_QUERY_MAX], hex[SRV_SHA256_HEX];
    uint8_t digest[SRV_SHA256_BYTES];
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, ask->name, strlen(ask->name) + 1);
    srv_sha256_add(&sha, ask->content_sha256, sizeof ask->content_sha256);
    srv_sha256_add(&sha, query, srv_model_ask_query(ask, seeded, query));
    srv_sha256_end(&sha, digest);
    srv_hex(digest, sizeof digest, hex);
    return (size_t)snprintf(key, KEY_MAX, "model %s %s", hex, what);
}

/* ---- checkpoints ------------------------------------------------------------------------------------------------- */

/* The payload of a checkpoint's blob: an error, or the checkpoint that is attached to the blob. */
struct made {
    struct wi_error err;
    const struct srv_checkpoint *checkpoint;
};

static enum srv_code give_error(const struct srv_making *making, const struct wi_error *err, struct srv_blob **blob)
{
    const struct made made = {.err = *err};
    return srv_model_lacks_memory(err) ? SRV_NO_MEMORY : srv_making_give(making, &made, sizeof made, blob);
}

struct kept {
    struct srv_attachment attachment;
    struct srv_checkpoint checkpoint;
    struct srv_budget *budget;
};

static void free_kept(struct srv_attachment *attachment)
{
    struct kept *kept = (struct kept *)attachment;
    srv_checkpoint_free(&kept->checkpoint);
    srv_budget_release(kept->budget, attachment->bytes);
    free(kept);
}

/* Model and parts become a checkpoint, unless the budget has no room for it. */
static struct kept *keep(struct srv_budget *budget, struct srv_model *model, struct srv_parts *parts,
                         uint64_t shard_bytes)
{
    struct kept *kept = calloc(1, sizeof *kept);
    const uint32_t n_shards = srv_shards_deal(&model->table, shard_bytes);
    const bool taken = kept && n_shards && srv_checkpoint_take(&kept->checkpoint, model, parts, n_shards);
    const size_t bytes = taken ? sizeof *kept + srv_checkpoint_memory(&kept->checkpoint) : 0;
    if (taken && srv_budget_reserve(budget, bytes)) {
        kept->attachment = (struct srv_attachment){.free = free_kept, .bytes = bytes};
        kept->budget = budget;
        return kept;
    }
    if (kept)
        srv_checkpoint_free(&kept->checkpoint);
    free(kept);
    return NULL;
}

static enum srv_code give_checkpoint(const struct srv_making *making, struct srv_model *model, struct srv_parts *parts,
                                     uint64_t shard_bytes, struct srv_blob **blob)
{
    struct kept *kept = keep(making->budget, model, parts, shard_bytes);
    if (!kept)
        return SRV_NO_MEMORY;
    const struct made made = {.checkpoint = &kept->checkpoint};
    if (srv_making_give(making, &made, sizeof made, blob) == SRV_OK) {
        srv_blob_attach(*blob, &kept->attachment);
        return SRV_OK;
    }
    free_kept(&kept->attachment);
    return SRV_NO_MEMORY;
}

/* The settings of a stack are its layers, and init, what is called on them. */
static struct srv_model *make_stack(const struct srv_model_ask *ask, const struct srv_setting *settings,
                                    enum srv_dtype dtype, struct wi_error *err)
{
    const char *layers = NULL, *init = NULL;
    for (unsigned i = 0; i < ask->n_settings; i++)
        if (strcmp(settings[i].name, "layers") == 0)
            layers = settings[i].value;
        else if (strcmp(settings[i].name, "init") == 0)
            init = settings[i].value;
        else
            wi_fail(err, WI_E_PARAM_UNKNOWN, settings[i].name, "a stack of layers takes no %q", settings[i].name);
    if (err->code != WI_OK)
        return NULL;
    if (layers)
        return srv_model_stack(layers, strlen(layers), init, init ? strlen(init) : 0, dtype, err);
    wi_fail(
        err, WI_E_PARAM_MISSING, "layers",
        "layers is required, as in layers=linear:784,256;relu;linear:256,10; or POST a config.json, the header of a "
        "safetensors file, or a list of {name, shape, dtype}");
    return NULL;
}

static struct srv_model *make_own(const struct arg *a, enum srv_dtype dtype, struct wi_error *err)
{
    const struct srv_model_ask *ask = &a->ask;
    const struct srv_catalog *catalog = a->srv->catalog;
    struct srv_setting settings[SRV_PARAMS_MAX];
    srv_model_ask_settings(ask, settings);
    if (ask->content)
        return srv_model_any(catalog, (const char *)ask->content, ask->content_len, settings, ask->n_settings, dtype,
                             err);
    return ask->is_stack ? make_stack(ask, settings, dtype, err)
                         : srv_model_preset(catalog, ask->name, settings, ask->n_settings, dtype, err);
}

/* like=: the model is made in the type in which it is drawn, then converted. */
static struct srv_model *make_model(const struct arg *a, struct wi_error *err)
{
    const struct srv_model_ask *ask = &a->ask;
    const bool cast = ask->drawn != SRV_DTYPE_FLOAT && ask->drawn != ask->dtype;
    struct srv_model *model = make_own(a, cast ? ask->drawn : ask->dtype, err);
    if (model && cast && !srv_model_cast(model, ask->dtype, err)) {
        srv_model_free(model);
        return NULL;
    }
    return model;
}

static enum srv_code make_checkpoint(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct arg *a = arg;
    struct srv_parts parts = {0};
    struct wi_error err = {0};
    srv_json_take_hole();
    struct srv_model *model = make_model(a, &err);
    bool good =
        model &&
        srv_parts_make(&parts, &model->table, *a->ask.init ? a->ask.init : NULL, a->srv->config->work_bytes, &err) &&
        (!a->ask.like || srv_drawn_make(&parts.drawn, model, a->ask.like, a->ask.drawn, &err));
    enum srv_code code =
        good ? give_checkpoint(making, model, &parts, a->ask.shard_bytes, blob) : give_error(making, &err, blob);
    srv_parts_free(&parts);
    srv_model_free(model);
    if (code == SRV_OK && srv_json_take_hole()) { /* what was made of JSON with a hole is no value */
        srv_blob_unref(*blob);
        return SRV_NO_MEMORY;
    }
    return code;
}

static const struct srv_make checkpoint_make = {
    .make = make_checkpoint, .copy = copy_arg, .drop = drop_arg, .memory_only = true};

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* A file's blob owns its layout and holds a reference to the blob of its checkpoint. */
struct hold {
    struct srv_attachment attachment;
    struct srv_blob *checkpoint;
    struct srv_file_layout layout;
    struct srv_budget *budget;
};

static void free_hold(struct srv_attachment *attachment)
{
    struct hold *hold = (struct hold *)attachment;
    srv_blob_unref(hold->checkpoint);
    srv_file_layout_free(&hold->layout);
    srv_budget_release(hold->budget, attachment->bytes);
    free(hold);
}

/* The layout goes to the file's blob, unless the budget has no room for it. */
static bool hold(struct srv_budget *budget, struct srv_blob *file, struct srv_file_layout *layout,
                 struct srv_blob *checkpoint)
{
    struct hold *new = malloc(sizeof *new);
    const size_t bytes = srv_file_layout_memory(layout) + sizeof *new;
    if (!new || !srv_budget_reserve(budget, bytes)) {
        free(new);
        return false;
    }
    *new = (struct hold){{.free = free_hold, .bytes = bytes}, srv_blob_ref(checkpoint), *layout, budget};
    *layout = (struct srv_file_layout){0};
    srv_blob_attach(file, &new->attachment);
    return true;
}

/* What like= draws for a row. */
static void identify_draw(const struct srv_drawn *drawn, const struct srv_file_row *row, struct srv_sha256 *sha)
{
    uint64_t numbers[SRV_DRAW_NUMBERS];
    if (!drawn->of_state || drawn->of_state[row->state] == SRV_NO_TENSOR)
        return;
    srv_draw_numbers(&drawn->draw[drawn->of_state[row->state]], numbers);
    srv_sha256_add(sha, numbers, sizeof numbers);
    srv_sha256_add(sha, drawn->torch->name, strlen(drawn->torch->name) + 1);
}

#define IDENTIFIED 256

/* The names and kinds of up to IDENTIFIED parts from the i-th on. */
static void identify_parts(const struct srv_model_file *file, uint64_t i, struct srv_sha256 *sha)
{
    const struct srv_checkpoint *c = file->checkpoint;
    struct {
        uint64_t stream, kind;
    } part[IDENTIFIED];
    const uint64_t left = file->layout.n_parts - i, n = left < IDENTIFIED ? left : IDENTIFIED;
    for (uint64_t j = 0; j < n; j++) {
        const uint32_t row = file->layout.rows[i + j];
        part[j].stream = wi_stream_id(c->table.names + c->table.file[row].name, c->table.file[row].name_len);
        part[j].kind = c->parts.of_row[row];
        identify_draw(&c->parts.drawn, &c->table.file[row], sha);
    }
    srv_sha256_add(sha, part, n * sizeof *part);
}

static void identify_text(const struct srv_file_layout *layout, struct srv_sha256 *sha)
{
    char text[8192];
    size_t n;
    for (uint64_t at = 0; (n = srv_file_layout_text(layout, at, text, sizeof text)) > 0; at += n)
        srv_sha256_add(sha, text, n);
}

/* Everything that the file's bytes follow from but the seed: its text, and of each part the name and the request. */
static void identify(struct srv_model_file *file)
{
    const struct srv_checkpoint *c = file->checkpoint;
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, file->format->name, strlen(file->format->name) + 1);
    if (!file->layout.follows)
        identify_text(&file->layout, &sha);
    srv_sha256_add(&sha, file->layout.how, file->layout.how_len);
    for (uint32_t k = 0; k < c->parts.n_kind && file->layout.n_parts; k++)
        srv_sha256_add(&sha, c->parts.kind[k].url, strlen(c->parts.kind[k].url) + 1);
    for (uint64_t i = 0; i < file->layout.n_parts; i += IDENTIFIED)
        identify_parts(file, i, &sha);
    srv_sha256_end(&sha, file->identity);
}

static uint64_t body_bytes(const struct srv_model_file *file)
{
    const struct srv_file_layout *layout = &file->layout;
    if (file->found && file->format->digest)
        return 2 * SRV_SHA256_BYTES + 1;
    return layout->text_len + (layout->n_parts ? layout->ends[layout->n_parts - 1] : 0);
}

/* The format and shard that a name stands for. */
static void find_file(struct srv_model_file *file, const char *name)
{
    file->shard = SRV_ALL_SHARDS;
    if (*name == '.')
        file->format = srv_file_format_find(name + 1, strlen(name + 1));
    else if (!srv_file_find(file->checkpoint, name, &file->format, &file->shard))
        file->format = NULL;
    file->found = file->format;
}

static bool lay(const struct arg *a, struct srv_model_file *file)
{
    char query[SRV_ASK_QUERY_MAX];
    srv_model_ask_query(&a->ask, true, query);
    const struct srv_file_source source = {file->checkpoint, file->shard,     a->ask.seed, a->ask.name, query,
                                           a->srv->catalog,  a->ask.quantized};
    if (file->found && a->ask.quantized && !file->format->blocks) {
        wi_fail(&file->err, WI_E_PARAM_CONFLICT, "dtype", "dtype=%s is a type of GGUF files: ask for /models/%s.gguf",
                srv_gguf_types[a->ask.quantized].name, a->ask.name);
        return false;
    }
    return file->found && file->format->lay(&source, &file->layout, &file->err);
}

static enum srv_code lay_file(const struct srv_making *making, const struct arg *a, struct srv_blob *made,
                              struct srv_blob **blob)
{
    const struct made *m = (const struct made *)made->bytes;
    struct srv_model_file file = {.err = m->err, .checkpoint = m->checkpoint};
    memcpy(file.label, a->label, sizeof file.label);
    if (m->checkpoint) {
        find_file(&file, a->name);
        if (lay(a, &file))
            identify(&file);
    }
    file.bytes = body_bytes(&file);
    *blob = srv_model_lacks_memory(&file.err) ? NULL : srv_blob_new(making->budget, sizeof file);
    if (*blob)
        memcpy((*blob)->bytes, &file, sizeof file);
    if (*blob && !hold(making->budget, *blob, &file.layout, made)) {
        srv_blob_unref(*blob);
        *blob = NULL;
    }
    srv_file_layout_free(&file.layout);
    return *blob ? SRV_OK : SRV_NO_MEMORY;
}

static enum srv_code make_file(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct arg *a = arg;
    char key[KEY_MAX];
    struct srv_job *job;
    srv_cache_get(making->cache, key, make_key("", &a->ask, false, key), &checkpoint_make, arg, &job);
    enum srv_code code = srv_job_wait(job);
    if (code == SRV_OK)
        code = lay_file(making, a, srv_job_blob(job), blob);
    srv_job_unref(job);
    return code;
}

static const struct srv_make file_make = {
    .make = make_file, .copy = copy_arg, .drop = drop_arg, .label = label_of, .memory_only = true};

enum srv_how srv_model_file_get(struct srv_server *srv, const struct srv_model_ask *ask, const char *name,
                                struct srv_job **job)
{
    char key[KEY_MAX];
    struct arg arg = {.srv = srv, .ask = *ask};
    snprintf(arg.label, sizeof arg.label, "%s%s", SRV_MODEL_LABEL, ask->name);
    snprintf(arg.name, sizeof arg.name, "%s", strlen(name) < sizeof arg.name ? name : "(longer than any file's name)");
    const struct srv_file_format *format = *name == '.' ? srv_file_format_find(name + 1, strlen(name + 1)) : NULL;
    return srv_cache_get(srv->cache, key, make_key(arg.name, ask, format && format->seeded, key), &file_make, &arg,
                         job);
}

const struct srv_model_file *srv_model_file_of(const struct srv_job *job)
{
    return (const struct srv_model_file *)srv_job_blob(job)->bytes;
}
