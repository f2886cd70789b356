/* see catalog.h */
#include "model/catalog.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/builtin.h"
#include "model/near.h"

#define ARCHS_MAX 512
#define PRESETS_MAX 4096
#define FILE_MAX (4u << 20)
#define FILE_VALUES 200000
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

struct srv_catalog {
    struct srv_arch *arch[ARCHS_MAX];
    struct srv_preset preset[PRESETS_MAX];
    json_t *documents[ARCHS_MAX]; /* that hold the presets' configs */
    json_t *torch;                /* arch/torch.json */
    unsigned n_arch, n_preset, n_documents;
    struct srv_arena arena;
};

static bool fail(struct wi_error *err, const char *file, const char *name, const char *what)
{
    wi_fail(err, WI_E_PARAM_VALUE, name, "%q, %q: %s", file, name, what);
    return false;
}

static const struct srv_arch *find_arch(const struct srv_catalog *c, const char *name)
{
    for (unsigned i = 0; i < c->n_arch; i++) {
        if (strcmp(c->arch[i]->name, name) == 0)
            return c->arch[i];
        for (unsigned k = 0; c->arch[i]->model_types[k]; k++)
            if (strcmp(c->arch[i]->model_types[k], name) == 0)
                return c->arch[i];
    }
    return NULL;
}

static struct srv_preset *find_preset(struct srv_catalog *c, const char *name)
{
    for (unsigned i = 0; i < c->n_preset; i++)
        if (strcmp(c->preset[i].name, name) == 0)
            return &c->preset[i];
    return NULL;
}

/* ---- adding ------------------------------------------------------------------------------------------------------ */

static bool add_arch(struct srv_catalog *c, const char *file, const char *text, size_t len, struct wi_error *err)
{
    struct srv_arch *arch = srv_arch_load(file, text, len, c->torch, err);
    if (!arch)
        return false;
    for (unsigned i = 0; i < c->n_arch; i++)
        if (strcmp(c->arch[i]->name, arch->name) == 0) {
            for (unsigned k = 0; k < c->n_preset; k++)
                if (c->preset[k].arch == c->arch[i])
                    c->preset[k].arch = arch;
            srv_arch_free(c->arch[i]);
            c->arch[i] = arch;
            return true;
        }
    if (c->n_arch == ARCHS_MAX) {
        srv_arch_free(arch);
        return fail(err, file, "", "too many architectures");
    }
    c->arch[c->n_arch++] = arch;
    return true;
}

static bool add_preset(struct srv_catalog *c, const char *file, const char *name, const json_t *object,
                       const json_t *common, struct wi_error *err)
{
    const char *arch = json_string_value(json_object_get(object, "arch"));
    const char *base = json_string_value(json_object_get(object, "base"));
    struct srv_preset *old = find_preset(c, name);
    struct srv_preset preset = {.arch = arch ? find_arch(c, arch) : NULL,
                                .config = json_object_get(object, "config"),
                                .common = json_object_get(common, arch ? arch : "")};
    if (!*name || strspn(name, NAME_CHARS) != strlen(name) || strlen(name) > 63)
        return fail(err, file, name, "a preset's name is up to 63 letters, digits, '.', '_' and '-'");
    if (!preset.arch)
        return fail(err, file, name, "needs \"arch\", the name of an architecture that there is");
    if (!json_is_object(preset.config))
        return fail(err, file, name, "needs \"config\", an object");
    if (preset.arch->adapter != (base != NULL))
        return fail(err, file, name, "needs \"base\", the name of a preset, if and only if it is an adapter");
    if (base && (!(preset.base = find_preset(c, base)) || preset.base->arch->adapter))
        return fail(err, file, name, "the preset \"base\" is not above it, or is an adapter itself");
    if (!old && c->n_preset == PRESETS_MAX)
        return fail(err, file, name, "too many presets");
    preset.name = old ? old->name : srv_arena_text(&c->arena, name, strlen(name));
    if (!preset.name)
        return fail(err, file, name, "no memory");
    *(old ? old : &c->preset[c->n_preset++]) = preset;
    return true;
}

static bool add_presets(struct srv_catalog *c, const char *file, json_t *document, struct wi_error *err)
{
    const char *name;
    json_t *object;
    if (c->n_documents == ARCHS_MAX) {
        json_decref(document);
        return fail(err, file, "", "too many files");
    }
    c->documents[c->n_documents++] = document;
    json_object_foreach(json_object_get(document, "presets"), name, object)
    {
        if (!add_preset(c, file, name, object, json_object_get(document, "common"), err))
            return false;
    }
    return true;
}

