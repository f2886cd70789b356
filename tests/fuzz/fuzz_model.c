/* Configs, manifests, stacks and architecture files of any bytes: a model that is made is consistent - tensors lie end
 * to end in the order of their types and names, none is there twice, its header reads back as a manifest of the same
 * tensors. The first byte of the input chooses the source. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "model/builtin.h"
#include "model/checkpoint.h"
#include "model/drawn.h"
#include "model/model.h"

const char *const fuzz_seeds[] = {
    "c{\"model_type\":\"llama\",\"hidden_size\":64,\"num_attention_heads\":2,\"num_key_value_heads\":1,\"vocab_size\":"
    "9}",
    "c{\"model_type\":\"mixtral\",\"hidden_size\":32,\"intermediate_size\":3,\"num_hidden_layers\":1,\"num_local_"
    "experts\":2}",
    "c{\"model_type\":\"deepseek_v3\",\"num_hidden_layers\":4,\"n_routed_experts\":3,\"q_lora_rank\":null}",
    "c{\"model_type\":\"resnet\",\"depths\":[1,2],\"hidden_sizes\":[8,16],\"embedding_size\":4,\"layer_type\":"
    "\"basic\"}",
    "c{\"model_type\":\"clip\",\"text_config\":{\"hidden_size\":8,\"num_attention_heads\":2},\"vision_config\":null}",
    "c{\"model_type\":\"bert\",\"architectures\":[\"BertModel\"],\"pad_token_id\":null,\"id2label\":{\"0\":\"a\"}}",
    "m[{\"name\":\"a.weight\",\"shape\":[3,4],\"dtype\":\"BF16\"},{\"name\":\"n\",\"shape\":[],\"dtype\":\"I64\","
    "\"scheme\":\"ones\"}]",
    "m{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
    "m{\"weight_map\":{\"a\":\"f\"},\"shapes\":{\"a\":[1,2,3]},\"dtypes\":{\"a\":\"F8_E4M3\"}}",
    "llinear:784,256;relu;conv2d:3,16,3,groups=1;lstm:4,5,bidirectional=true",
    "llinear:7,2;batchnorm1d:2;linear:2,9@linear.weight:kaiming_normal,nonlinearity=relu;linear.bias:constant,value=3",
    "ltransformer:4,2,2,1,3;embedding:3,2,padding_idx=1@weight:normal,std=0.1;bias:uniform,low=-1,high=2",
    "c{\"layers\":[\"linear:3,4\",{\"name\":\"p\",\"parameter\":[3],\"from\":\"randn\",\"times\":2},[\"relu\",{"
    "\"module\":\"Conv2d\",\"args\":[4,2,[1,3]],\"padding\":\"same\"}],{"
    "\"name\":"
    "\"head\",\"module\":\"Linear\",\"in_features\":4,\"out_features\":3,\"tie\":{\"weight\":\"0.weight\"}}],\"init\":"
    "\"bias:zeros\"}",
    "a{\"arch\":\"x\",\"config\":{\"n\":\"uint 1.. = 2\"},\"let\":{\"m\":\"n * "
    "2\"},\"items\":[{\"name\":\"l{i}\",\"for\":\"i < n\","
    "\"is\":\"Linear(n, m ? i + 1 : 2, bias=i == 0)\"},{\"tensor\":\"t\",\"shape\":\"n, m\",\"init\":\"normal(1.0 / "
    "sqrt(n))\"}]}",
    "a{\"arch\":\"x\",\"kinds\":{\"A(n, "
    "k=n)\":[{\"tensor\":\"w\",\"shape\":\"n,k\",\"init\":\"ones\",\"split\":[{\"for\":\"e < n\","
    "\"name\":\"{e}\",\"shape\":\"k\",\"first\":\"0\",\"step\":\"k\"}]}]},\"items\":[{\"name\":\"a\",\"is\":\"A(3)\"}]"
    "}",
    NULL,
};

static void check_order(const struct srv_table *t)
{
    uint64_t offset = 0;
    for (uint32_t i = 0; i < t->n_file; i++) {
        const struct srv_file_row *row = &t->file[t->order[i]], *before = i ? &t->file[t->order[i - 1]] : NULL;
        FUZZ_CHECK(row->offset == offset);
        offset += srv_table_row_bytes(t, row);
        FUZZ_CHECK(row->state < t->n_state && row->shape < t->n_shape && row->rule < t->n_rule);
        FUZZ_CHECK(row->first + t->shape[row->shape].n_elems <= t->shape[t->state[row->state].shape].n_elems);
        if (!before || before->dtype != row->dtype) {
            FUZZ_CHECK(!before || before->dtype < row->dtype);
            continue;
        }
        uint32_t n = before->name_len < row->name_len ? before->name_len : row->name_len;
        int order = memcmp(t->names + before->name, t->names + row->name, n);
        FUZZ_CHECK(order < 0 || (order == 0 && before->name_len < row->name_len));
    }
    FUZZ_CHECK(offset == t->data_bytes);
}

static void check_header(const struct srv_table *t)
{
    size_t len = srv_lines_header_bytes(t, SRV_ALL_SHARDS);
    char *text = malloc(len);
    if (len > 1u << 20 || !text) {
        free(text);
        return;
    }
    struct srv_lines *lines = srv_lines_header(t, SRV_ALL_SHARDS);
    FUZZ_CHECK(lines && srv_lines_read(lines, 0, text, len) == len && len % 8 == 0);
    srv_lines_free(lines);
    struct wi_error err = {0};
    struct srv_model *again = srv_model_manifest(text, len, NULL, SRV_DTYPE_FLOAT, &err);
    FUZZ_CHECK(again && again->table.n_file == t->n_file && again->table.data_bytes == t->data_bytes);
    srv_model_free(again);
    free(text);
}

static const struct wi_part *fuzz_part(const void *ctx, uint64_t i, struct wi_part *room)
{
    (void)i;
    (void)room;
    return ctx;
}

/* What is drawn for the rows has their sizes, and can be read at either end. */
static void check_parts(const struct srv_table *t, const struct srv_parts *parts)
{
    for (uint32_t i = 0; i < t->n_file && i < 500; i++) {
        const uint64_t bytes = srv_table_row_bytes(t, &t->file[i]);
        struct wi_part part;
        uint8_t out[32];
        if (parts->of_row[i] == SRV_NO_KIND) {
            FUZZ_CHECK(bytes == 0);
            continue;
        }
        srv_part_of(parts, t, i, 7, &part);
        FUZZ_CHECK(part.out_elems * part.cell_bytes == bytes);
        const struct wi_body body = {.n_parts = 1, .part = fuzz_part, .ctx = &part, .suffix = "", .total_bytes = bytes};
        const size_t n = bytes < sizeof out ? (size_t)bytes : sizeof out;
        if (part.tensor.keep_bytes)
            continue;
        FUZZ_CHECK(wi_body_read(&body, NULL, NULL, 0, out, n) == n);
        FUZZ_CHECK(wi_body_read(&body, NULL, NULL, bytes - n, out, n) == n);
    }
}

