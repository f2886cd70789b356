/* file.h - the files of a checkpoint: their formats, names and contents.
 *
 * A format is a row: how its files are called, and how one is laid out as a text and parts behind it (body.h). A file
 * that has no parts is its text. Adding a format is a file with its row and a line in the list of file.c.
 * Threads: a layout is read-only once made. */
#ifndef SRV_MODEL_FILE_H
#define SRV_MODEL_FILE_H

#include "model/checkpoint.h"
#include "model/quant.h"

/* What a file is laid out from. */
struct srv_file_source {
    const struct srv_checkpoint *checkpoint;
    uint32_t shard;    /* or SRV_ALL_SHARDS */
    uint64_t seed;     /* for formats whose text depends on it */
    const char *name;  /* of the model in URLs */
    const char *query; /* the parameters of the URL, canonical, for the texts that name files; "" */
    const struct srv_catalog *catalog;
    enum srv_gguf_type quantized; /* of the matrices of a GGUF file; SRV_GGUF_F32: as the model's dtype says */
};

/* A file: text, then parts; what has no bytes is no part. Filled by malloc; srv_file_layout_free. The checkpoint must
 * outlive it. */
struct srv_file_layout {
    char *text;
    struct srv_lines *lines; /* the text where it is made as it is read; text is NULL then */
    size_t text_len;
    uint64_t *ends; /* of each part, from the end of the text, see wi_body */
    uint32_t *rows; /* what each part is, as the format's part() understands it; else its row of the table */
    uint64_t n_parts;
    void *how; /* what the format's read() needs to know; without pointers */
    size_t how_len;
    bool follows; /* the text follows from `how` and the parts: their names, types and shapes */
};
void srv_file_layout_free(struct srv_file_layout *layout);
/* Bytes [at, at + cap) of the text; fewer at its end. Returns how many. */
size_t srv_file_layout_text(const struct srv_file_layout *layout, uint64_t at, void *buf, size_t cap);
size_t srv_file_layout_memory(const struct srv_file_layout *layout); /* bytes */

struct srv_file_format {
    const char *name;       /* "safetensors"; also the extension of a file that stands alone, tiny-llama.safetensors */
    const char *inside;     /* the file's name in the folder of the model; NULL: it is not there */
    const char *media_type; /* as Content-Type */
    const char *summary;
    bool alone;    /* it exists as a file that stands alone */
    bool in_parts; /* in the folder: a file for each shard instead, when there are several */
    bool seeded;   /* its text depends on the seed */
    bool light;    /* its bytes are there, or made as fast as copied: no copy is kept */
    bool blocks;   /* it takes the types of quant.h as dtype */
    bool digest;   /* the file is the hex SHA-256 of what is laid out, and a newline: the caller computes it */
    /* False with an error: the format cannot hold this model, or there is no memory. */
    bool (*lay)(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err);
    /* Part i of a layout, where it is more than the tensor of row rows[i]; NULL: it is that. */
    void (*part)(const struct srv_checkpoint *checkpoint, const struct srv_file_layout *layout, uint64_t i,
                 uint64_t seed, struct wi_part *out);
    /* Bytes [from, from + cap) of part i, where they are not the cells of its tensor; fewer at their end (zeros follow
     * up to the part's) or where `matrix`, that of a tensor with keep_bytes, is NULL. */
    size_t (*read)(const struct srv_checkpoint *checkpoint, const struct srv_file_layout *layout, uint64_t i,
                   uint64_t seed, const void *matrix, uint64_t from, uint8_t *buf, size_t cap);
};
const struct srv_file_format *srv_file_format_at(unsigned i); /* NULL after the last */
const struct srv_file_format *srv_file_format_find(const char *name, size_t len);

/* The format and shard of a name in a model's folder; false: there is no such file. */
bool srv_file_find(const struct srv_checkpoint *checkpoint, const char *name, const struct srv_file_format **format,
                   uint32_t *shard);

/* gguf_file.c: GGUF, for the architectures whose files say how. */
bool srv_gguf_lay(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err);
size_t srv_gguf_part_read(const struct srv_checkpoint *checkpoint, const struct srv_file_layout *layout, uint64_t i,
                          uint64_t seed, const void *matrix, uint64_t from, uint8_t *buf, size_t cap);

/* listing.c: the table of tensors as JSON; its one part is its rows. */
bool srv_listing_lay(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err);
void srv_listing_part(const struct srv_checkpoint *checkpoint, const struct srv_file_layout *layout, uint64_t i,
                      uint64_t seed, struct wi_part *out);
size_t srv_listing_read(const struct srv_checkpoint *checkpoint, const struct srv_file_layout *layout, uint64_t i,
                        uint64_t seed, const void *matrix, uint64_t from, uint8_t *buf, size_t cap);

#endif
