/* see model.h */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "model/dump.h"

#define CONFIG_VALUES 1000000

bool srv_model_lacks_memory(const struct wi_error *err)
{
    return err->code == WI_E_TOO_LARGE && strstr(err->text, "no memory");
}

void srv_model_free(struct srv_model *m)
{
    if (!m)
        return;
    srv_table_free(&m->table);
    srv_arena_free(&m->arena);
    srv_arch_free(m->own_arch);
    free(m->calls.call);
    json_decref(m->config);
    free(m);
}

size_t srv_model_memory(const struct srv_model *m)
{
    return sizeof *m + srv_table_memory(&m->table) + m->arena.bytes + (m->own_arch ? m->own_arch->arena.bytes : 0);
}

/* ---- config.json ------------------------------------------------------------------------------------------------- */

static json_t *value_as_json(struct srv_value value)
{
    switch (value.type) {
    case SRV_VALUE_INT:
        return json_integer(value.i);
    case SRV_VALUE_REAL:
        return json_real(value.real);
    case SRV_VALUE_TEXT:
        return json_string(value.text);
    case SRV_VALUE_LIST: {
        json_t *list = json_array();
        for (uint32_t i = 0; i < value.n; i++)
            json_array_append_new(list, value_as_json(value.list[i]));
        return list;
    }
    default:
        return json_null();
    }
}

/* Set a.b.c, making the objects on the way. */
static void set_path(json_t *object, const char *path, json_t *value)
{
    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        char name[64] = "";
        memcpy(name, path, (size_t)(dot - path) < sizeof name ? (size_t)(dot - path) : sizeof name - 1);
        json_t *next = json_object_get(object, name);
        if (!json_is_object(next))
            json_object_set_new(object, name, next = json_object());
        object = next;
    }
    json_object_set_new(object, path, value);
}

/* The values of the fields that settings name, as the architecture read them. */
static void set_changed(json_t *config, const struct srv_filled *filled, const struct srv_setting *settings, unsigned n)
{
    for (unsigned s = 0; s < n; s++)
        for (unsigned i = 0; i < filled->arch->n_fields; i++)
            if (strcmp(settings[s].name, filled->arch->fields[i].name) == 0) {
                bool truth = filled->arch->fields[i].type == SRV_FIELD_BOOL;
                set_path(config, settings[s].name,
                         truth ? json_boolean(filled->globals[i].i) : value_as_json(filled->globals[i]));
            }
}

/* config.json of the model; common: what a preset's architecture adds. */
static json_t *merge_config(const json_t *common, const json_t *config, const struct srv_filled *filled,
                            const struct srv_setting *settings, unsigned n_settings)
{
    json_t *merged = common ? json_deep_copy(common) : json_object();
    json_t *own = json_deep_copy(config);
    json_object_update(merged, own);
    json_decref(own);
    set_changed(merged, filled, settings, n_settings);
    return merged;
}

/* torch's names of dtypes, as configs have them. */
static const struct {
    enum srv_dtype dtype;
    const char *name;
} dtypes[] = {{SRV_DTYPE_F32, "float32"}, {SRV_DTYPE_BF16, "bfloat16"},         {SRV_DTYPE_F16, "float16"},
              {SRV_DTYPE_F64, "float64"}, {SRV_DTYPE_F8_E4M3, "float8_e4m3fn"}, {SRV_DTYPE_F8_E5M2, "float8_e5m2"}};

char *srv_model_config_text(const struct srv_model *m)
{
    json_t *config = m->config ? json_deep_copy(m->config) : NULL;
    for (size_t i = 0; config && i < sizeof dtypes / sizeof *dtypes; i++)
        if (dtypes[i].dtype == m->dtype && !m->adapter.arch && !json_object_get(config, "_class_name"))
            json_object_set_new(config, "dtype", json_string(dtypes[i].name));
    char *text = config ? srv_model_dump(config) : NULL;
    json_decref(config);
    return text;
}

/* ---- from presets and configs ------------------------------------------------------------------------------------ */

static struct srv_model *new_model(const struct srv_arch *arch, enum srv_dtype dtype, struct wi_error *err)
{
    struct srv_model *m = calloc(1, sizeof *m);
    if (!m)
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    else {
        m->arch = arch;
        m->dtype = dtype;
    }
    return m;
}

/* Free the model and return NULL, unless it is good; a failure that recorded nothing was one of memory. */
static struct srv_model *finish(struct srv_model *m, bool good, struct wi_error *err)
{
    if (good)
        return m;
    wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    srv_model_free(m);
    return NULL;
}

