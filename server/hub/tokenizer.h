/* tokenizer.h - the byte-level tokenizer of every text repository: the tokens of model/vocab.h.
 *
 * Every loader reads it the same way, any text comes back exactly, and every vocabulary of at least SRV_VOCAB_TOKENS
 * rows can use it.
 * Memory: the documents are the caller's to json_decref; NULL where there is no memory. */
#ifndef SRV_HUB_TOKENIZER_H
#define SRV_HUB_TOKENIZER_H

#include "model/json.h"
#include "model/vocab.h"

json_t *srv_hub_tokenizer(void);                               /* tokenizer.json */
json_t *srv_hub_tokenizer_config(json_int_t model_max_length); /* tokenizer_config.json */
json_t *srv_hub_special_tokens(void);                          /* special_tokens_map.json */

#endif