static bool add_file(struct srv_catalog *c, const char *file, const char *text, size_t len, struct wi_error *err)
{
    json_t *document = srv_model_json(text, len, file, FILE_MAX, FILE_VALUES, err);
    if (!document)
        return false;
    if (json_object_get(document, "presets"))
        return add_presets(c, file, document, err);
    json_decref(document);
    return add_arch(c, file, text, len, err);
}

/* ---- an operator's folder ---------------------------------------------------------------------------------------- */

static bool add_path(struct srv_catalog *c, const char *folder, const char *name, struct wi_error *err)
{
    char path[4096];
    char *text = malloc(FILE_MAX + 1);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = text ? fopen(path, "rb") : NULL;
    size_t len = file ? fread(text, 1, FILE_MAX + 1, file) : 0;
    bool good = file && !ferror(file) ? add_file(c, name, text, len, err) : fail(err, name, "", "cannot be read");
    if (file)
        fclose(file);
    free(text);
    return good;
}

static int is_json(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

/* Architectures first: presets name them. */
static bool add_folder(struct srv_catalog *c, const char *folder, struct wi_error *err)
{
    struct dirent **list = NULL;
    int n = scandir(folder, &list, is_json, alphasort);
    bool good = n >= 0 || fail(err, folder, "", "cannot be read");
    for (int i = 0; i < n; i++) {
        good = good && add_path(c, folder, list[i]->d_name, err);
        free(list[i]);
    }
    free(list);
    return good;
}

/* ---- the catalog ------------------------------------------------------------------------------------------------- */

static bool add_builtin(struct srv_catalog *c, struct wi_error *err)
{
    for (unsigned i = 0; srv_builtin_at(i); i++) {
        const struct srv_builtin *file = srv_builtin_at(i);
        bool later = strcmp(file->name, "presets") == 0 || strcmp(file->name, "torch") == 0;
        if (!later && !add_arch(c, file->name, file->text, (size_t)(file->end - file->text), err))
            return false;
    }
    json_t *presets = srv_builtin_json("presets", err);
    return presets && add_presets(c, "presets", presets, err);
}

struct srv_catalog *srv_catalog_open(const char *folder, struct wi_error *err)
{
    struct srv_catalog *c = calloc(1, sizeof *c);
    if (c)
        c->torch = srv_builtin_json("torch", err);
    if (c && c->torch && add_builtin(c, err) && (!folder || add_folder(c, folder, err)))
        return c;
    wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    srv_catalog_free(c);
    return NULL;
}

void srv_catalog_free(struct srv_catalog *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < c->n_arch; i++)
        srv_arch_free(c->arch[i]);
    for (unsigned i = 0; i < c->n_documents; i++)
        json_decref(c->documents[i]);
    json_decref(c->torch);
    srv_arena_free(&c->arena);
    free(c);
}

const struct srv_arch *srv_catalog_arch_at(const struct srv_catalog *c, unsigned i)
{
    return i < c->n_arch ? c->arch[i] : NULL;
}

const struct srv_preset *srv_catalog_preset_at(const struct srv_catalog *c, unsigned i)
{
    return i < c->n_preset ? &c->preset[i] : NULL;
}

size_t srv_catalog_place(const struct srv_catalog *c, const char *name)
{
    for (unsigned i = 0; i < c->n_preset; i++)
        if (strcmp(c->preset[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

const struct srv_arch *srv_catalog_arch(const struct srv_catalog *c, const char *name, struct wi_error *err)
{
    const struct srv_arch *found = find_arch(c, name);
    const char *names[ARCHS_MAX];
    if (found)
        return found;
    for (unsigned i = 0; i < c->n_arch; i++)
        names[i] = c->arch[i]->name;
    wi_fail(err, WI_E_PARAM_UNKNOWN, "model_type",
            "no architecture %q is known; any model can be had from a manifest: the header of a safetensors file, or a "
            "list of {name, shape, dtype}",
            name);
    srv_near(err, name, names, c->n_arch);
    return NULL;
}

const struct srv_preset *srv_catalog_preset(const struct srv_catalog *c, const char *name, struct wi_error *err)
{
    const struct srv_preset *found = find_preset((struct srv_catalog *)c, name);
    const char *names[PRESETS_MAX];
    if (found)
        return found;
    for (unsigned i = 0; i < c->n_preset; i++)
        names[i] = c->preset[i].name;
    wi_fail(err, WI_E_PARAM_UNKNOWN, "name", "there is no preset %q", name);
    srv_near(err, name, names, c->n_preset);
    return NULL;
}
