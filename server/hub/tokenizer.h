/* tokenizer.h - the byte-level tokenizer of every text repository.
 *
 * 264 tokens: 256 bytes as GPT-2 writes them, two blanks in one (the only merge), and seven special tokens. Every loader reads
 * it the same way, any text comes back exactly, and every vocabulary of at least 264 rows can use it.
 * Memory: the documents are the caller's to json_decref; NULL where there is no memory. */
#ifndef SRV_HUB_TOKENIZER_H
#define SRV_HUB_TOKENIZER_H

#include "model/json.h"

#define SRV_HUB_TOKENS 264
enum { SRV_HUB_BOS = 257, SRV_HUB_EOS = 258, SRV_HUB_PAD = 259 };

json_t *srv_hub_tokenizer(void);                               /* tokenizer.json */
json_t *srv_hub_tokenizer_config(json_int_t model_max_length); /* tokenizer_config.json */
json_t *srv_hub_special_tokens(void);                          /* special_tokens_map.json */

#endif
