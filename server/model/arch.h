/* arch.h - an architecture: a JSON file, compiled. The format is described in arch/README.md.
 *
 * An architecture is a tree of modules as PyTorch has it. A module has tensors and further modules; a kind is a module
 * with parameters (Linear(in, out, bias=true)), defined in the file itself or, for torch's own, in arch/torch.json. The
 * order of the tree is the order of the state_dict.
 *
 * Memory: everything lies in the architecture's arena. Threads: read-only once loaded. */
#ifndef SRV_MODEL_ARCH_H
#define SRV_MODEL_ARCH_H

#include "model/fields.h"
#include "model/dtype.h"
#include "model/gguf_spec.h"
#include "model/rule.h"

/* A name with holes: "layers.{i}". */
struct srv_pattern_part {
    const char *text; /* goes before the hole */
    uint32_t len;
    struct srv_expr hole; /* none in the last part */
};
struct srv_pattern {
    const struct srv_pattern_part *part;
    unsigned n; /* 0: no pattern */
};

/* "i < count": the counter's local, where it starts and where it ends. */
struct srv_loop {
    struct srv_expr count;
    unsigned local;
};

/* A part of a tensor that is saved under a name of its own: count pieces, piece e at element first + e * step. */
struct srv_split {
    struct srv_pattern name;
    struct srv_loop loop;
    struct srv_expr shape[WI_RANK_MAX], first, step;
    unsigned rank;
};

struct srv_tensor_spec {
    struct srv_expr shape[WI_RANK_MAX], zero_row;
    unsigned rank;
    struct srv_rule_expr made, generic, init; /* by the constructor; twice by the library's initialization, if at all */
    const struct srv_split *split;
    unsigned n_split;
    enum srv_dtype dtype;     /* SRV_DTYPE_FLOAT: that of the model */
    bool buffer, saved, late; /* late: made after the modules beside it */
};

/* What an item says about a tensor of the kind it stands for. */
struct srv_override {
    const char *tensor;
    struct srv_rule_expr rule; /* given: instead of the tensor's own */
    const char *tie;           /* not NULL: the same storage as that tensor, and not saved */
};

struct srv_arch_item {
    struct srv_pattern name, saved; /* saved: the name in files, where it differs */
    struct srv_expr cond, tied;     /* cond: left out when false; tied: whether `tie` holds */
    struct srv_expr order;          /* its place among those made beside it; no op: 0 */
    struct srv_loop loop;           /* count.op NULL: once */
    const struct srv_tensor_spec *tensor;
    const struct srv_tensor_spec *dropped; /* instead of a tensor or module: what is drawn into nothing */
    const struct srv_kind *kind;           /* NULL: `items` are in the scope of this item */
    const struct srv_expr *args;           /* one per parameter of the kind; no op: its default */
    const struct srv_arch_item *items;
    const struct srv_override *override;
    unsigned n_items, n_override;
    /* for the order of draws, see plan.h: it, or the module around it, is initialized when it is made; it is made
     * before those beside it; its turn */
    bool model, resets, first;
    bool copies; /* of a loop: made once, and copied with its numbers */
    bool xavier; /* the module around it draws its matrices again when it is made, as nn.Transformer does */
    unsigned turn;
};

struct srv_kind {
    const char *name;
    const struct srv_arch_item *items;
    unsigned n_items, n_params;
    const char *param[SRV_CALL_ARGS_MAX], *also[SRV_CALL_ARGS_MAX]; /* also: its second name, or the same */
    struct srv_expr fallback[SRV_CALL_ARGS_MAX];                    /* no op: the parameter must be given */
    bool torch; /* of arch/torch.json: what an adapter attaches to */
    struct srv_kind *next;
};

struct srv_arch {
    struct srv_arena arena;
    const char *name, *summary;
    const char *releases;           /* of its library that draw the same numbers; "": not known */
    const char *weights;            /* what hubs call its file, without .safetensors; "": model, in shards if need be */
    const char *const *classes;     /* the first is the default; ends with NULL */
    const char *const *model_types; /* further names that configs call it by; ends with NULL */
    const struct srv_arch_field *fields;
    unsigned n_fields, n_globals;
    const char *const *globals;     /* names: fields, "class", derived values */
    const struct srv_expr *derived; /* of the globals after "class" */
    const struct srv_arch_item *items;
    unsigned n_items;
    struct srv_kind *kinds;                                /* that the items use */
    const struct srv_kind *adapt_linear, *adapt_embedding; /* an adapter: what it puts on those kinds of its base */
    bool adapter;
    const struct srv_gguf_spec *gguf; /* NULL: it has no place in GGUF */
};

/* Compile the text of a file; torch: arch/torch.json, read. NULL: the error names the file, the place in it, and what is
 * wrong. */
struct srv_arch *srv_arch_load(const char *file, const char *text, size_t len, const json_t *torch,
                               struct wi_error *err);
void srv_arch_free(struct srv_arch *arch);

#endif