/* A checkpoint says what its model said. */
static void check_checkpoint(struct srv_model *m, uint32_t n_shards)
{
    struct srv_parts parts;
    struct srv_checkpoint c;
    struct wi_error err = {0};
    if (srv_parts_make(&parts, &m->table, NULL, 1 << 20, &err)) {
        const size_t bytes = srv_lines_header_bytes(&m->table, 0);
        FUZZ_CHECK(srv_checkpoint_take(&c, m, &parts, n_shards));
        FUZZ_CHECK(srv_lines_header_bytes(&c.table, 0) == bytes);
        check_parts(&c.table, &c.parts);
        srv_checkpoint_free(&c);
    } else {
        FUZZ_CHECK(err.code != WI_OK && err.text[0]);
    }
    srv_parts_free(&parts);
}

/* What torch draws for a model: every row is drawn within its draw, and only once in the order. */
static void check_drawn(const struct srv_model *m)
{
    const struct wi_like_info *torch;
    struct srv_drawn drawn;
    struct wi_error err = {0};
    for (unsigned i = 0; (torch = wi_like_at(i)) && strcmp(torch->name, "torch") != 0;)
        i++;
    if (srv_drawn_make(&drawn, m, torch, SRV_DTYPE_FLOAT, &err)) {
        for (uint32_t i = 0; i < m->table.n_state; i++) {
            uint64_t n = m->table.shape[m->table.state[i].shape].n_elems;
            FUZZ_CHECK(drawn.of_state[i] == SRV_NO_TENSOR || drawn.of_state[i] < drawn.n_draws);
            FUZZ_CHECK(drawn.of_state[i] == SRV_NO_TENSOR || drawn.draw[drawn.of_state[i]].n == n);
        }
    } else {
        FUZZ_CHECK(err.code != WI_OK && err.text[0]);
    }
    srv_drawn_free(&drawn);
}

/* "LAYERS@INIT" */
static struct srv_model *model_of_layers(const char *text, size_t len, struct wi_error *err)
{
    const char *at = memchr(text, '@', len);
    size_t layers = at ? (size_t)(at - text) : len;
    return srv_model_stack(text, layers, at ? at + 1 : NULL, at ? len - layers - 1 : 0, SRV_DTYPE_F32, err);
}

static struct srv_model *model_of_arch(const char *text, size_t len, struct wi_error *err)
{
    json_t *torch = srv_builtin_json("torch", err);
    struct srv_model *m = calloc(1, sizeof *m);
    m->own_arch = srv_arch_load("fuzz", text, len, torch, err);
    json_decref(torch);
    if (m->own_arch && !m->own_arch->adapter &&
        srv_build_fill(&m->arena, m->own_arch, NULL, NULL, 0, &m->filled, err) &&
        srv_build(&m->table, &m->filled, NULL, SRV_DTYPE_F32, NULL, err))
        return m;
    srv_model_free(m);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct srv_catalog *catalog;
    struct wi_error err = {0};
    if (!catalog)
        catalog = srv_catalog_open(NULL, &err);
    FUZZ_CHECK(catalog);
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    size_t len = size - 1;
    struct srv_model *m = data[0] == 'c'   ? srv_model_any(catalog, text, len, NULL, 0, SRV_DTYPE_F32, &err)
                          : data[0] == 'm' ? srv_model_manifest(text, len, NULL, SRV_DTYPE_FLOAT, &err)
                          : data[0] == 'l' ? model_of_layers(text, len, &err)
                                           : model_of_arch(text, len, &err);
    FUZZ_CHECK(m || (err.code != WI_OK && err.text[0]));
    if (m) {
        check_drawn(m);
        check_order(&m->table);
        check_header(&m->table);
        check_checkpoint(m, srv_shards_deal(&m->table, 1000));
    }
    srv_model_free(m);
    return 0;
}
