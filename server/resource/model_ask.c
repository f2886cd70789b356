/* see model_ask.h */
#include "resource/model_ask.h"

#include <stdio.h>
#include <string.h>

bool srv_model_ask_init(struct srv_model_ask *ask, const char *name, size_t len, struct wi_error *err)
{
    *ask = (struct srv_model_ask){.dtype = SRV_DTYPE_F32, .drawn = SRV_DTYPE_FLOAT, .shard_bytes = SRV_SHARD_BYTES};
    if (len >= sizeof ask->name) {
        wi_fail(err, WI_E_PARAM_UNKNOWN, "name", "there is no preset of such a long name");
        return false;
    }
    memcpy(ask->name, name, len);
    return true;
}

void srv_model_ask_sent(struct srv_model_ask *ask, const uint8_t *content, size_t len)
{
    *ask = (struct srv_model_ask){.dtype = content ? SRV_DTYPE_FLOAT : SRV_DTYPE_F32,
                                  .drawn = SRV_DTYPE_FLOAT,
                                  .shard_bytes = SRV_SHARD_BYTES,
                                  .is_stack = !content,
                                  .content = content,
                                  .content_len = len};
    if (content)
        srv_sha256(content, len, ask->content_sha256);
}

/* ---- the parameters of every model ------------------------------------------------------------------------------- */

static bool read_number(const struct srv_param *param, uint64_t least, uint64_t *out, struct wi_error *err)
{
    if (wi_decimal_parse_u64(param->value, param->value_len, out) && *out >= least)
        return true;
    wi_fail(err, WI_E_PARAM_VALUE, param->key, "%s=%q: not a whole number of at least %u", param->key, param->value,
            least);
    return false;
}

/* Negative seeds are for torch, which takes their two's complement. */
static bool read_seed(void *into, const struct srv_param *param, struct wi_error *err)
{
    struct srv_model_ask *ask = into;
    uint64_t size;
    if (param->value_len > 1 && *param->value == '-' &&
        wi_decimal_parse_u64(param->value + 1, param->value_len - 1, &size) && size <= UINT64_C(1) << 63) {
        ask->negative = size > 0;
        ask->seed = 0 - size;
        return true;
    }
    return read_number(param, 0, &ask->seed, err);
}

static bool read_shard(void *into, const struct srv_param *param, struct wi_error *err)
{
    struct srv_model_ask *ask = into;
    return read_number(param, 1, &ask->shard_bytes, err);
}

static bool read_alg(void *into, const struct srv_param *param, struct wi_error *err)
{
    uint64_t alg = 0;
    (void)into;
    if (wi_decimal_parse_u64(param->value, param->value_len, &alg) && alg == WI_ALG)
        return true;
    wi_fail(err, WI_E_PARAM_VALUE, "alg", "alg=%q: this server makes the numbers of alg=%u", param->value,
            (uint64_t)WI_ALG);
    return false;
}

static const char *dtype_name(unsigned i)
{
    const struct wi_dtype *dtype = wi_dtype_at(i);
    return dtype ? dtype->name : NULL;
}

/* Types of blocks: the numbers are drawn as float32. */
static bool read_blocks(struct srv_model_ask *ask, const char *name)
{
    for (unsigned i = 0; i < SRV_GGUF_TYPES; i++)
        if (srv_gguf_types[i].block > 1 && strcmp(srv_gguf_types[i].name, name) == 0) {
            ask->dtype = SRV_DTYPE_F32;
            ask->quantized = (enum srv_gguf_type)i;
            return true;
        }
    return false;
}

static bool read_float(const struct srv_param *param, enum srv_dtype *out, struct wi_error *err)
{
    const struct wi_dtype *dtype;
    char names[128] = "";
    for (unsigned i = 0; (dtype = wi_dtype_at(i)); i++) {
        if (strcmp(dtype->name, param->value) == 0 || strcmp(dtype->numpy_name, param->value) == 0)
            return srv_dtype_find(dtype->safetensors, strlen(dtype->safetensors), out);
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", dtype->name);
    }
    wi_fail(err, WI_E_PARAM_VALUE, param->key, "%s=%q: no such choice", param->key, param->value);
    wi_error_allow(err, names);
    wi_error_near(err, wi_nearest(param->value, param->value_len, dtype_name));
    return false;
}

static bool read_dtype(void *into, const struct srv_param *param, struct wi_error *err)
{
    struct wi_error part = {0};
    char names[sizeof part.allowed + 16];
    struct srv_model_ask *ask = into;
    if (read_blocks(ask, param->value))
        return true;
    if (read_float(param, &ask->dtype, &part))
        return true;
    wi_fail(err, part.code, part.param, "%s", part.text);
    snprintf(names, sizeof names, "%s, q8_0, q4_0", part.allowed);
    wi_error_allow(err, names);
    wi_error_near(err, part.nearest);
    return false;
}