/* Settings for the adapter go to the front of `out`, those of its base behind them. */
static unsigned split_settings(const struct srv_arch *adapter, const struct srv_setting *settings, unsigned n,
                               struct srv_setting *out)
{
    unsigned front = 0, back = n;
    for (unsigned s = 0; s < n; s++) {
        unsigned i = 0;
        while (i < adapter->n_fields && strcmp(adapter->fields[i].name, settings[s].name) != 0)
            i++;
        out[i < adapter->n_fields ? front++ : --back] = settings[s];
    }
    return front;
}

static struct srv_model *build_adapter(const struct srv_preset *adapter, const struct srv_preset *on,
                                       const struct srv_setting *settings, unsigned n, enum srv_dtype dtype,
                                       struct wi_error *err)
{
    struct srv_model *m = new_model(adapter->arch, dtype, err);
    struct srv_setting *sorted = calloc(n + 1, sizeof *sorted);
    unsigned front = sorted ? split_settings(adapter->arch, settings, n, sorted) : 0;
    bool good = m && sorted &&
                srv_build_fill(&m->arena, on->arch, on->config, sorted + front, n - front, &m->filled, err) &&
                srv_build_fill(&m->arena, adapter->arch, adapter->config, sorted, front, &m->adapter, err) &&
                srv_build(&m->table, &m->filled, &m->adapter, dtype, NULL, err);
    if (good)
        m->config = merge_config(adapter->common, adapter->config, &m->adapter, sorted, front);
    free(sorted);
    return finish(m, good, err);
}

static struct srv_model *build(const struct srv_arch *arch, const json_t *common, const json_t *config,
                               const struct srv_setting *settings, unsigned n, enum srv_dtype dtype,
                               struct wi_error *err)
{
    struct srv_model *m = new_model(arch, dtype, err);
    bool good = m && srv_build_fill(&m->arena, arch, config, settings, n, &m->filled, err) &&
                srv_build(&m->table, &m->filled, NULL, dtype, NULL, err);
    if (good)
        m->config = merge_config(common, config, &m->filled, settings, n);
    return finish(m, good, err);
}

struct srv_model *srv_model_preset(const struct srv_catalog *catalog, const char *name,
                                   const struct srv_setting *settings, unsigned n, enum srv_dtype dtype,
                                   struct wi_error *err)
{
    const struct srv_preset *preset = srv_catalog_preset(catalog, name, err);
    if (!preset)
        return NULL;
    return preset->base ? build_adapter(preset, preset->base, settings, n, dtype, err)
                        : build(preset->arch, preset->common, preset->config, settings, n, dtype, err);
}

/* What a config says it is of: transformers' word, or diffusers'. NULL: it does not. */
static const char *type_of(const json_t *config)
{
    const char *type = json_string_value(json_object_get(config, "model_type"));
    return type ? type : json_string_value(json_object_get(config, "_class_name"));
}

static struct srv_model *from_config(const struct srv_catalog *catalog, const json_t *config,
                                     const struct srv_setting *settings, unsigned n, enum srv_dtype dtype,
                                     struct wi_error *err)
{
    const char *type = type_of(config);
    if (!type) {
        wi_fail(err, WI_E_PARAM_MISSING, "model_type", "a config needs \"model_type\", a text");
        return NULL;
    }
    const struct srv_arch *arch = srv_catalog_arch(catalog, type, err);
    if (arch && arch->adapter) {
        wi_fail(err, WI_E_UNSUPPORTED, "model_type", "an adapter needs the model it belongs to: take a preset");
        return NULL;
    }
    return arch ? build(arch, NULL, config, settings, n, dtype, err) : NULL;
}

struct srv_model *srv_model_adapter(const struct srv_catalog *catalog, const char *text, size_t len, const char *base,
                                    size_t base_len, enum srv_dtype dtype, struct wi_error *err)
{
    json_t *config = srv_model_json(text, len, "adapter_config.json", SRV_MODEL_BYTES, CONFIG_VALUES, err);
    json_t *below = config ? srv_model_json(base, base_len, "config.json", SRV_MODEL_BYTES, CONFIG_VALUES, err) : NULL;
    const char *type = json_string_value(json_object_get(below, "model_type"));
    struct srv_preset adapter = {.config = config}, on = {.config = below};
    struct srv_model *m = NULL;
    if (below && !type)
        wi_fail(err, WI_E_PARAM_MISSING, "model_type", "a config needs \"model_type\", a text");
    else if (below && (adapter.arch = srv_catalog_arch(catalog, "lora", err)) &&
             (on.arch = srv_catalog_arch(catalog, type, err))) {
        if (on.arch->adapter)
            wi_fail(err, WI_E_UNSUPPORTED, "model_type", "an adapter cannot be put on an adapter");
        else
            m = build_adapter(&adapter, &on, NULL, 0, dtype, err);
    }
    json_decref(config);
    json_decref(below);
    return m;
}

