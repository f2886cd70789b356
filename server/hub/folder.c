/* see folder.h: what was read. folder_read.c reads it. */
#include "hub/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/folder_private.h"
#include "model/json.h"

#define CONFIG_VALUES 1000000

struct srv_hub_folder *srv_hub_folder_ref(struct srv_hub_folder *folder)
{
    if (folder)
        atomic_fetch_add(&folder->refs, 1);
    return folder;
}

static void free_file(struct srv_hub_own_file *file)
{
    free(file->path);
    free(file->bytes);
}

void hub_own_free(struct srv_hub_own *own)
{
    for (size_t i = 0; i < own->n_files; i++)
        free_file(&own->file[i]);
    free_file(&own->manifest);
    free(own->file);
    free(own->id);
    *own = (struct srv_hub_own){.id = NULL};
}

void srv_hub_folder_unref(struct srv_hub_folder *folder)
{
    if (!folder || atomic_fetch_sub(&folder->refs, 1) != 1)
        return;
    for (size_t i = 0; i < folder->n; i++)
        hub_own_free(&folder->own[i]);
    free(folder->own);
    free(folder);
}

const struct srv_hub_own *srv_hub_folder_at(const struct srv_hub_folder *folder, size_t i)
{
    return folder && i < folder->n ? &folder->own[i] : NULL;
}

const struct srv_hub_own *srv_hub_folder_find(const struct srv_hub_folder *folder, const char *id)
{
    const struct srv_hub_own *own;
    for (size_t i = 0; (own = srv_hub_folder_at(folder, i)); i++)
        if (!strcmp(own->id, id))
            return own;
    return NULL;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct srv_hub_own_file *)a)->path, ((const struct srv_hub_own_file *)b)->path);
}

const struct srv_hub_own_file *srv_hub_own_find(const struct srv_hub_own *own, const char *path)
{
    const struct srv_hub_own_file key = {.path = (char *)(uintptr_t)path};
    return own->n_files ? bsearch(&key, own->file, own->n_files, sizeof key, by_path) : NULL;
}

const struct srv_hub_own_file *srv_hub_own_model(const struct srv_hub_own *own)
{
    return own->manifest.bytes ? &own->manifest : srv_hub_own_find(own, "config.json");
}

static void digest(struct srv_hub_own *own)
{
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, own->id, strlen(own->id) + 1);
    for (size_t i = 0; i < own->n_files; i++) {
        srv_sha256_add(&sha, own->file[i].path, strlen(own->file[i].path) + 1);
        srv_sha256_add(&sha, &own->file[i].len, sizeof own->file[i].len);
        srv_sha256_add(&sha, own->file[i].bytes, own->file[i].len);
    }
    if (own->manifest.bytes)
        srv_sha256_add(&sha, own->manifest.bytes, own->manifest.len);
    srv_sha256_end(&sha, own->digest);
    const struct srv_hub_own_file *model = srv_hub_own_model(own);
    srv_sha256(model->bytes, model->len, own->model_sha256);
}

static enum srv_dtype dtype_of(const json_t *config, enum srv_dtype otherwise)
{
    static const struct {
        const char *name;
        enum srv_dtype dtype;
    } names[] = {{"float32", SRV_DTYPE_F32},
                 {"float16", SRV_DTYPE_F16},
                 {"bfloat16", SRV_DTYPE_BF16},
                 {"float64", SRV_DTYPE_F64}};
    const json_t *dtype = json_object_get(config, "dtype");
    const char *text = json_string_value(dtype ? dtype : json_object_get(config, "torch_dtype"));
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++)
        if (!strcmp(text, names[i].name))
            return names[i].dtype;
    return otherwise;
}

/* What config.json says. False: it cannot be read. */
static bool read_config(struct srv_hub_own *own, const struct srv_hub_own_file *file, char *why, size_t cap)
{
    struct wi_error err = {0};
    json_t *config = srv_model_json(file->bytes, file->len, "config.json", SRV_HUB_FILE_BYTES, CONFIG_VALUES, &err);
    const char *type = json_string_value(json_object_get(config, "model_type"));
    if (!json_is_object(config))
        snprintf(why, cap, "%s", config ? "config.json is no object" : err.text);
    snprintf(own->model_type, sizeof own->model_type, "%s", type ? type : "");
    if (!own->manifest.bytes)
        own->dtype = dtype_of(config, SRV_DTYPE_F32);
    const bool good = json_is_object(config);
    json_decref(config);
    return good;
}

bool hub_own_finish(struct srv_hub_own *own, char *why, size_t cap)
{
    if (own->n_files)
        qsort(own->file, own->n_files, sizeof *own->file, by_path);
    const struct srv_hub_own_file *config = srv_hub_own_find(own, "config.json");
    own->dtype = SRV_DTYPE_FLOAT;
    if (!srv_hub_own_model(own)) {
        snprintf(why, cap, "it has neither a config.json nor a manifest.json that could be read");
        return false;
    }
    if (config && !read_config(own, config, why, cap))
        return false;
    digest(own);
    return true;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Segments of the api's paths: a repository of such a name could not be told from them. */
static const char *const reserved[] = {"resolve",    "raw", "tree",     "refs",   "revision", "commits",
                                       "paths-info", "api", "datasets", "spaces", NULL};

const char *srv_hub_name_fault(const char *name, bool is_repo)
{
    const size_t len = strlen(name);
    if (!len || len > SRV_HUB_NAME_MAX)
        return "a name has 1 to 96 bytes";
    if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != len)
        return "a name has letters, digits, and - _ . only";
    if (strchr("-.", name[0]) || strchr("-.", name[len - 1]) || strstr(name, "--") || strstr(name, ".."))
        return "a name neither begins nor ends with - or ., and has neither twice in a row";
    for (const char *const *word = reserved; *word; word++)
        if (!strcmp(name, *word))
            return "this name is a part of the hub's own paths";
    return !is_repo && !strcmp(name, "weightd") ? "the organization weightd is the program's own" : NULL;
}

/* ---- shelf ------------------------------------------------------------------------------------------------------- */

void srv_hub_shelf_init(struct srv_hub_shelf *shelf)
{
    pthread_mutex_init(&shelf->lock, NULL);
    shelf->folder = NULL;
}

void srv_hub_shelf_deinit(struct srv_hub_shelf *shelf)
{
    srv_hub_folder_unref(shelf->folder);
    pthread_mutex_destroy(&shelf->lock);
}

void srv_hub_shelf_put(struct srv_hub_shelf *shelf, struct srv_hub_folder *folder)
{
    shelf_lock_take(&shelf->lock);
    struct srv_hub_folder *before = shelf->folder;
    shelf->folder = folder;
    shelf_lock_give(&shelf->lock);
    srv_hub_folder_unref(before);
}

struct srv_hub_folder *srv_hub_shelf_get(struct srv_hub_shelf *shelf)
{
    shelf_lock_take(&shelf->lock);
    struct srv_hub_folder *folder = srv_hub_folder_ref(shelf->folder);
    shelf_lock_give(&shelf->lock);
    return folder;
}
