/* The files of a repository, as a value of the cache. See hub.h.
 *
 * The value is one block: the index, its files, then paths and texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/small.h"
#include "resource/hub.h"
#include "resource/model_body.h"
#include "server.h"

#define KEY_MAX (SRV_HUB_ID_MAX + 128)

struct arg {
    struct srv_server *srv;
    struct srv_hub_repo repo; /* a copy holds its folder; name is not valid in it */
    enum srv_dtype dtype;
};

static void *copy_arg(const void *arg)
{
    struct arg *copy = malloc(sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, arg, sizeof *copy);
    srv_hub_folder_ref(copy->repo.folder);
    return copy;
}

static void drop_arg(void *arg)
{
    srv_hub_repo_drop(&((struct arg *)arg)->repo);
    free(arg);
}

/* ---- gathering --------------------------------------------------------------------------------------------------- */

/* Files while they are gathered; paths, weights and texts are owned, but for texts of the operator's folder. */
struct gathered {
    struct srv_hub_index index;
    const struct srv_hub_own *own; /* NULL: the texts are made */
    struct srv_hub_file *file;
    unsigned room;
    uint8_t made[SRV_SHA256_BYTES]; /* a digest of the identities of GGUF files; zeros without any */
    bool failed;                    /* no memory */
};

/* Is the text one of the operator's folder? */
static bool is_own(const struct gathered *g, const struct srv_hub_file *file)
{
    const struct srv_hub_own_file *own = g->own && file->text ? srv_hub_own_find(g->own, file->path) : NULL;
    return own && own->bytes == file->text;
}

static void gathered_free(struct gathered *g)
{
    for (unsigned i = 0; i < g->index.n_files; i++) {
        if (!is_own(g, &g->file[i]))
            free((char *)(uintptr_t)g->file[i].text);
        free((char *)(uintptr_t)g->file[i].path);
        free((char *)(uintptr_t)g->file[i].weights);
    }
    free(g->file);
}

/* Room for one more, all zeros; NULL: no memory. */
static struct srv_hub_file *add(struct gathered *g, const char *path)
{
    if (g->index.n_files == g->room) {
        const unsigned room = g->room ? 2 * g->room : 16;
        struct srv_hub_file *file = realloc(g->file, room * sizeof *file);
        if (!file)
            return NULL;
        g->file = file;
        g->room = room;
    }
    struct srv_hub_file *new = &g->file[g->index.n_files];
    *new = (struct srv_hub_file){.path = strdup(path)};
    if (!new->path)
        return NULL;
    g->index.n_files++;
    return new;
}

/* A small file; the text is taken. */
static void add_text(struct gathered *g, const char *path, char *text)
{
    struct srv_hub_file *file = text ? add(g, path) : NULL;
    if (!file) {
        free(text);
        g->failed = true;
        return;
    }
    file->text = text;
    file->bytes = strlen(text);
    srv_git_blob(text, strlen(text), file->oid);
}

/* dtype: static, or NULL. */
static void add_weights(struct gathered *g, const char *path, const char *weights, const char *dtype, uint64_t bytes)
{
    struct srv_hub_file *file = add(g, path);
    if (file) {
        file->bytes = bytes;
        file->dtype = dtype;
        file->weights = strdup(weights);
    }
    g->failed |= !file || !file->weights;
    g->index.weight_bytes += bytes;
}

/* config.json of another dtype than the operator's: the same with that dtype. */
static char *config_with_dtype(const struct srv_hub_own_file *config, enum srv_dtype dtype)
{
    const char *name = srv_hub_dtype_name(dtype);
    json_t *doc = json_loadb(config->bytes, config->len, JSON_REJECT_DUPLICATES, NULL);
    json_object_set_new(doc, "dtype", json_string(name ? name : ""));
    json_object_set_new(doc, "torch_dtype", json_string(name ? name : ""));
    char *text = json_dumps(doc, JSON_INDENT(2));
    json_decref(doc);
    return text;
}

/* The operator's files, as they are. */
static void add_all_own(struct gathered *g, const struct arg *a)
{
    g->own = a->repo.own;
    for (size_t i = 0; i < g->own->n_files && !g->failed; i++) {
        const struct srv_hub_own_file *own = &g->own->file[i];
        if (a->dtype != g->own->dtype && !strcmp(own->path, "config.json")) {
            add_text(g, own->path, config_with_dtype(own, a->dtype));
            continue;
        }
        struct srv_hub_file *file = add(g, own->path);
        g->failed |= !file;
        if (!file)
            continue;
        file->text = own->bytes;
        file->bytes = own->len;
        srv_git_blob(own->bytes, own->len, file->oid);
    }
    g->failed |= srv_json_take_hole();
}

