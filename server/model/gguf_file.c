/* see file.h: the format gguf. */
#include <stdlib.h>
#include <string.h>

#include "model/file.h"
#include "model/gguf.h"

/* The type of matrices: what was asked for, or that of the model. */
static bool type_of(const struct srv_file_source *source, enum srv_gguf_type *type, struct wi_error *err)
{
    static const struct {
        enum srv_dtype dtype;
        enum srv_gguf_type type;
    } types[] = {{SRV_DTYPE_F32, SRV_GGUF_F32}, {SRV_DTYPE_F16, SRV_GGUF_F16}, {SRV_DTYPE_BF16, SRV_GGUF_BF16}};
    *type = source->quantized;
    if (*type != SRV_GGUF_F32)
        return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].dtype == source->checkpoint->dtype) {
            *type = types[i].type;
            return true;
        }
    wi_fail(err, WI_E_UNSUPPORTED, "dtype", "a GGUF file has no matrices of this dtype");
    wi_error_allow(err, "f32, f16, bf16, q8_0, q4_0");
    return false;
}

static bool make(const struct srv_file_source *source, struct srv_gguf *file, struct wi_error *err)
{
    const struct srv_checkpoint *c = source->checkpoint;
    struct srv_gguf_wanted wanted = {.table = &c->table, .name = source->name};
    json_t *config = NULL;
    if (!type_of(source, &wanted.type, err))
        return false;
    if (*c->config)
        wanted.config = config =
            srv_model_json(c->config, strlen(c->config), "config.json", SRV_MODEL_BYTES, 1000000, err);
    if (*c->arch)
        wanted.arch = srv_catalog_arch(source->catalog, c->arch, err);
    bool good = (config || !*c->config) && srv_gguf_make(&wanted, file, err);
    json_decref(config);
    return good;
}

bool srv_gguf_lay(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err)
{
    struct srv_gguf file;
    if (!make(source, &file, err))
        return false;
    *layout = (struct srv_file_layout){.text = file.header,
                                       .text_len = file.header_len,
                                       .ends = file.ends,
                                       .rows = file.rows,
                                       .n_parts = file.n_parts,
                                       .how = file.part,
                                       .how_len = file.n_parts * sizeof *file.part};
    return true;
}

/* ---- the elements of a tensor of the model, as float32 ----------------------------------------------------------- */

struct tensor {
    struct wi_part part;
    const void *matrix;
};

/* Elements of fewer than 4 bytes lie at the front of x: they are widened from the last to the first. */
static void widen(enum wi_dtype_id dtype, size_t n, float *x)
{
    const unsigned char *bytes = (const unsigned char *)x;
    for (size_t i = n; dtype != WI_F32 && i-- > 0;) {
        uint16_t half = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
        uint32_t bits = (uint32_t)half << 16;
        if (dtype == WI_F16)
            x[i] = srv_half_value(half);
        else
            memcpy(&x[i], &bits, 4);
    }
}

static const struct wi_part *only_part(const void *ctx, uint64_t i, struct wi_part *room)
{
    (void)i;
    (void)room;
    return ctx;
}

static bool read_elements(void *ctx, uint64_t first, size_t n, float *out)
{
    const struct tensor *t = ctx;
    const struct wi_body body = {.n_parts = 1,
                                 .part = only_part,
                                 .ctx = &t->part,
                                 .suffix = "",
                                 .total_bytes = t->part.out_elems * t->part.cell_bytes};
    uint64_t size = t->part.cell_bytes;
    if (wi_body_read(&body, wi_keep_only, (void *)t->matrix, first * size, (uint8_t *)out, n * size) < n * size)
        return false;
    widen(t->part.tensor.dtype->id, n, out);
    return true;
}

size_t srv_gguf_part_read(const struct srv_checkpoint *checkpoint, const struct srv_file_layout *layout, uint64_t i,
                          uint64_t seed, const void *matrix, uint64_t from, uint8_t *buf, size_t cap)
{
    const struct srv_gguf_part *part = &((const struct srv_gguf_part *)layout->how)[i];
    struct tensor tensor = {.matrix = matrix};
    srv_part_of(&checkpoint->parts, &checkpoint->table, layout->rows[i], seed, &tensor.part);
    const struct srv_elements elements = {read_elements, &tensor};
    return srv_gguf_read(part, &elements, from, buf, cap);
}
