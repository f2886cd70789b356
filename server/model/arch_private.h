/* arch_private.h - what the files that compile an architecture share. */
#ifndef SRV_MODEL_ARCH_PRIVATE_H
#define SRV_MODEL_ARCH_PRIVATE_H

#include "model/arch.h"

#define SRV_KINDS_DEEP 24 /* modules within modules */

struct srv_loader {
    struct srv_arch *arch;
    const char *file;
    const json_t *root, *torch; /* the file, and arch/torch.json */
    struct srv_scope scope;     /* of the kind or file that is being compiled */
    const char *kind;           /* its name; "" outside kinds */
    unsigned deep;
    char place[160]; /* "items[2].items[0].shape" */
    struct wi_error *err;
};

/* Record "FILE, PLACE: what". Always false. */
bool srv_loader_fail(struct srv_loader *l, const char *what);
/* Pass on an error of a part, with file and place before it. Always false. */
bool srv_loader_pass(struct srv_loader *l, const struct wi_error *part);

/* Compile an expression in the loader's scope. */
bool srv_loader_expr(struct srv_loader *l, const char *text, size_t len, struct srv_expr *out);

/* Append to the place; the result is what to cut it back to. */
size_t srv_loader_enter(struct srv_loader *l, const char *member, int index);
void srv_loader_leave(struct srv_loader *l, size_t length);

/* Compile an array of items in the loader's scope. */
bool srv_items_compile(struct srv_loader *l, const json_t *array, const struct srv_arch_item **items,
                       unsigned *n_items);
/* Compile "is": a module with its arguments (instance.c). */
bool srv_instance_compile(struct srv_loader *l, const char *text, struct srv_arch_item *item);
/* Compile the member "gguf", if there is one (gguf_spec.h). */
bool srv_gguf_compile(struct srv_loader *l);
/* The kind of that name, compiled when it is first used. NULL with an error. */
const struct srv_kind *srv_kind_get(struct srv_loader *l, const char *name, size_t len);

#endif
