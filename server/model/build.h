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

/* All rows of the model, finished. adapter NULL: the model itself; else the tensors of that adapter on this model.
 * dtype: of all float tensors but those the architecture keeps. On an error the table must still be freed. */
bool srv_build(struct srv_table *table, const struct srv_filled *model, const struct srv_filled *adapter,
               enum srv_dtype dtype, struct wi_error *err);

#endif
