/* see checkpoint.h */
#include "model/checkpoint.h"

#include <string.h>

/* Blocks laid end to end; room NULL: they are counted only. */
struct packer {
    unsigned char *room;
    size_t len;
};

static void *pack(struct packer *p, const void *bytes, size_t n)
{
    size_t at = (p->len + 63) & ~(size_t)63;
    p->len = at + n;
    if (!p->room)
        return NULL;
    return n ? memcpy(p->room + at, bytes, n) : p->room + at;
}

static const char *pack_text(struct packer *p, const char *text)
{
    return pack(p, text, strlen(text) + 1);
}

static void pack_all(struct packer *p, struct srv_checkpoint *c, const struct srv_model *model,
                     const struct srv_parts *parts, const char *config)
{
    const struct srv_table *t = &model->table;
    c->table.names = pack(p, t->names, t->names_len);
    c->table.state = pack(p, t->state, t->n_state * sizeof *t->state);
    c->table.file = pack(p, t->file, t->n_file * sizeof *t->file);
    c->table.order = pack(p, t->order, t->n_file * sizeof *t->order);
    c->table.shape = pack(p, t->shape, t->n_shape * sizeof *t->shape);
    c->table.rule = pack(p, t->rule, t->n_rule * sizeof *t->rule);
    c->parts.kind = pack(p, parts->kind, parts->n_kind * sizeof *parts->kind);
    c->parts.of_row = pack(p, parts->of_row, t->n_file * sizeof *parts->of_row);
    c->parts.init = parts->init ? pack_text(p, parts->init) : NULL;
    if (parts->drawn.of_state) {
        c->parts.drawn.draw = pack(p, parts->drawn.draw, parts->drawn.n_draws * sizeof *parts->drawn.draw);
        c->parts.drawn.of_state = pack(p, parts->drawn.of_state, t->n_state * sizeof *parts->drawn.of_state);
    }
    c->arch = pack_text(p, model->arch ? model->arch->name : "");
    c->releases = pack_text(p, model->arch ? model->arch->releases : "");
    c->config = pack_text(p, config);
}

size_t srv_checkpoint_bytes(const struct srv_model *model, const struct srv_parts *parts, const char *config)
{
    struct packer p = {NULL, sizeof(struct srv_checkpoint)};
    struct srv_checkpoint c;
    pack_all(&p, &c, model, parts, config);
    return p.len;
}

const struct srv_checkpoint *srv_checkpoint_pack(const struct srv_model *model, const struct srv_parts *parts,
                                                 const char *config, uint32_t n_shards, void *room)
{
    struct packer p = {room, sizeof(struct srv_checkpoint)};
    struct srv_checkpoint *c = room;
    *c = (struct srv_checkpoint){.table = model->table, .parts = *parts, .dtype = model->dtype, .n_shards = n_shards};
    pack_all(&p, c, model, parts, config);
    c->bytes = p.len;
    return c;
}
