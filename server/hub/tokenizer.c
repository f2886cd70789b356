/* see tokenizer.h */
#include "hub/tokenizer.h"

#include <string.h>

/* Two blanks, as GPT-2 writes a blank: U+0120. */
#define BLANK "\xc4\xa0"

static const struct special {
    const char *text;
    const char *role; /* its name in the configuration; NULL: it has none */
} specials[] = {
    {"<|bos|>", "bos_token"},   {"<|endoftext|>", "eos_token"}, {"<|pad|>", "pad_token"}, {"<|unk|>", "unk_token"},
    {"<|mask|>", "mask_token"}, {"<|im_start|>", NULL},         {"<|im_end|>", NULL},
};
#define N_SPECIALS (sizeof specials / sizeof *specials)
_Static_assert(257 + N_SPECIALS == SRV_HUB_TOKENS, "bytes, a merge and the special tokens");

static const char chat_template[] =
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/* Does GPT-2 write the byte as the character of that number? */
static bool is_itself(unsigned byte)
{
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

/* The character of a byte, in UTF-8. n: how many bytes before it are not themselves; counts on. */
static void byte_text(unsigned byte, unsigned *n, char out[3])
{
    const unsigned c = is_itself(byte) ? byte : 256 + (*n)++;
    if (c < 128) {
        out[0] = (char)c;
        out[1] = '\0';
        return;
    }
    out[0] = (char)(0xc0 | c >> 6);
    out[1] = (char)(0x80 | (c & 63));
    out[2] = '\0';
}

static json_t *vocabulary(void)
{
    json_t *all = json_object();
    unsigned n = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[3];
        byte_text(byte, &n, text);
        json_object_set_new(all, text, json_integer(byte));
    }
    json_object_set_new(all, BLANK BLANK, json_integer(256));
    for (size_t i = 0; i < N_SPECIALS; i++)
        json_object_set_new(all, specials[i].text, json_integer((json_int_t)(257 + i)));
    return all;
}

static json_t *added_tokens(void)
{
    json_t *all = json_array();
    for (size_t i = 0; i < N_SPECIALS; i++)
        json_array_append_new(all, json_pack("{s:I, s:s, s:b, s:b, s:b, s:b, s:b}", "id", (json_int_t)(257 + i),
                                             "content", specials[i].text, "single_word", 0, "lstrip", 0, "rstrip", 0,
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
                              "byte_fallback", 0, "ignore_merges", 0, "vocab", vocabulary(), "merges", BLANK " " BLANK);
    return json_pack("{s:s, s:n, s:n, s:o, s:n, s:o, s:n, s:o, s:o}", "version", "1.0", "truncation", "padding",
                     "added_tokens", added_tokens(), "normalizer", "pre_tokenizer", byte_level(true), "post_processor",
                     "decoder", byte_level(false), "model", model);
}

static void set_roles(json_t *object)
{
    for (size_t i = 0; i < N_SPECIALS; i++)
        if (specials[i].role)
            json_object_set_new(object, specials[i].role, json_string(specials[i].text));
}

json_t *srv_hub_tokenizer_config(json_int_t model_max_length)
{
    json_t *config = json_pack("{s:s, s:[s, s]}", "tokenizer_class", "PreTrainedTokenizerFast", "model_input_names",
                               "input_ids", "attention_mask");
    set_roles(config);
    json_object_set_new(config, "model_max_length", json_integer(model_max_length));
    json_object_set_new(config, "clean_up_tokenization_spaces", json_false());
    json_object_set_new(config, "chat_template", json_string(chat_template));
    return config;
}

json_t *srv_hub_special_tokens(void)
{
    json_t *map = json_object();
    set_roles(map);
    return map;
}