static bool read_drawn(void *into, const struct srv_param *param, struct wi_error *err)
{
    struct srv_model_ask *ask = into;
    return read_float(param, &ask->drawn, err);
}

/* The order of draws was compared with what the newest releases do, so only their numbers are given. */
static bool read_like(void *into, const struct srv_param *param, struct wi_error *err)
{
    struct srv_model_ask *ask = into;
    const struct wi_like_info *like;
    for (unsigned i = 0; (like = wi_like_at(i)); i++)
        if (strcmp(like->name, param->value) == 0 && (i == 0 || strcmp(like->name, "torch") == 0)) {
            ask->like = i ? like : NULL;
            return true;
        }
    wi_fail(err, WI_E_PARAM_VALUE, "like", "like=%q: whole models are drawn as torch draws them, or natively",
            param->value);
    wi_error_allow(err, "torch, native");
    return false;
}

static const char *scheme_name(unsigned i)
{
    const struct wi_scheme_info *scheme = wi_scheme_at(i);
    return scheme ? scheme->name : NULL;
}

static bool add_setting(struct srv_model_ask *ask, const char *key, const char *value, size_t value_len,
                        struct wi_error *err);

/* A scheme; of a stack also a list of calls, which has colons. */
static bool read_init(void *into, const struct srv_param *param, struct wi_error *err)
{
    struct srv_model_ask *ask = into;
    if (ask->is_stack && strchr(param->value, ':'))
        return add_setting(ask, "init", param->value, param->value_len, err);
    const struct wi_scheme_info *scheme = wi_scheme_find(param->value, param->value_len);
    if (scheme && strlen(scheme->name) < sizeof ask->init) {
        strcpy(ask->init, scheme->name);
        return true;
    }
    wi_fail(err, WI_E_PARAM_VALUE, "init",
            "init=%q: there is no such scheme; without init= tensors are drawn as the model's library does",
            param->value);
    wi_error_near(err, wi_nearest(param->value, param->value_len, scheme_name));
    return false;
}

static const struct srv_query_row common[] = {
    {"seed", read_seed}, {"dtype", read_dtype}, {"shard", read_shard}, {"init", read_init},
    {"like", read_like}, {"drawn", read_drawn}, {"alg", read_alg},
};
#define N_COMMON (sizeof common / sizeof *common)

static const char *common_name(unsigned i)
{
    return i < N_COMMON ? common[i].name : NULL;
}

/* Of /model, whose handler reads these two itself; layers is a setting. */
static bool read_nothing(void *into, const struct srv_param *param, struct wi_error *err)
{
    (void)into;
    (void)param;
    (void)err;
    return true;
}

static const struct srv_query_row sent[] = {
    {"layers", read_nothing}, {"format", read_nothing}, {"file", read_nothing}, {"seed", read_seed},
    {"dtype", read_dtype},    {"shard", read_shard},    {"init", read_init},    {"like", read_like},
    {"drawn", read_drawn},    {"alg", read_alg},
};

static const char *sent_name(unsigned i)
{
    return i < sizeof sent / sizeof *sent ? sent[i].name : NULL;
}

const struct srv_query srv_sent_query = {sent, sizeof sent / sizeof *sent, sent_name};

const struct srv_query srv_model_query = {common, N_COMMON, common_name};

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static uint16_t keep(struct srv_model_ask *ask, const char *text, size_t len)
{
    uint16_t at = ask->text_len;
    memcpy(ask->text + at, text, len);
    ask->text[at + len] = 0;
    ask->text_len = (uint16_t)(at + len + 1);
    return at;
}

/* In the order of their fields, so that one model has one text. */
static bool add_setting(struct srv_model_ask *ask, const char *key, const char *value, size_t value_len,
                        struct wi_error *err)
{
    size_t key_len = strlen(key);
    unsigned at = ask->n_settings;
    if (ask->n_settings == SRV_PARAMS_MAX || ask->text_len + key_len + value_len + 2 > sizeof ask->text) {
        wi_fail(err, WI_E_TOO_LARGE, key, "the changed fields are longer than %u bytes", (uint64_t)sizeof ask->text);
        return false;
    }
    for (unsigned i = 0; i < ask->n_settings; i++)
        if (strcmp(ask->text + ask->field[i], key) == 0) {
            wi_fail(err, WI_E_PARAM_REPEATED, key, "%q is given more than once", key);
            return false;
        }
    for (; at > 0 && strcmp(ask->text + ask->field[at - 1], key) > 0; at--) {
        ask->field[at] = ask->field[at - 1];
        ask->value[at] = ask->value[at - 1];
    }
    ask->field[at] = keep(ask, key, key_len);
    ask->value[at] = keep(ask, value, value_len);
    ask->n_settings++;
    return true;
}

