/* see file.h: the table of a checkpoint's tensors as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/file.h"

/* A text between quotes; names are printable ASCII. */
static void put_text(FILE *out, const char *text, size_t len)
{
    putc('"', out);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            putc('\\', out);
        putc(text[i], out);
    }
    putc('"', out);
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

static void put_tensor(FILE *out, const struct srv_file_source *source, uint32_t row, uint64_t data)
{
    const struct srv_checkpoint *c = source->checkpoint;
    const struct srv_file_row *file = &c->table.file[row];
    const struct srv_shape *shape = &c->table.shape[file->shape];
    char url[SRV_PART_URL_MAX];
    fputs("    {\"name\": ", out);
    put_text(out, c->table.names + file->name, file->name_len);
    fprintf(out, ", \"dtype\": \"%s\", \"shape\": [", srv_dtype_name((enum srv_dtype)file->dtype));
    for (uint32_t i = 0; i < shape->rank; i++)
        fprintf(out, "%s%llu", i ? ", " : "", (unsigned long long)shape->dim[i]);
    fprintf(out, "], \"offset\": %llu, \"bytes\": %llu", (unsigned long long)(data + file->offset),
            (unsigned long long)srv_table_row_bytes(&c->table, file));
    put_rule(out, c, file, c->parts.of_row[row]);
    if (srv_part_url(&c->parts, &c->table, row, source->seed, url))
        fprintf(out, ", \"url\": \"%s\"", url);
    fputs("}", out);
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

static void put_all(FILE *out, const struct srv_file_source *source)
{
    const struct srv_checkpoint *c = source->checkpoint;
    const struct srv_table *t = &c->table;
    const uint64_t data = srv_header_safetensors(t, SRV_ALL_SHARDS, true, NULL);
    fputs("{\n  \"name\": ", out);
    put_text(out, source->name, strlen(source->name));
    fprintf(out, ",\n  \"architecture\": %s%s%s,\n  \"query\": \"%s\",\n", *c->arch ? "\"" : "",
            *c->arch ? c->arch : "null", *c->arch ? "\"" : "", source->query);
    if (c->parts.drawn.torch)
        fprintf(out, "  \"like\": \"%s\",\n  \"releases\": \"%s\",\n", c->parts.drawn.torch->name, c->releases);
    fprintf(out, "  \"parameters\": %llu,\n  \"bytes\": %llu,\n", (unsigned long long)t->n_parameters,
            (unsigned long long)(data + t->data_bytes));
    fputs("  \"file\": ", out);
    put_url(out, source, ".safetensors");
    fputs(",\n", out);
    put_files(out, source);
    fprintf(out, "  \"config\": %.*s,\n  \"tensors\": [", *c->config ? (int)strlen(c->config) - 1 : 4,
            *c->config ? c->config : "null");
    for (uint32_t i = 0; i < t->n_file; i++) {
        fputs(i ? ",\n" : "\n", out);
        put_tensor(out, source, t->order[i], data);
    }
    fputs("\n  ]\n}\n", out);
}

bool srv_listing_lay(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err)
{
    FILE *out = open_memstream(&layout->text, &layout->text_len);
    bool good = out;
    if (out) {
        put_all(out, source);
        good = !ferror(out);
        good = fclose(out) == 0 && good;
    }
    if (!good)
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    return good;
}
