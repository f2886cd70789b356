/* small.h - the small files of a repository: configuration, tokenizer, processor, card. A row each in small.c.
 *
 * They follow from the repository and its dtype, never from the seed. Texts are made by jansson: whoever makes them
 * asks afterwards whether an allocation failed (http/json.h), because a document may have a hole then. */
#ifndef SRV_HUB_SMALL_H
#define SRV_HUB_SMALL_H

#include "hub/kind.h"
#include "model/dtype.h"
#include "model/json.h"

/* What the small files are made from. */
struct srv_hub_source {
    const struct srv_hub_kind *kind;
    const json_t *config; /* the library's config.json or adapter_config.json, an object; NULL: the model has none */
    enum srv_dtype dtype;
    const char *id;    /* of the repository: "weightd/tiny-llama" */
    const char *model; /* of /models that it is made of: "tiny-llama" */
    const char *base;  /* an adapter: the repository of its base model; else NULL */
    bool sentences;    /* laid out for sentence-transformers */
};

struct srv_hub_small {
    const char *path;
    bool (*wanted)(const struct srv_hub_source *source);
    json_t *(*json)(const struct srv_hub_source *source); /* NULL: `text` makes it */
    char *(*text)(const struct srv_hub_source *source);
};
const struct srv_hub_small *srv_hub_small_at(unsigned i); /* sorted by path; NULL after the last */

/* The file's text, to be freed; NULL: no memory. */
char *srv_hub_small_text(const struct srv_hub_small *small, const struct srv_hub_source *source);

/* card.c: README.md */
char *srv_hub_card(const struct srv_hub_source *source);
/* processor.c: preprocessor_config.json */
json_t *srv_hub_processor(const struct srv_hub_source *source);

/* As configs write it: "bfloat16"; NULL: they do not. */
const char *srv_hub_dtype_name(enum srv_dtype dtype);

/* A whole number of the config, or of the object `in` of it; `otherwise` where it has none. */
json_int_t srv_hub_number(const json_t *config, const char *in, const char *name, json_int_t otherwise);

#endif
