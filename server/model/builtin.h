/* builtin.h - the files that come with the program: architectures, torch's kinds, presets. */
#ifndef SRV_MODEL_BUILTIN_H
#define SRV_MODEL_BUILTIN_H

#include "model/json.h"

struct srv_builtin {
    const char *name;       /* "llama" of arch/llama.json */
    const char *text, *end; /* its bytes: [text, end) */
};

/* The i-th file, sorted by name; NULL after the last. */
const struct srv_builtin *srv_builtin_at(unsigned i);
/* That file read, for the caller to json_decref; NULL with an error: there is no memory. */
json_t *srv_builtin_json(const char *name, struct wi_error *err);

#endif
