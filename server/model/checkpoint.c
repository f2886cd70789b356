/* see checkpoint.h */
#include "model/checkpoint.h"

#include <stdlib.h>
#include <string.h>

bool srv_checkpoint_take(struct srv_checkpoint *c, struct srv_model *model, struct srv_parts *parts, uint32_t n_shards)
{
    char *config = model->config ? srv_model_config_text(model) : strdup("");
    *c = (struct srv_checkpoint){.arch = strdup(model->arch ? model->arch->name : ""),
                                 .config = config,
                                 .releases = strdup(model->arch ? model->arch->releases : ""),
                                 .weights = strdup(model->arch ? model->arch->weights : ""),
                                 .init = parts->init ? strdup(parts->init) : NULL,
                                 .dtype = model->dtype,
                                 .n_shards = n_shards};
    if (!c->arch || !c->config || !c->releases || !c->weights || (parts->init && !c->init))
        return false;
    srv_table_shrink(&model->table);
    c->table = model->table;
    c->parts = *parts;
    c->parts.init = c->init;
    model->table = (struct srv_table){0};
    *parts = (struct srv_parts){0};
    return true;
}

void srv_checkpoint_free(struct srv_checkpoint *c)
{
    srv_table_free(&c->table);
    srv_parts_free(&c->parts);
    free(c->arch);
    free(c->config);
    free(c->releases);
    free(c->weights);
    free(c->init);
}

void srv_checkpoint_digest(const struct srv_checkpoint *c, uint8_t out[SRV_SHA256_BYTES])
{
    const struct srv_table *t = &c->table;
    uint32_t chunk[256], n = 0;
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, t->names, t->names_len);
    srv_sha256_add(&sha, t->order, t->n_file * sizeof *t->order);
    srv_sha256_add(&sha, c->parts.of_row, t->n_file * sizeof *c->parts.of_row);
    for (uint32_t i = 0; i < t->n_file; i++) {
        chunk[n++] = t->file[i].name_len;
        chunk[n++] = t->file[i].shard;
        if (n == sizeof chunk / sizeof *chunk || i + 1 == t->n_file) {
            srv_sha256_add(&sha, chunk, n * sizeof *chunk);
            n = 0;
        }
    }
    srv_sha256_end(&sha, out);
}

size_t srv_checkpoint_memory(const struct srv_checkpoint *c)
{
    return srv_table_memory(&c->table) + srv_parts_memory(&c->parts, &c->table) + strlen(c->arch) + strlen(c->config) +
           strlen(c->releases);
}
