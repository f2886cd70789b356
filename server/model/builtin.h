/* builtin.h - the files that come with the program: architectures, torch's kinds, presets. */
#ifndef SRV_MODEL_BUILTIN_H
#define SRV_MODEL_BUILTIN_H

struct srv_builtin {
    const char *name;       /* "llama" of arch/llama.json */
    const char *text, *end; /* its bytes: [text, end) */
};

/* The i-th file, sorted by name; NULL after the last. */
const struct srv_builtin *srv_builtin_at(unsigned i);
const struct srv_builtin *srv_builtin_find(const char *name);

#endif