/* The index of the shards is the library's text. */
static void add_shard_index(struct gathered *g, const struct srv_checkpoint *c)
{
    struct srv_lines *lines = srv_lines_index(&c->table, c->n_shards);
    char *text = lines ? malloc(srv_lines_bytes(lines) + 1) : NULL;
    if (text)
        text[srv_lines_read(lines, 0, text, srv_lines_bytes(lines))] = '\0';
    srv_lines_free(lines);
    add_text(g, "model.safetensors.index.json", text);
}

static void add_all_weights(struct gathered *g, const struct srv_checkpoint *c)
{
    char path[SRV_SHARD_NAME_MAX];
    if (*c->weights) {
        snprintf(path, sizeof path, "%s.safetensors", c->weights);
        add_weights(g, path, ".safetensors", NULL,
                    srv_lines_header_bytes(&c->table, SRV_ALL_SHARDS) + c->table.data_bytes);
        return;
    }
    for (uint32_t i = 0; i < c->n_shards; i++) {
        const uint32_t shard = c->n_shards == 1 ? SRV_ALL_SHARDS : i;
        const uint64_t data = c->n_shards == 1 ? c->table.data_bytes : srv_shard_bytes(&c->table, i);
        srv_shard_name(i, c->n_shards, path);
        add_weights(g, path, path, NULL, srv_lines_header_bytes(&c->table, shard) + data);
    }
    if (c->n_shards > 1)
        add_shard_index(g, c);
}

/* The types of a repository of GGUF files. llama.cpp takes the first path that has the asked type's name in it, and
 * F16 is in BF16, so that BF16 is not among them. */
static const char *const gguf_types[][2] = {{"F16", "f16"}, {"F32", "f32"}, {"Q4_0", "q4_0"}, {"Q8_0", "q8_0"}};

static void add_gguf(struct gathered *g, const char *model, const char *const type[2],
                     const struct srv_model_file *file)
{
    char path[SRV_HUB_PATH_MAX];
    struct srv_sha256 sha;
    g->index.err = file->err;
    snprintf(path, sizeof path, "%s-%s.gguf", model, type[0]);
    add_weights(g, path, ".gguf", type[1], file->bytes);
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, g->made, sizeof g->made);
    srv_sha256_add(&sha, file->identity, sizeof file->identity);
    srv_sha256_end(&sha, g->made);
}

/* A file of each type. */
static enum srv_code add_all_gguf(struct gathered *g, const struct arg *a)
{
    enum srv_code code = SRV_OK;
    for (size_t i = 0; code == SRV_OK && !g->index.err.code && i < sizeof gguf_types / sizeof *gguf_types; i++) {
        struct srv_model_ask ask = a->repo.ask;
        struct srv_job *job;
        srv_model_ask_set(&ask, "dtype", gguf_types[i][1], strlen(gguf_types[i][1]), &g->index.err);
        srv_model_file_get(a->srv, &ask, ".gguf", &job);
        code = srv_job_wait(job);
        if (code == SRV_OK)
            add_gguf(g, ask.name, gguf_types[i], srv_model_file_of(job));
        srv_job_unref(job);
    }
    return code;
}

static void add_all_small(struct gathered *g, const struct arg *a, const struct srv_checkpoint *c)
{
    json_t *config = *c->config ? json_loads(c->config, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const struct srv_hub_source source = {.kind = a->repo.kind,
                                          .config = config,
                                          .dtype = a->dtype,
                                          .id = a->repo.id,
                                          .model = a->repo.ask.name,
                                          .base = *a->repo.base ? a->repo.base : NULL,
                                          .sentences = a->repo.sentences};
    const struct srv_hub_small *small;
    for (unsigned i = 0; (small = srv_hub_small_at(i)); i++)
        if (small->wanted(&source))
            add_text(g, small->path, srv_hub_small_text(small, &source));
    json_decref(config);
    g->failed |= srv_json_take_hole();
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct srv_hub_file *)a)->path, ((const struct srv_hub_file *)b)->path);
}

/* Everything that the files follow from but seed and dtype. own: the index is that of the repository's own dtype. */
static void identify(struct gathered *g, const struct srv_model_file *all)
{
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, all->identity, sizeof all->identity);
    srv_sha256_add(&sha, g->made, sizeof g->made);
    for (unsigned i = 0; i < g->index.n_files; i++) {
        const struct srv_hub_file *file = &g->file[i];
        srv_sha256_add(&sha, file->path, strlen(file->path) + 1);
        srv_sha256_add(&sha, &file->bytes, sizeof file->bytes);
        srv_sha256_add(&sha, file->oid, strlen(file->oid) + 1);
    }
    srv_sha256_end(&sha, g->index.identity);
}

/* ---- packing ----------------------------------------------------------------------------------------------------- */

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *put(char **room, const char *text)
{
    if (!text)
        return NULL;
    char *at = *room;
    const size_t n = strlen(text) + 1;
    memcpy(at, text, n);
    *room += n;
    return at;
}

