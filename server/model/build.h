/* build.h - the table of a model: an architecture with the values of its fields, walked. */
#ifndef SRV_MODEL_BUILD_H
#define SRV_MODEL_BUILD_H

#include "model/arch.h"
#include "model/table.h"

/* An architecture with the value of each of its globals: fields, class, derived values. */
struct srv_filled {
    const struct srv_arch *arch;
    const struct srv_value *globals;
};

/* Fill the globals from a config and settings (see fields.h); the arena holds them. A class is taken from the config's
 * "architectures", or from the setting "architecture". */
bool srv_build_fill(struct srv_arena *arena, const struct srv_arch *arch, const json_t *config,
                    const struct srv_setting *settings, unsigned n_settings, struct srv_filled *out,
                    struct wi_error *err);

/* What was walked, for plan.h: modules and their tensors in the order of the state_dict. */
struct srv_event {
    uint32_t end;                              /* a module: one past its last event; 0: a tensor */
    uint32_t state;                            /* a tensor: its row */
    struct srv_rule made, generic, init, last; /* `last`: by the module around this one */
    bool has_made, has_generic, has_init, has_last;
    bool late, model, first, done;
    bool xavier;      /* its matrices are drawn again once it is made */
    uint32_t copy_of; /* a module: the event of the one whose numbers it copies; SRV_NO_COPY: it has its own */
    const char *kind; /* a module: torch's name for it, or the architecture's; "": it is of no kind */
    uint64_t order;   /* a module: its place among those beside it when they are made */
    uint64_t n;       /* a draw that is dropped: its elements; state is SRV_NO_STATE */
    unsigned turn;    /* a tensor: among those of its module; a module: among the tensors drawn again */
};
/* Is this text torch's name of a module? Case and underscores do not count: "batch_norm2d" is "BatchNorm2d". */
bool srv_same_module(const char *text, size_t len, const char *kind);

#define SRV_NO_COPY UINT32_MAX
#define SRV_NO_STATE UINT32_MAX
struct srv_log {
    struct srv_event *event;
    uint32_t n, room;
    char failed[64]; /* after an error: the module it was in, cut off where it is longer */
};

/* All rows of the model, finished. adapter NULL: the model itself; else the tensors of that adapter on this model.
 * dtype: of all float tensors but those the architecture keeps. On an error the table must still be freed.
 * log NULL, or what to append the walk to; its events are for the caller to free. */
bool srv_build(struct srv_table *table, const struct srv_filled *model, const struct srv_filled *adapter,
               enum srv_dtype dtype, struct srv_log *log, struct wi_error *err);

#endif
