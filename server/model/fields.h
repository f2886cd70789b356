/* fields.h - the configuration fields of an architecture, and their values in one model.
 *
 * A field is written "TYPE RANGE = DEFAULT" in the architecture file:
 *     "hidden_size": "uint 1.. = 4096"           whole numbers, from 1 on (at most SRV_FIELD_UINT_MAX)
 *     "num_key_value_heads": "uint 1.. = num_attention_heads"     the default may use the fields above
 *     "pad_token_id": "uint? = null"             may be null
 *     "initializer_range": "real 0..100 = 0.02"
 *     "tie_word_embeddings": "bool = false"
 *     "layer_type": "text basic|bottleneck = 'bottleneck'"
 *     "depths": "list 1.. = null"                whole numbers in the range
 *     "target_modules": "names = null"           texts
 *     "num_labels": "uint 1.. = 2 of id2label"   or as many as the object id2label has members
 * A value of null takes the default. Dots reach into objects: "text_config.hidden_size". Members that no field names
 * are not looked at: they touch no tensor. */
#ifndef SRV_MODEL_FIELDS_H
#define SRV_MODEL_FIELDS_H

#include "model/args.h"
#include "model/expr.h"
#include "model/json.h"

enum srv_field_type { SRV_FIELD_UINT, SRV_FIELD_REAL, SRV_FIELD_BOOL, SRV_FIELD_TEXT, SRV_FIELD_LIST, SRV_FIELD_NAMES };

#define SRV_FIELD_UINT_MAX INT64_C(4294967295)
#define SRV_FIELD_LIST_MAX 4096 /* elements */
#define SRV_ARCH_FIELDS_MAX 64

struct srv_arch_field {
    const char *name;
    enum srv_field_type type;
    bool nullable;
    double min, max;
    const char *choices;  /* TEXT: "basic|bottleneck"; NULL: any */
    const char *count_of; /* NULL, or the object whose members are counted */
    struct srv_expr fallback;
};

/* Parse the text of one field. scope: the fields above it. */
bool srv_field_compile(struct srv_arena *arena, const char *name, const char *text, const struct srv_scope *scope,
                       struct srv_arch_field *out, struct wi_error *err);

/* One override: name=value, as text. */
struct srv_setting {
    const char *name, *value;
};

/* The values of all fields: from the settings, else from the config (an object, or NULL), else the default. Texts and
 * lists are copied into the arena. Unknown settings are errors with the nearest name; param names the field. */
bool srv_fields_read(struct srv_arena *arena, const struct srv_arch_field *fields, unsigned n_fields,
                     const json_t *config, const struct srv_setting *settings, unsigned n_settings,
                     struct srv_value *out, struct wi_error *err);

#endif