static enum srv_code pack(struct srv_budget *budget, struct gathered *g, struct srv_blob **blob)
{
    const unsigned n = g->index.n_files;
    size_t bytes = sizeof g->index + n * sizeof *g->file;
    for (unsigned i = 0; i < n; i++)
        bytes += text_bytes(g->file[i].path) + (is_own(g, &g->file[i]) ? 0 : text_bytes(g->file[i].text)) +
                 text_bytes(g->file[i].weights);
    *blob = srv_blob_new(budget, bytes);
    if (!*blob)
        return SRV_NO_MEMORY;
    struct srv_hub_index *index = (struct srv_hub_index *)(void *)(*blob)->bytes;
    struct srv_hub_file *file = (struct srv_hub_file *)(index + 1);
    char *room = (char *)(file + n);
    *index = g->index;
    index->file = file;
    for (unsigned i = 0; i < n; i++) {
        file[i] = g->file[i];
        file[i].path = put(&room, g->file[i].path);
        file[i].text = is_own(g, &g->file[i]) ? g->file[i].text : put(&room, g->file[i].text);
        file[i].weights = put(&room, g->file[i].weights);
        index->bytes += file[i].bytes;
    }
    return SRV_OK;
}

/* The index of an operator's repository holds the folder that has its texts. */
struct hold {
    struct srv_attachment attachment;
    struct srv_hub_folder *folder;
};

static void free_hold(struct srv_attachment *attachment)
{
    srv_hub_folder_unref(((struct hold *)attachment)->folder);
    free(attachment);
}

static bool hold(struct srv_blob *index, struct srv_hub_folder *folder)
{
    struct hold *new = folder ? malloc(sizeof *new) : NULL;
    if (!new)
        return !folder;
    *new = (struct hold){{free_hold}, srv_hub_folder_ref(folder)};
    srv_blob_attach(index, &new->attachment);
    return true;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* The identity of another dtype's index is that of the repository's own. */
static enum srv_code take_identity(const struct arg *a, struct gathered *g)
{
    struct srv_job *own;
    srv_hub_index_get(a->srv, &a->repo, a->repo.ask.dtype, &own);
    const enum srv_code code = srv_job_wait(own);
    if (code == SRV_OK)
        memcpy(g->index.identity, srv_hub_index_of(own)->identity, sizeof g->index.identity);
    srv_job_unref(own);
    return code;
}

static enum srv_code gather(const struct arg *a, const struct srv_model_file *all, struct gathered *g)
{
    if (a->repo.own)
        add_all_own(g, a);
    else
        add_all_small(g, a, all->checkpoint);
    enum srv_code code = SRV_OK;
    if (a->repo.gguf)
        code = add_all_gguf(g, a);
    else
        add_all_weights(g, all->checkpoint);
    if (g->failed || code != SRV_OK)
        return g->failed ? SRV_NO_MEMORY : code;
    g->index.n_parameters = all->checkpoint->table.n_parameters;
    qsort(g->file, g->index.n_files, sizeof *g->file, by_path);
    if (a->dtype != a->repo.ask.dtype)
        return take_identity(a, g);
    identify(g, all);
    return SRV_OK;
}

static enum srv_code make_index(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct arg *a = arg;
    struct srv_model_ask ask = a->repo.ask;
    struct gathered g = {0};
    struct srv_job *job;
    ask.dtype = a->dtype;
    srv_model_file_get(a->srv, &ask, ".safetensors", &job);
    enum srv_code code = srv_job_wait(job);
    if (code == SRV_OK) {
        const struct srv_model_file *all = srv_model_file_of(job);
        g.index.err = all->err;
        if (!all->err.code)
            code = gather(a, all, &g);
        if (code == SRV_OK)
            code = pack(making->budget, &g, blob);
        if (code == SRV_OK && !hold(*blob, a->repo.folder)) {
            srv_blob_unref(*blob);
            code = SRV_NO_MEMORY;
        }
    }
    srv_job_unref(job);
    gathered_free(&g);
    return code;
}

void srv_hub_index_get(struct srv_server *srv, const struct srv_hub_repo *repo, enum srv_dtype dtype,
                       struct srv_job **job)
{
    static const struct srv_make index_make = {
        .make = make_index, .copy = copy_arg, .drop = drop_arg, .memory_only = true};
    struct arg arg = {srv, *repo, dtype};
    char key[KEY_MAX], digest[SRV_SHA256_HEX] = "";
    if (repo->own)
        srv_hex(repo->own->digest, sizeof repo->own->digest, digest);
    const int n = snprintf(key, sizeof key, "hub index %s %u %s", repo->id, (unsigned)dtype, digest);
    srv_cache_get(srv->cache, key, (size_t)n, &index_make, &arg, job);
}

const struct srv_hub_index *srv_hub_index_of(const struct srv_job *job)
{
    return (const struct srv_hub_index *)(const void *)srv_job_blob(job)->bytes;
}

const struct srv_hub_file *srv_hub_index_find(const struct srv_hub_index *index, const char *path)
{
    const struct srv_hub_file key = {.path = path};
    return bsearch(&key, index->file, index->n_files, sizeof key, by_path);
}
