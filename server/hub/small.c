/* see small.h */
#include "hub/small.h"

#include <stdlib.h>
#include <string.h>

#include "hub/tokenizer.h"

json_int_t srv_hub_number(const json_t *config, const char *in, const char *name, json_int_t otherwise)
{
    const json_t *object = in ? json_object_get(config, in) : config;
    const json_t *number = json_object_get(object, name);
    return json_is_integer(number) ? json_integer_value(number) : otherwise;
}

/* ---- configuration ----------------------------------------------------------------------------------------------- */

/* The object of the config that holds the fields of the text model. */
static const char *text_object(const struct srv_hub_source *s)
{
    return json_is_object(json_object_get(s->config, "text_config")) ? "text_config" : NULL;
}

/* The vocabulary has a row for every token. */
static bool has_tokenizer(const struct srv_hub_source *s)
{
    return s->kind->text && srv_hub_number(s->config, text_object(s), "vocab_size", 0) >= SRV_VOCAB_TOKENS;
}

static void set_number(json_t *object, const char *name, json_int_t value)
{
    json_object_set_new(object, name, json_integer(value));
}

/* Have the config name the tokenizer's ids. The padding id stays: its row of the embedding is zero, and the tensors
 * of a repository are those of /models. */
static void set_tokens(const struct srv_hub_source *s, json_t *config)
{
    const char *in = text_object(s);
    json_t *object = in ? json_object_get(config, in) : config;
    if (s->kind->generates || json_is_integer(json_object_get(object, "bos_token_id")))
        set_number(object, "bos_token_id", SRV_VOCAB_BOS);
    if (s->kind->generates || json_is_integer(json_object_get(object, "eos_token_id")))
        set_number(object, "eos_token_id", SRV_VOCAB_EOS);
    if (srv_hub_number(object, NULL, "decoder_start_token_id", 0) > 0)
        set_number(object, "decoder_start_token_id", SRV_VOCAB_BOS);
    if (json_is_array(json_object_get(object, "begin_suppress_tokens")))
        json_object_set_new(object, "begin_suppress_tokens", json_null());
}

const char *srv_hub_dtype_name(enum srv_dtype dtype)
{
    static const char *const names[SRV_DTYPE_COUNT] = {[SRV_DTYPE_F32] = "float32",
                                                       [SRV_DTYPE_F16] = "float16",
                                                       [SRV_DTYPE_BF16] = "bfloat16",
                                                       [SRV_DTYPE_F64] = "float64"};
    return dtype < SRV_DTYPE_COUNT ? names[dtype] : NULL;
}

/* transformers 5 reads dtype, 4 reads torch_dtype. */
static void set_dtype(const struct srv_hub_source *s, json_t *config)
{
    const char *name = srv_hub_dtype_name(s->dtype);
    json_object_del(config, "dtype");
    if (!name || json_object_get(config, "_class_name")) /* diffusers takes the files' dtype */
        return;
    json_object_set_new(config, "dtype", json_string(name));
    json_object_set_new(config, "torch_dtype", json_string(name));
}

static bool is_adapter(const struct srv_hub_source *s)
{
    return s->base != NULL;
}

static bool has_config(const struct srv_hub_source *s)
{
    return json_object_size(s->config) > 0 && !is_adapter(s) && strcmp(s->kind->arch, "gguf");
}

/* Fields that releases of transformers before 5 read under another name. */
static void set_old_names(json_t *config)
{
    static const char *const names[][3] = {{"qwen3_moe", "num_local_experts", "num_experts"}};
    const char *type = json_string_value(json_object_get(config, "model_type"));
    for (size_t i = 0; type && i < sizeof names / sizeof *names; i++)
        if (!strcmp(type, names[i][0]) && json_object_get(config, names[i][1]))
            json_object_set(config, names[i][2], json_object_get(config, names[i][1]));
}

static json_t *config(const struct srv_hub_source *s)
{
    json_t *own = json_deep_copy(s->config);
    set_old_names(own);
    if (has_tokenizer(s))
        set_tokens(s, own);
    set_dtype(s, own);
    return own;
}

static json_t *adapter_config(const struct srv_hub_source *s)
{
    json_t *own = json_deep_copy(s->config);
    json_object_set_new(own, "base_model_name_or_path", json_string(s->base));
    return own;
}

/* timm's config.json: the architectures whose tensors have torchvision's names. */
static bool is_timm(const struct srv_hub_source *s)
{
    return !strcmp(s->kind->library, "timm");
}

static json_t *timm_config(const struct srv_hub_source *s)
{
    const json_int_t features = !strcmp(s->model, "resnet18") || !strcmp(s->model, "resnet34") ? 512 : 2048;
    json_t *cfg = json_pack("{s:[i, i, i], s:s, s:f, s:s, s:[f, f, f], s:[f, f, f], s:i, s:[i, i], s:s, s:s}",
                            "input_size", 3, 224, 224, "interpolation", "bicubic", "crop_pct", 0.95, "crop_mode",
                            "center", "mean", 0.485, 0.456, 0.406, "std", 0.229, 0.224, 0.225, "num_classes", 1000,
                            "pool_size", 7, 7, "first_conv", "conv1", "classifier", "fc");
    return json_pack("{s:s, s:i, s:I, s:o}", "architecture", s->model, "num_classes", 1000, "num_features", features,
                     "pretrained_cfg", cfg);
}

