/* see file.h: the table of a checkpoint's tensors as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/file.h"

/* A text between quotes; names are printable ASCII. */
static void put_text(FILE *out, const char *text, size_t len)
{
    putc_unlocked('"', out);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            putc_unlocked('\\', out);
        putc_unlocked(text[i], out);
    }
    putc_unlocked('"', out);
}

static void put_real(FILE *out, double value)
{
    char text[WI_DECIMAL_F64_MAX];
    fprintf(out, "%.*s", (int)wi_decimal_f64(value, text), text);
}

static void put_rule(FILE *out, const struct srv_checkpoint *c, const struct srv_file_row *row, uint32_t k)
{
    static const char *const names[SRV_RULE_COUNT][SRV_RULE_PARAMS] = {
        [SRV_RULE_NORMAL] = {"mean", "std"},
        [SRV_RULE_UNIFORM] = {"low", "high"},
        [SRV_RULE_TRUNC_NORMAL] = {"mean", "std", "low", "high"},
        [SRV_RULE_CONSTANT] = {"value"},
        [SRV_RULE_INV_FREQ] = {"theta"},
    };
    const struct srv_rule *rule = &c->table.rule[row->rule];
    const struct wi_tensor *tensor = k == SRV_NO_KIND ? NULL : &c->parts.kind[k].part.tensor;
    const bool by_init = tensor && c->parts.kind[k].by_init;
    fprintf(out, ", \"rule\": {\"scheme\": \"%s\"", by_init ? c->parts.init : srv_rule_name(rule->scheme));
    for (unsigned i = 0; i < srv_rule_n_params(rule->scheme) && !by_init; i++) {
        fprintf(out, ", \"%s\": ", names[rule->scheme][i]);
        put_real(out, rule->p[i]);
    }
    if (rule->zero_row != SRV_NO_ROW)
        fprintf(out, ", \"padding\": %llu", (unsigned long long)rule->zero_row);
    fputs("}", out);
    if (tensor && tensor->has_std) {
        fputs(", \"std\": ", out);
        put_real(out, tensor->std);
    }
}

static void put_type(FILE *out, const struct srv_checkpoint *c, const struct srv_file_row *row)
{
    const struct srv_shape *shape = &c->table.shape[row->shape];
    fprintf(out, ", \"dtype\": \"%s\", \"shape\": [", srv_dtype_name((enum srv_dtype)row->dtype));
    for (uint32_t i = 0; i < shape->rank; i++)
        fprintf(out, "%s%llu", i ? ", " : "", (unsigned long long)shape->dim[i]);
    fputs("]", out);
}

/* What the tensors of a kind have in common, as text: a table of many tensors is made of few of these. */
struct common {
    uint32_t kind;
    char type[256], rule[320];
};
#define COMMON_MAX 64

struct listing {
    FILE *out;
    const struct srv_file_source *source;
    uint64_t data; /* where the data begin in the file that holds all */
    struct common common[COMMON_MAX];
};

/* A text by a function that writes it. False: no memory, or it is too long. */
static bool keep(char *text, size_t cap,
                 void (*put)(FILE *, const struct srv_checkpoint *, const struct srv_file_row *),
                 const struct srv_checkpoint *c, const struct srv_file_row *row)
{
    memset(text, 0, cap);
    FILE *out = fmemopen(text, cap, "w");
    if (!out)
        return false;
    put(out, c, row);
    bool good = !ferror(out);
    good = fclose(out) == 0 && good;
    return good && !text[cap - 2];
}

static void put_own_rule(FILE *out, const struct srv_checkpoint *c, const struct srv_file_row *row)
{
    put_rule(out, c, row, c->parts.of_row[row - c->table.file]);
}

static void put_number(FILE *out, const char *before, uint64_t value)
{
    char text[WI_DECIMAL_U64_MAX];
    fputs_unlocked(before, out);
    fwrite_unlocked(text, 1, wi_decimal_u64(value, text), out);
}

