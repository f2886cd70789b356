/* vocab.h - the vocabulary of every text model made here: 264 tokens that read and write any text.
 *
 * Tokens 0 to 255 are the bytes, written as GPT-2 writes them: printable ones of Latin-1 as themselves, the other 68 as
 * the characters from U+0100 on. Token 256 is two blanks, the result of the only merge: llama.cpp refuses a vocabulary
 * without merges. Then come the special tokens. A larger embedding has rows that no text uses.
 * Threads: pure functions. */
#ifndef SRV_MODEL_VOCAB_H
#define SRV_MODEL_VOCAB_H

#include <stddef.h>
#include <stdint.h>

enum {
    SRV_VOCAB_MERGED = 256,
    SRV_VOCAB_BOS,
    SRV_VOCAB_EOS,
    SRV_VOCAB_PAD,
    SRV_VOCAB_UNK,
    SRV_VOCAB_MASK,
    SRV_VOCAB_IM_START,
    SRV_VOCAB_IM_END,
    SRV_VOCAB_TOKENS
};

/* The text of a token, in UTF-8, terminated; returns its length. From SRV_VOCAB_TOKENS on: "<|unused_264|>". */
#define SRV_VOCAB_TEXT_MAX 32
size_t srv_vocab_text(uint32_t token, char out[SRV_VOCAB_TEXT_MAX]);

/* The two tokens of the merge, with a blank between them. */
extern const char srv_vocab_merge[];

/* The template that turns a conversation into a text, in Jinja. */
extern const char srv_vocab_chat_template[];

#endif
