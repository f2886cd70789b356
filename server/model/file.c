/* see file.h */
#include "model/file.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define JSON "application/json"

void srv_file_layout_free(struct srv_file_layout *layout)
{
    free(layout->text);
    srv_lines_free(layout->lines);
    free(layout->ends);
    free(layout->rows);
    free(layout->how);
    *layout = (struct srv_file_layout){0};
}

size_t srv_file_layout_text(const struct srv_file_layout *layout, uint64_t at, void *buf, size_t cap)
{
    if (layout->lines)
        return srv_lines_read(layout->lines, at, buf, cap);
    if (at >= layout->text_len)
        return 0;
    const size_t left = layout->text_len - (size_t)at, n = left < cap ? left : cap;
    memcpy(buf, layout->text + at, n);
    return n;
}

size_t srv_file_layout_memory(const struct srv_file_layout *layout)
{
    return malloc_usable_size(layout->text) + malloc_usable_size(layout->ends) + malloc_usable_size(layout->rows) +
           malloc_usable_size(layout->how) + (layout->lines ? srv_lines_memory(layout->lines) : 0);
}

static bool no_memory(struct wi_error *err)
{
    wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    return false;
}

/* ---- safetensors ------------------------------------------------------------------------------------------------- */

static bool keep_lines(struct srv_file_layout *layout, struct srv_lines *lines)
{
    layout->lines = lines;
    layout->text_len = lines ? srv_lines_bytes(lines) : 0;
    return lines;
}

static bool lay_safetensors(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err)
{
    const struct srv_table *t = &source->checkpoint->table;
    uint64_t end = 0;
    layout->ends = malloc((t->n_file + 1) * sizeof *layout->ends);
    layout->rows = malloc((t->n_file + 1) * sizeof *layout->rows);
    if (!layout->ends || !layout->rows || !keep_lines(layout, srv_lines_header(t, source->shard)))
        return no_memory(err);
    for (uint32_t i = 0; i < t->n_file; i++) {
        const struct srv_file_row *row = &t->file[t->order[i]];
        const uint64_t bytes = srv_table_row_bytes(t, row);
        if (bytes == 0 || (source->shard != SRV_ALL_SHARDS && row->shard != source->shard))
            continue;
        end += bytes;
        layout->ends[layout->n_parts] = end;
        layout->rows[layout->n_parts++] = t->order[i];
    }
    layout->follows = layout->n_parts == t->n_file;
    return true;
}

/* What an index follows from. */
struct index_how {
    uint64_t n_parameters, data_bytes, n_shards;
    uint8_t rows[SRV_SHA256_BYTES];
};

static bool lay_index(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err)
{
    const struct srv_checkpoint *c = source->checkpoint;
    struct index_how *how = malloc(sizeof *how);
    layout->how = how;
    if (!how || !keep_lines(layout, srv_lines_index(&c->table, c->n_shards)))
        return no_memory(err);
    *how = (struct index_how){c->table.n_parameters, c->table.data_bytes, c->n_shards, {0}};
    srv_checkpoint_digest(c, how->rows);
    layout->how_len = sizeof *how;
    layout->follows = true;
    return true;
}

static bool lay_config(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err)
{
    layout->text_len = strlen(source->checkpoint->config);
    layout->text = strdup(source->checkpoint->config);
    return layout->text || no_memory(err);
}

/* ---- formats ----------------------------------------------------------------------------------------------------- */

static const struct srv_file_format formats[] = {
    {.name = "safetensors",
     .inside = "model.safetensors",
     .media_type = "application/vnd.safetensors",
     .summary = "all tensors in the Hugging Face format",
     .alone = true,
     .in_parts = true,
     .lay = lay_safetensors},
    {.name = "gguf",
     .media_type = "application/octet-stream",
     .summary = "one file for llama.cpp; dtype also q8_0 and q4_0",
     .alone = true,
     .blocks = true,
     .lay = srv_gguf_lay,
     .read = srv_gguf_part_read},
    {.name = "json",
     .media_type = JSON,
     .summary = "the table of tensors: name, shape, dtype, offset, scheme, std, and the /init URL of each",
     .alone = true,
     .seeded = true,
     .light = true,
     .lay = srv_listing_lay,
     .part = srv_listing_part,
     .read = srv_listing_read},
    {.name = "sha256",
     .media_type = "text/plain; charset=utf-8",
     .summary = "hex SHA-256 of the safetensors file and a newline, for pinning",
     .alone = true,
     .digest = true,
     .lay = lay_safetensors},
    {.name = "index",
     .inside = "model.safetensors.index.json",
     .media_type = JSON,
     .summary = "which shard holds which tensor",
     .light = true,
     .lay = lay_index},
    {.name = "config",
     .inside = "config.json",
     .media_type = JSON,
     .summary = "the configuration that transformers reads",
     .lay = lay_config},
};

const struct srv_file_format *srv_file_format_at(unsigned i)
{
    return i < sizeof formats / sizeof *formats ? &formats[i] : NULL;
}

const struct srv_file_format *srv_file_format_find(const char *name, size_t len)
{
    const struct srv_file_format *format;
    for (unsigned i = 0; (format = srv_file_format_at(i)); i++)
        if (format->alone && strlen(format->name) == len && memcmp(format->name, name, len) == 0)
            return format;
    return NULL;
}

/* Is this file in the folder? The index exists only if there are shards, config.json only if the checkpoint has one. */
static bool exists(const struct srv_checkpoint *c, const struct srv_file_format *format)
{
    if (!format->inside || (format->in_parts && c->n_shards > 1))
        return false;
    return (format->lay != lay_index || c->n_shards > 1) && (format->lay != lay_config || *c->config);
}

/* "model-00002-of-00004.safetensors": the name of a shard that there is. */
static bool find_shard(const struct srv_checkpoint *c, const char *name, uint32_t *shard)
{
    char right[SRV_SHARD_NAME_MAX];
    if (strncmp(name, "model-", 6) != 0)
        return false;
    unsigned long number = strtoul(name + 6, NULL, 10);
    if (number < 1 || number > c->n_shards || c->n_shards == 1)
        return false;
    *shard = (uint32_t)number - 1;
    srv_shard_name(*shard, c->n_shards, right);
    return strcmp(name, right) == 0;
}

bool srv_file_find(const struct srv_checkpoint *c, const char *name, const struct srv_file_format **format,
                   uint32_t *shard)
{
    *shard = SRV_ALL_SHARDS;
    for (unsigned i = 0; (*format = srv_file_format_at(i)); i++) {
        if (exists(c, *format) && strcmp((*format)->inside, name) == 0)
            return true;
        if ((*format)->in_parts && find_shard(c, name, shard))
            return true;
    }
    return false;
}
