/* gguf.h - a model as one GGUF file (version 3), as llama.cpp reads it.
 *
 * A file is a header, then parts laid end to end. A part is a tensor of the model, and the parts of a stack follow each
 * other; its bytes are made from the elements of that tensor:
 *
 *     srv_gguf_make(&wanted, &file, &err)                                   header, ends and parts
 *     srv_gguf_read(&file.part[i], &elements, from, buf, cap)               any bytes of part i
 *     srv_gguf_free(&file)
 *
 * The values are those of the model's safetensors file: a matrix in F32, F16 or BF16 is that tensor, its rows in
 * llama.cpp's order; one in blocks is made from the float32 tensor. What llama.cpp wants in float32 (vectors, position
 * embeddings, the gates of experts) is float32 holding the values that the tensor has.
 *
 * Errors: an architecture that GGUF has no place for, a vocab_size below that of vocab.h, a tensor whose rows are no
 * whole
 * blocks: param names the field or the tensor.
 * Memory: on the heap, 48 bytes a part. Threads: read-only once made; srv_gguf_read runs in any number of threads. */
#ifndef SRV_MODEL_GGUF_H
#define SRV_MODEL_GGUF_H

#include "model/model.h"
#include "model/quant.h"

#define SRV_GGUF_ALIGN 32

/* How the bytes of a part are made. */
struct srv_gguf_part {
    uint64_t rows, columns; /* as they lie in this file; a vector is one row */
    uint64_t heads;         /* of SRV_GGUF_HALVES and SRV_GGUF_THIRDS */
    uint32_t op, type;      /* enum srv_gguf_op, enum srv_gguf_type */
};

struct srv_gguf {
    char *header;
    size_t header_len; /* a multiple of SRV_GGUF_ALIGN */
    uint64_t *ends;    /* of each part, from the end of the header; with the zeros behind it */
    uint32_t *rows;    /* of each part, in the model's table.file */
    struct srv_gguf_part *part;
    uint32_t n_parts;
};

struct srv_gguf_wanted {
    const struct srv_table *table;
    const struct srv_arch *arch; /* NULL: a manifest, which is refused */
    const json_t *config;        /* config.json */
    const char *name;            /* general.name, left out where llama.cpp takes it for Phi-3 */
    enum srv_gguf_type type;     /* of matrices */
};

bool srv_gguf_make(const struct srv_gguf_wanted *wanted, struct srv_gguf *file, struct wi_error *err);
void srv_gguf_free(struct srv_gguf *file);

/* Where the numbers of a part come from: its elements [first, first + n) as the model's tensor has them, row by row.
 * False: they are not there yet. */
struct srv_elements {
    bool (*read)(void *ctx, uint64_t first, size_t n, float *out);
    void *ctx;
};

/* Bytes [from, from + cap) of a part, without the zeros behind it. Fewer: at its end, or before elements that are not
 * there yet. */
size_t srv_gguf_read(const struct srv_gguf_part *part, const struct srv_elements *elements, uint64_t from,
                     unsigned char *buf, size_t cap);

#endif