bool srv_model_ask_set(struct srv_model_ask *ask, const char *key, const char *value, size_t value_len,
                       struct wi_error *err)
{
    const struct srv_param param = {
        .key = key, .value = value, .key_len = strlen(key), .value_len = value_len, .has_value = true};
    for (size_t i = 0; i < N_COMMON; i++)
        if (strcmp(common[i].name, key) == 0)
            return common[i].read(ask, &param, err);
    return add_setting(ask, key, value, value_len, err);
}

/* Is the key one of the blank-separated names? */
static bool is_one_of(const char *key, const char *names)
{
    const size_t len = strlen(key);
    for (const char *at = names; at && *at; at += strspn(at, " ")) {
        const size_t n = strcspn(at, " ");
        if (n == len && memcmp(at, key, n) == 0)
            return true;
        at += n;
    }
    return false;
}

bool srv_model_ask_read(struct srv_model_ask *ask, const struct srv_request *req, const char *skip,
                        struct wi_error *err)
{
    for (size_t i = 0; i < req->n_params; i++) {
        const struct srv_param *p = &req->params[i];
        for (size_t k = 0; k < i; k++)
            if (strcmp(p->key, req->params[k].key) == 0) {
                wi_fail(err, WI_E_PARAM_REPEATED, p->key, "%q is given more than once", p->key);
                return false;
            }
        if (!is_one_of(p->key, skip) &&
            !srv_model_ask_set(ask, p->key, p->has_value ? p->value : "", p->has_value ? p->value_len : 0, err))
            return false;
    }
    return srv_model_ask_check(ask, err);
}

bool srv_model_ask_check(const struct srv_model_ask *ask, struct wi_error *err)
{
    if (ask->negative && !ask->like)
        wi_fail(err, WI_E_PARAM_VALUE, "seed", "seed=-%u: negative seeds are for like=torch", 0 - ask->seed);
    else if (ask->drawn != SRV_DTYPE_FLOAT && !ask->like)
        wi_fail(err, WI_E_PARAM_UNUSED, "drawn", "drawn= is the type in which like=torch makes the model");
    else if (ask->like && *ask->init)
        wi_fail(err, WI_E_PARAM_CONFLICT, "init", "like=torch draws the model as its library does, without init=");
    else
        return true;
    return false;
}

void srv_model_ask_settings(const struct srv_model_ask *ask, struct srv_setting out[SRV_PARAMS_MAX])
{
    for (unsigned i = 0; i < ask->n_settings; i++)
        out[i] = (struct srv_setting){ask->text + ask->field[i], ask->text + ask->value[i]};
}

/* ---- the canonical query ----------------------------------------------------------------------------------------- */

static size_t put_escaped(const char *text, char *out)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~,:", c);
        if (!plain) {
            out[n++] = '%';
            out[n++] = hex[c >> 4];
        }
        out[n++] = plain ? *text : hex[c & 15];
    }
    return n;
}

static const char *short_name(enum srv_dtype dtype)
{
    const struct wi_dtype *row;
    for (unsigned i = 0; (row = wi_dtype_at(i)); i++)
        if (strcmp(row->safetensors, srv_dtype_name(dtype)) == 0)
            return row->name;
    return "f32";
}

size_t srv_model_ask_query(const struct srv_model_ask *ask, bool seeded, char out[SRV_ASK_QUERY_MAX])
{
    size_t len = (size_t)sprintf(out, "alg=%d", WI_ALG);
    if (seeded)
        len += (size_t)sprintf(out + len, "&seed=%llu", (unsigned long long)ask->seed);
    if (ask->quantized || ask->dtype != SRV_DTYPE_FLOAT)
        len += (size_t)sprintf(out + len, "&dtype=%s",
                               ask->quantized ? srv_gguf_types[ask->quantized].name : short_name(ask->dtype));
    if (ask->shard_bytes != SRV_SHARD_BYTES)
        len += (size_t)sprintf(out + len, "&shard=%llu", (unsigned long long)ask->shard_bytes);
    if (*ask->init)
        len += (size_t)sprintf(out + len, "&init=%s", ask->init);
    if (ask->like)
        len += (size_t)sprintf(out + len, "&like=%s", ask->like->name);
    if (ask->drawn != SRV_DTYPE_FLOAT && ask->drawn != ask->dtype)
        len += (size_t)sprintf(out + len, "&drawn=%s", short_name(ask->drawn));
    for (unsigned i = 0; i < ask->n_settings; i++) {
        out[len++] = '&';
        len += put_escaped(ask->text + ask->field[i], out + len);
        out[len++] = '=';
        len += put_escaped(ask->text + ask->value[i], out + len);
    }
    out[len] = 0;
    return len;
}
