/* dump.h - JSON as Python's json.dumps(indent=2, sort_keys=True) writes it, which is how transformers writes a
 * config.json. */
#ifndef SRV_MODEL_DUMP_H
#define SRV_MODEL_DUMP_H

#include "model/json.h"

/* The text and a newline, for the caller to free; NULL: no memory. At most SRV_MODEL_JSON_DEPTH levels. */
char *srv_model_dump(const json_t *value);

#endif