static void put_tensor(struct listing *l, uint32_t row)
{
    const struct srv_checkpoint *c = l->source->checkpoint;
    const struct srv_file_row *file = &c->table.file[row];
    const uint32_t k = c->parts.of_row[row];
    struct common *common = &l->common[k % COMMON_MAX];
    char url[SRV_PART_URL_MAX];
    fputs_unlocked("    {\"name\": ", l->out);
    put_text(l->out, c->table.names + file->name, file->name_len);
    bool kept =
        k != SRV_NO_KIND && (common->kind == k || (keep(common->type, sizeof common->type, put_type, c, file) &&
                                                   keep(common->rule, sizeof common->rule, put_own_rule, c, file)));
    common->kind = kept ? k : SRV_NO_KIND;
    if (kept)
        fputs_unlocked(common->type, l->out);
    else
        put_type(l->out, c, file);
    put_number(l->out, ", \"offset\": ", l->data + file->offset);
    put_number(l->out, ", \"bytes\": ", srv_table_row_bytes(&c->table, file));
    if (kept)
        fputs_unlocked(common->rule, l->out);
    else
        put_own_rule(l->out, c, file);
    size_t len = srv_part_url(&c->parts, &c->table, row, l->source->seed, url);
    fputs_unlocked(len ? ", \"url\": \"" : "}", l->out);
    fwrite_unlocked(url, 1, len, l->out);
    fputs_unlocked(len ? "\"}" : "", l->out);
}

/* Where a file of the model is: of a preset in its folder, else behind the parameters of /model. */
static void put_url(FILE *out, const struct srv_file_source *source, const char *file)
{
    if (*source->name)
        fprintf(out, "\"/models/%s%s%s?%s\"", source->name, *file == '.' ? "" : "/", file, source->query);
    else if (*file == '.')
        fprintf(out, "\"/model?%s&format=%s\"", source->query, file + 1);
    else
        fprintf(out, "\"/model?%s&file=%s\"", source->query, file);
}

static void put_files(FILE *out, const struct srv_file_source *source)
{
    const struct srv_checkpoint *c = source->checkpoint;
    char name[SRV_SHARD_NAME_MAX];
    fputs("  \"files\": [", out);
    for (uint32_t i = 0; i < c->n_shards; i++) {
        srv_header_shard_name(i, c->n_shards, name);
        fputs(i ? ",\n    " : "\n    ", out);
        put_url(out, source, name);
    }
    fputs("\n  ],\n", out);
}

static void put_all(struct listing *l)
{
    FILE *out = l->out;
    const struct srv_file_source *source = l->source;
    const struct srv_checkpoint *c = source->checkpoint;
    const struct srv_table *t = &c->table;
    fputs("{\n  \"name\": ", out);
    put_text(out, source->name, strlen(source->name));
    fprintf(out, ",\n  \"architecture\": %s%s%s,\n  \"query\": \"%s\",\n", *c->arch ? "\"" : "",
            *c->arch ? c->arch : "null", *c->arch ? "\"" : "", source->query);
    if (c->parts.drawn.torch)
        fprintf(out, "  \"like\": \"%s\",\n  \"releases\": \"%s\",\n", c->parts.drawn.torch->name, c->releases);
    fprintf(out, "  \"parameters\": %llu,\n  \"bytes\": %llu,\n", (unsigned long long)t->n_parameters,
            (unsigned long long)(l->data + t->data_bytes));
    fputs("  \"file\": ", out);
    put_url(out, source, ".safetensors");
    fputs(",\n", out);
    put_files(out, source);
    fprintf(out, "  \"config\": %.*s,\n  \"tensors\": [", *c->config ? (int)strlen(c->config) - 1 : 4,
            *c->config ? c->config : "null");
    for (uint32_t i = 0; i < t->n_file; i++) {
        fputs(i ? ",\n" : "\n", out);
        put_tensor(l, t->order[i]);
    }
    fputs("\n  ]\n}\n", out);
}

bool srv_listing_lay(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err)
{
    struct listing *l = malloc(sizeof *l);
    FILE *out = l ? open_memstream(&layout->text, &layout->text_len) : NULL;
    bool good = out;
    if (out) {
        l->out = out;
        l->source = source;
        l->data = srv_header_safetensors(&source->checkpoint->table, SRV_ALL_SHARDS, true, NULL);
        for (unsigned i = 0; i < COMMON_MAX; i++)
            l->common[i].kind = SRV_NO_KIND;
        put_all(l);
        good = !ferror(out);
        good = fclose(out) == 0 && good;
    }
    free(l);
    if (!good)
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    return good;
}
