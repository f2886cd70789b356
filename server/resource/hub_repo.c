/* Which repositories there are. See hub.h. */
#include <stdio.h>
#include <string.h>

#include "resource/hub.h"
#include "server.h"

#define ORG "weightd"
#define SETTINGS_MAX 6

/* Repositories that are more than a preset under its own name. */
static const struct row {
    const char *org; /* NULL: none */
    const char *name, *preset;
    const char *settings[SETTINGS_MAX][2]; /* parameters of the model, as of /models */
    bool sentences, gguf;
} rows[] = {
    {ORG, "tiny-llama-gguf", "tiny-llama", .gguf = true},
    {ORG, "tiny-llama-bf16-sharded", "tiny-llama", {{"dtype", "bf16"}, {"shard", "70000"}}},
    {ORG,
     "tiny-sentence-bert",
     "bert-base-uncased",
     {{"hidden_size", "64"},
      {"intermediate_size", "128"},
      {"num_attention_heads", "2"},
      {"num_hidden_layers", "2"},
      {"vocab_size", "320"}},
     true},
    {NULL, "tinygpt2", "tiny-gpt2"},
};
#define N_ROWS (sizeof rows / sizeof *rows)

static void set_id(char id[SRV_HUB_ID_MAX], const char *org, const char *name)
{
    snprintf(id, SRV_HUB_ID_MAX, "%s%s%s", org ? org : "", org ? "/" : "", name);
}

/* Fill the repository of a preset. False: there is no such preset. */
static bool fill(struct srv_server *srv, const char *org, const char *name, const char *preset_name,
                 struct srv_hub_repo *repo)
{
    struct wi_error err = {0};
    const struct srv_preset *preset = srv_catalog_preset(srv->catalog, preset_name, &err);
    if (!preset || !srv_model_ask_init(&repo->ask, preset_name, strlen(preset_name), &err))
        return false;
    set_id(repo->id, org, name);
    repo->name = repo->id + (org ? strlen(org) + 1 : 0);
    repo->kind = srv_hub_kind_of(preset->arch->name);
    repo->base[0] = '\0';
    repo->sentences = repo->gguf = false;
    repo->folder = NULL;
    repo->own = NULL;
    if (preset->base)
        set_id(repo->base, ORG, preset->base->name);
    return true;
}

static bool fill_row(struct srv_server *srv, const struct row *row, struct srv_hub_repo *repo)
{
    struct wi_error err = {0};
    if (!fill(srv, row->org, row->name, row->preset, repo))
        return false;
    repo->sentences = row->sentences;
    repo->gguf = row->gguf;
    if (row->gguf)
        repo->kind = srv_hub_kind_of("gguf");
    for (size_t i = 0; i < SETTINGS_MAX && row->settings[i][0]; i++)
        if (!srv_model_ask_set(&repo->ask, row->settings[i][0], row->settings[i][1], strlen(row->settings[i][1]), &err))
            return false;
    return true;
}

static bool is_org(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : !a && !b;
}

/* The id nearest to one that there is not. */
static void set_near(struct srv_server *srv, const char *org, const char *name, char near[SRV_HUB_ID_MAX])
{
    struct wi_error err = {0};
    near[0] = '\0';
    if (org && strcmp(org, ORG)) /* the public hub's organizations are not here, but perhaps the model is */
        org = ORG;
    srv_catalog_preset(srv->catalog, name, &err);
    if (err.nearest[0])
        set_id(near, ORG, err.nearest);
    else if (!err.code)
        set_id(near, ORG, name);
}

/* ---- an operator's ----------------------------------------------------------------------------------------------- */

/* The reference to the folder is taken. */
static void fill_own(struct srv_server *srv, struct srv_hub_folder *folder, const struct srv_hub_own *own,
                     struct srv_hub_repo *repo)
{
    struct wi_error err = {0};
    const struct srv_hub_own_file *model = srv_hub_own_model(own);
    const struct srv_arch *arch = *own->model_type ? srv_catalog_arch(srv->catalog, own->model_type, &err) : NULL;
    const char *slash = strchr(own->id, '/');
    snprintf(repo->id, sizeof repo->id, "%s", own->id);
    repo->name = repo->id + (slash ? slash + 1 - own->id : 0);
    repo->base[0] = '\0';
    repo->sentences = repo->gguf = false;
    repo->kind = srv_hub_kind_of(arch ? arch->name : "");
    repo->ask = (struct srv_model_ask){.dtype = own->dtype,
                                       .drawn = SRV_DTYPE_FLOAT,
                                       .shard_bytes = SRV_SHARD_BYTES,
                                       .content = (const uint8_t *)model->bytes,
                                       .content_len = model->len};
    memcpy(repo->ask.content_sha256, own->model_sha256, sizeof own->model_sha256);
    repo->folder = folder;
    repo->own = own;
}

static bool find_own(struct srv_server *srv, const char *org, const char *name, struct srv_hub_repo *repo)
{
    char id[SRV_HUB_ID_MAX];
    struct srv_hub_folder *folder = srv_hub_shelf_get(&srv->shelf);
    set_id(id, org, name);
    const struct srv_hub_own *own = srv_hub_folder_find(folder, id);
    if (own)
        fill_own(srv, folder, own, repo);
    else
        srv_hub_folder_unref(folder);
    return own;
}

void srv_hub_repo_drop(struct srv_hub_repo *repo)
{
    srv_hub_folder_unref(repo->folder);
    repo->folder = NULL;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

bool srv_hub_repo_find(struct srv_server *srv, const char *org, const char *name, struct srv_hub_repo *repo,
                       char near[SRV_HUB_ID_MAX])
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (is_org(org, rows[i].org) && !strcmp(name, rows[i].name))
            return fill_row(srv, &rows[i], repo);
    if ((is_org(org, ORG) && fill(srv, ORG, name, name, repo)) || find_own(srv, org, name, repo))
        return true;
    set_near(srv, org, name, near);
    return false;
}

bool srv_hub_repo_at(struct srv_server *srv, unsigned i, struct srv_hub_repo *repo)
{
    if (i < N_ROWS)
        return fill_row(srv, &rows[i], repo);
    const struct srv_preset *preset;
    unsigned n = (unsigned)N_ROWS;
    for (; (preset = srv_catalog_preset_at(srv->catalog, n - (unsigned)N_ROWS)); n++)
        if (n == i)
            return fill(srv, ORG, preset->name, preset->name, repo);
    struct srv_hub_folder *folder = srv_hub_shelf_get(&srv->shelf);
    const struct srv_hub_own *own = srv_hub_folder_at(folder, i - n);
    if (own)
        fill_own(srv, folder, own, repo);
    else
        srv_hub_folder_unref(folder);
    return own;
}
