/* see tokenizer.h */
#include "hub/tokenizer.h"

/* Names of special tokens in the configuration. */
static const struct {
    const char *name;
    uint32_t token;
} roles[] = {{"bos_token", SRV_VOCAB_BOS},
             {"eos_token", SRV_VOCAB_EOS},
             {"pad_token", SRV_VOCAB_PAD},
             {"unk_token", SRV_VOCAB_UNK},
             {"mask_token", SRV_VOCAB_MASK}};

static json_t *token_text(uint32_t token)
{
    char text[SRV_VOCAB_TEXT_MAX];
    srv_vocab_text(token, text);
    return json_string(text);
}

static json_t *vocabulary(void)
{
    json_t *all = json_object();
    for (uint32_t token = 0; token < SRV_VOCAB_TOKENS; token++) {
        char text[SRV_VOCAB_TEXT_MAX];
        srv_vocab_text(token, text);
        json_object_set_new(all, text, json_integer(token));
    }
    return all;
}

static json_t *added_tokens(void)
{
    json_t *all = json_array();
    for (uint32_t token = SRV_VOCAB_BOS; token < SRV_VOCAB_TOKENS; token++)
        json_array_append_new(all, json_pack("{s:I, s:o, s:b, s:b, s:b, s:b, s:b}", "id", (json_int_t)token, "content",
                                             token_text(token), "single_word", 0, "lstrip", 0, "rstrip", 0,
                                             "normalized", 0, "special", 1));
    return all;
}

static json_t *byte_level(bool use_regex)
{
    return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", 0, "trim_offsets", 1, "use_regex",
                     use_regex);
}

json_t *srv_hub_tokenizer(void)
{
    json_t *model = json_pack("{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:b, s:o, s:[s]}", "type", "BPE", "dropout",
                              "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", 0,
                              "byte_fallback", 0, "ignore_merges", 0, "vocab", vocabulary(), "merges", srv_vocab_merge);
    return json_pack("{s:s, s:n, s:n, s:o, s:n, s:o, s:n, s:o, s:o}", "version", "1.0", "truncation", "padding",
                     "added_tokens", added_tokens(), "normalizer", "pre_tokenizer", byte_level(true), "post_processor",
                     "decoder", byte_level(false), "model", model);
}

static void set_roles(json_t *object)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        json_object_set_new(object, roles[i].name, token_text(roles[i].token));
}

json_t *srv_hub_tokenizer_config(json_int_t model_max_length)
{
    json_t *config = json_pack("{s:s, s:[s, s]}", "tokenizer_class", "PreTrainedTokenizerFast", "model_input_names",
                               "input_ids", "attention_mask");
    set_roles(config);
    json_object_set_new(config, "model_max_length", json_integer(model_max_length));
    json_object_set_new(config, "clean_up_tokenization_spaces", json_false());
    json_object_set_new(config, "chat_template", json_string(srv_vocab_chat_template));
    return config;
}

json_t *srv_hub_special_tokens(void)
{
    json_t *map = json_object();
    set_roles(map);
    return map;
}