static bool has_some_config(const struct srv_hub_source *s)
{
    return has_config(s) || is_timm(s);
}

static json_t *some_config(const struct srv_hub_source *s)
{
    return is_timm(s) ? timm_config(s) : config(s);
}

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

static bool generates(const struct srv_hub_source *s)
{
    return s->kind->generates && has_tokenizer(s);
}

static json_t *generation_config(const struct srv_hub_source *s)
{
    json_t *own = json_object();
    set_number(own, "bos_token_id", SRV_VOCAB_BOS);
    if (json_object_get(s->config, "decoder_start_token_id"))
        set_number(own, "decoder_start_token_id",
                   srv_hub_number(s->config, NULL, "decoder_start_token_id", 0) > 0 ? SRV_VOCAB_BOS : 0);
    set_number(own, "eos_token_id", SRV_VOCAB_EOS);
    set_number(own, "pad_token_id", SRV_VOCAB_PAD);
    return own;
}

static json_t *tokenizer(const struct srv_hub_source *s)
{
    (void)s;
    return srv_hub_tokenizer();
}

/* As many tokens as the model has positions; RoBERTa's begin behind the padding id. */
static json_t *tokenizer_config(const struct srv_hub_source *s)
{
    static const char *const fields[] = {"max_position_embeddings", "n_positions", "max_target_positions"};
    json_int_t most = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields && !most; i++)
        most = srv_hub_number(s->config, text_object(s), fields[i], 0);
    if (!strcmp(s->kind->arch, "roberta"))
        most -= srv_hub_number(s->config, NULL, "pad_token_id", 1) + 1;
    return srv_hub_tokenizer_config(most > 0 ? most : 512);
}

static json_t *special_tokens(const struct srv_hub_source *s)
{
    (void)s;
    return srv_hub_special_tokens();
}

static bool has_processor(const struct srv_hub_source *s)
{
    return s->kind->processor != SRV_HUB_NO_PROCESSOR;
}

/* ---- sentence-transformers --------------------------------------------------------------------------------------- */

static bool is_sentences(const struct srv_hub_source *s)
{
    return s->sentences;
}

static json_t *modules(const struct srv_hub_source *s)
{
    (void)s;
    return json_pack("[{s:i, s:s, s:s, s:s}, {s:i, s:s, s:s, s:s}]", "idx", 0, "name", "0", "path", "", "type",
                     "sentence_transformers.models.Transformer", "idx", 1, "name", "1", "path", "1_Pooling", "type",
                     "sentence_transformers.models.Pooling");
}

static json_t *pooling(const struct srv_hub_source *s)
{
    return json_pack("{s:I, s:b, s:b, s:b, s:b}", "word_embedding_dimension",
                     srv_hub_number(s->config, NULL, "hidden_size", 0), "pooling_mode_cls_token", 0,
                     "pooling_mode_mean_tokens", 1, "pooling_mode_max_tokens", 0, "pooling_mode_mean_sqrt_len_tokens",
                     0);
}

static json_t *sentence_bert(const struct srv_hub_source *s)
{
    (void)s;
    return json_pack("{s:i, s:b}", "max_seq_length", 128, "do_lower_case", 0);
}

static json_t *sentence_config(const struct srv_hub_source *s)
{
    (void)s;
    return json_pack("{s:{}, s:n, s:s}", "prompts", "default_prompt_name", "similarity_fn_name", "cosine");
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static bool always(const struct srv_hub_source *s)
{
    (void)s;
    return true;
}

static const struct srv_hub_small files[] = {
    {"1_Pooling/config.json", is_sentences, pooling},
    {"README.md", always, .text = srv_hub_card},
    {"adapter_config.json", is_adapter, adapter_config},
    {"config.json", has_some_config, some_config},
    {"config_sentence_transformers.json", is_sentences, sentence_config},
    {"generation_config.json", generates, generation_config},
    {"modules.json", is_sentences, modules},
    {"preprocessor_config.json", has_processor, srv_hub_processor},
    {"sentence_bert_config.json", is_sentences, sentence_bert},
    {"special_tokens_map.json", has_tokenizer, special_tokens},
    {"tokenizer.json", has_tokenizer, tokenizer},
    {"tokenizer_config.json", has_tokenizer, tokenizer_config},
};

const struct srv_hub_small *srv_hub_small_at(unsigned i)
{
    return i < sizeof files / sizeof *files ? &files[i] : NULL;
}

char *srv_hub_small_text(const struct srv_hub_small *small, const struct srv_hub_source *source)
{
    if (small->text)
        return small->text(source);
    json_t *doc = small->json(source);
    const bool sorted = small->json == some_config || small->json == adapter_config;
    char *text = doc ? json_dumps(doc, JSON_INDENT(2) | (sorted ? JSON_SORT_KEYS : 0)) : NULL;
    json_decref(doc);
    return text;
}
