/* see vocab.h */
#include "model/vocab.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char srv_vocab_merge[] = "\u0120 \u0120";

const char srv_vocab_chat_template[] =
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

static bool stands_for_itself(uint32_t byte)
{
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

/* The character that a byte is written as. */
static uint32_t character(uint32_t byte)
{
    if (stands_for_itself(byte))
        return byte;
    uint32_t n = 0;
    for (uint32_t b = 0; b < byte; b++)
        n += !stands_for_itself(b);
    return 256 + n;
}

/* Below U+0800. */
static size_t utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        out[1] = 0;
        return 1;
    }
    out[0] = (char)(0xc0 | c >> 6);
    out[1] = (char)(0x80 | (c & 63));
    out[2] = 0;
    return 2;
}

size_t srv_vocab_text(uint32_t token, char out[SRV_VOCAB_TEXT_MAX])
{
    static const char *const special[] = {
        [SRV_VOCAB_MERGED - 256] = "\u0120\u0120",   [SRV_VOCAB_BOS - 256] = "<|bos|>",
        [SRV_VOCAB_EOS - 256] = "<|endoftext|>",     [SRV_VOCAB_PAD - 256] = "<|pad|>",
        [SRV_VOCAB_UNK - 256] = "<|unk|>",           [SRV_VOCAB_MASK - 256] = "<|mask|>",
        [SRV_VOCAB_IM_START - 256] = "<|im_start|>", [SRV_VOCAB_IM_END - 256] = "<|im_end|>",
    };
    if (token < 256)
        return utf8(character(token), out);
    if (token < SRV_VOCAB_TOKENS)
        return (size_t)snprintf(out, SRV_VOCAB_TEXT_MAX, "%s", special[token - 256]);
    return (size_t)snprintf(out, SRV_VOCAB_TEXT_MAX, "<|unused_%u|>", (unsigned)token);
}