struct srv_model *srv_model_config(const struct srv_catalog *catalog, const char *text, size_t len,
                                   const struct srv_setting *settings, unsigned n, enum srv_dtype dtype,
                                   struct wi_error *err)
{
    json_t *config = srv_model_json(text, len, "config.json", SRV_MODEL_BYTES, CONFIG_VALUES, err);
    struct srv_model *m = NULL;
    if (json_is_object(config))
        m = from_config(catalog, config, settings, n, dtype, err);
    else if (config)
        wi_fail(err, WI_E_PARAM_VALUE, "", "a config is an object");
    json_decref(config);
    return m;
}

/* The dtype that a config names; f32 if it names none. */
static enum srv_dtype own_dtype(const json_t *config)
{
    const char *name = json_string_value(json_object_get(config, "dtype"));
    if (!name)
        name = json_string_value(json_object_get(config, "torch_dtype"));
    for (size_t i = 0; name && i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return dtypes[i].dtype;
    return SRV_DTYPE_F32;
}

struct srv_model *srv_model_any(const struct srv_catalog *catalog, const char *text, size_t len,
                                const struct srv_setting *settings, unsigned n, enum srv_dtype dtype,
                                struct wi_error *err)
{
    size_t at = 0;
    struct srv_model *m = NULL;
    while (at < len && at < 4096 && strchr(" \t\r\n", text[at]))
        at++;
    json_t *config = at < len && text[at] == '{'
                         ? srv_model_json(text, len, "the body", SRV_MODEL_BYTES, 2 * CONFIG_VALUES, NULL)
                         : NULL;
    if (type_of(config))
        m = from_config(catalog, config, settings, n, dtype == SRV_DTYPE_FLOAT ? own_dtype(config) : dtype, err);
    else if (n == 0 && json_is_array(json_object_get(config, "layers")))
        m = srv_model_sent_stack(config, dtype == SRV_DTYPE_FLOAT ? SRV_DTYPE_F32 : dtype, err);
    else if (json_object_get(config, "peft_type"))
        wi_fail(err, WI_E_UNSUPPORTED, "peft_type", "an adapter needs the model it belongs to: take a preset");
    else if (n)
        wi_fail(err, WI_E_PARAM_UNKNOWN, settings[0].name, "a %s has no field %q",
                json_object_get(config, "layers") ? "stack" : "manifest", settings[0].name);
    else
        m = srv_model_manifest(text, len, NULL, dtype, err);
    json_decref(config);
    if (!m || m->table.n_file || m->own_arch) /* a stack of modules without tensors is an empty file */
        return m;
    wi_fail(err, WI_E_PARAM_MISSING, "", "there is no tensor in it, and no \"model_type\"");
    srv_model_free(m);
    return NULL;
}

bool srv_model_cast(struct srv_model *m, enum srv_dtype dtype, struct wi_error *err)
{
    m->dtype = dtype;
    return srv_table_cast(&m->table, dtype, err);
}

/* ---- the order of draws ------------------------------------------------------------------------------------------ */

bool srv_model_plan(const struct srv_model *m, struct srv_plan *plan, struct wi_error *err)
{
    struct srv_table table = {0};
    struct srv_log log = {0};
    *plan = (struct srv_plan){0};
    if (!m->arch) {
        wi_fail(err, WI_E_UNSUPPORTED, "", "a manifest does not say in which order its tensors are drawn");
        return false;
    }
    bool good = srv_build(&table, &m->filled, m->adapter.arch ? &m->adapter : NULL, m->dtype, &log, err) &&
                srv_plan_make(plan, &table, &log, err);
    for (uint32_t i = 0; good && i < m->calls.n; i++)
        if (!srv_plan_again(plan, &table, m->calls.call[i].state, &m->calls.call[i].rule)) {
            wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
            good = false;
        }
    free(log.event);
    srv_table_free(&table);
    srv_plan_settle(plan);
    if (!good)
        srv_plan_free(plan);
    return good;
}
