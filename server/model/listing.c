/* see file.h: the table of a checkpoint's tensors as JSON.
 *
 * Rows are filled up with blanks to one width, so that the length of the file is known before any row is, and a range of
 * it costs its own rows. A row is written when it is read; what tensors of a kind have in common is written once a
 * reading. */
#include <stdlib.h>
#include <string.h>

#include "model/file.h"
#include "model/sink.h"

/* ---- pieces of a row --------------------------------------------------------------------------------------------- */

static void put_real(struct srv_sink *s, double value)
{
    char text[WI_DECIMAL_F64_MAX];
    srv_put(s, text, wi_decimal_f64(value, text));
}

static void put_rule(struct srv_sink *s, const struct srv_checkpoint *c, uint32_t number, uint32_t k)
{
    static const char *const names[SRV_RULE_COUNT][SRV_RULE_PARAMS] = {
        [SRV_RULE_NORMAL] = {"mean", "std"},
        [SRV_RULE_UNIFORM] = {"low", "high"},
        [SRV_RULE_TRUNC_NORMAL] = {"mean", "std", "low", "high"},
        [SRV_RULE_SCALED_NORMAL] = {"times"},
        [SRV_RULE_CONSTANT] = {"value"},
        [SRV_RULE_INV_FREQ] = {"theta"},
    };
    const struct srv_rule *rule = &c->table.rule[number];
    const struct wi_tensor *tensor = k == SRV_NO_KIND ? NULL : &c->parts.kind[k].part.tensor;
    const bool by_init = tensor && c->parts.kind[k].by_init;
    srv_put_text(s, ", \"rule\": {\"scheme\": \"");
    srv_put_text(s, by_init ? c->parts.init : srv_rule_name(rule->scheme));
    srv_put_text(s, "\"");
    for (unsigned i = 0; i < srv_rule_n_params(rule->scheme) && !by_init; i++) {
        srv_put_text(s, ", \"");
        srv_put_text(s, names[rule->scheme][i]);
        srv_put_text(s, "\": ");
        put_real(s, rule->p[i]);
    }
    if (rule->zero_row != SRV_NO_ROW) {
        srv_put_text(s, ", \"padding\": ");
        srv_put_number(s, rule->zero_row);
    }
    srv_put_text(s, "}");
    if (tensor && tensor->has_std) {
        srv_put_text(s, ", \"std\": ");
        put_real(s, tensor->std);
    }
}

static void put_type(struct srv_sink *s, const struct srv_shape *shape, enum srv_dtype dtype)
{
    srv_put_text(s, ", \"dtype\": \"");
    srv_put_text(s, srv_dtype_name(dtype));
    srv_put_text(s, "\", \"shape\": [");
    for (uint32_t i = 0; i < shape->rank; i++) {
        srv_put(s, ", ", i ? 2 : 0);
        srv_put_number(s, shape->dim[i]);
    }
    srv_put_text(s, "]");
}

/* What the tensors of a kind have in common: type, then rule; 8 numbers of 20 digits, 5 of 24 and words. */
struct common {
    uint32_t kind; /* SRV_NO_KIND: of none */
    size_t type_len, rule_len;
    char text[640];
};
#define COMMON_COUNT 8

static void common_set(struct common *common, const struct srv_checkpoint *c, const struct srv_file_row *row)
{
    struct srv_sink s = {common->text, 0};
    const uint32_t k = c->parts.of_row[row - c->table.file];
    put_type(&s, &c->table.shape[row->shape], (enum srv_dtype)row->dtype);
    common->type_len = s.len;
    put_rule(&s, c, row->rule, k);
    common->rule_len = s.len - common->type_len;
    common->kind = k;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

#define ROW_MAX (2 * WI_NAME_MAX + sizeof((struct common *)0)->text + SRV_PART_URL_MAX + 128)

static size_t put_row(const struct srv_checkpoint *c, uint32_t row, uint64_t data, uint64_t seed, struct common *known,
                      char out[ROW_MAX])
{
    const struct srv_file_row *file = &c->table.file[row];
    const uint32_t k = c->parts.of_row[row];
    struct common *common = &known[k % COMMON_COUNT];
    struct srv_sink s = {out, 0};
    if (k == SRV_NO_KIND || common->kind != k)
        common_set(common, c, file);
    srv_put_text(&s, "    {\"name\": ");
    srv_put_name(&s, c->table.names + file->name, file->name_len,
                 srv_is_plain(c->table.names + file->name, file->name_len));
    srv_put(&s, common->text, common->type_len);
    srv_put_text(&s, ", \"offset\": ");
    srv_put_number(&s, data + file->offset);
    srv_put_text(&s, ", \"bytes\": ");
    srv_put_number(&s, srv_table_row_bytes(&c->table, file));
    srv_put(&s, common->text + common->type_len, common->rule_len);
    srv_put_text(&s, ", \"url\": \"");
    const size_t before = s.len;
    s.len += srv_part_url(&c->parts, &c->table, row, seed, out + s.len);
    if (s.len == before)
        s.len -= strlen(", \"url\": \"");
    else
        srv_put_text(&s, "\"");
    srv_put_text(&s, "}");
    return s.len;
}

static void forget(struct common known[COMMON_COUNT])
{
    for (unsigned i = 0; i < COMMON_COUNT; i++)
        known[i].kind = SRV_NO_KIND;
}

static bool is_plain(const struct srv_table *t)
{
    for (size_t i = 0; i < t->names_len; i++) {
        const char c = t->names[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
              c == '-'))
            return false;
    }
    return true;
}

#define MEASURED 4096

/* The longest row. Of many rows one of each kind is measured, as if it had the longest name and the largest offset: a
 * name of n bytes takes n in each of its two places, at most 2 n and 3 n where it has other characters than most. */
static size_t width_of(const struct srv_checkpoint *c, uint64_t data, uint64_t seed)
{
    const struct srv_table *t = &c->table;
    struct common known[COMMON_COUNT];
    char text[ROW_MAX];
    size_t width = 0, longest = 0, kinds = 0;
    bool *seen = t->n_file > MEASURED && !c->parts.drawn.of_state ? calloc(c->parts.n_kind + 1, 1) : NULL;
    forget(known);
    for (uint32_t i = 0; i < t->n_file; i++) {
        const uint32_t k = c->parts.of_row[i];
        const size_t name = t->file[i].name_len;
        longest = name > longest ? name : longest;
        if (seen && k != SRV_NO_KIND && seen[k])
            continue;
        const size_t len = put_row(c, i, data, seed, known, text);
        width = len > width ? len : width;
        if (seen && k != SRV_NO_KIND) {
            kinds = len - 2 * name > kinds ? len - 2 * name : kinds;
            seen[k] = true;
        }
    }
    if (seen)
        kinds += (is_plain(t) ? 2 : 6) * longest + wi_decimal_u64(data + t->data_bytes, text);
    free(seen);
    width = kinds > width ? kinds : width;
    return width < ROW_MAX ? width : ROW_MAX;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static const char tail[] = "  ]\n}\n";

struct how {
    uint64_t data;                  /* where the data begin in the file that holds all */
    uint64_t width;                 /* of a row, without its end ",\n" */
    uint8_t rows[SRV_SHA256_BYTES]; /* srv_checkpoint_digest */
};

/* Where a file of the model is: of a preset in its folder, else behind the parameters of /model. */
static void put_url(struct srv_sink *s, const struct srv_file_source *source, const char *file)
{
    const bool alone = *file == '.', preset = *source->name;
    const char *const piece[] = {preset ? "\"/models/" : "\"/model?",
                                 preset ? source->name : source->query,
                                 preset ? (alone ? "" : "/") : (alone ? "&format=" : "&file="),
                                 preset || !alone ? file : file + 1,
                                 preset ? "?" : "",
                                 preset ? source->query : "",
                                 "\""};
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++)
        srv_put_text(s, piece[i]);
}

static void put_files(struct srv_sink *s, const struct srv_file_source *source)
{
    const struct srv_checkpoint *c = source->checkpoint;
    char name[SRV_SHARD_NAME_MAX];
    srv_put_text(s, "  \"files\": [");
    for (uint32_t i = 0; i < c->n_shards; i++) {
        srv_shard_name(i, c->n_shards, name);
        srv_put_text(s, i ? ",\n    " : "\n    ");
        put_url(s, source, name);
    }
    srv_put_text(s, "\n  ],\n");
}

static void put_head(struct srv_sink *s, const struct srv_file_source *source, uint64_t data)
{
    const struct srv_checkpoint *c = source->checkpoint;
    srv_put_text(s, "{\n  \"name\": ");
    srv_put_name(s, source->name, strlen(source->name), false);
    srv_put_text(s, ",\n  \"architecture\": ");
    if (*c->arch)
        srv_put_name(s, c->arch, strlen(c->arch), false);
    else
        srv_put_text(s, "null");
    srv_put_text(s, ",\n  \"query\": \"");
    srv_put_text(s, source->query);
    srv_put_text(s, "\",\n");
    if (c->parts.drawn.torch) {
        srv_put_text(s, "  \"like\": ");
        srv_put_name(s, c->parts.drawn.torch->name, strlen(c->parts.drawn.torch->name), false);
        srv_put_text(s, ",\n  \"releases\": \"");
        srv_put_text(s, c->releases);
        srv_put_text(s, "\",\n");
    }
    srv_put_text(s, "  \"parameters\": ");
    srv_put_number(s, c->table.n_parameters);
    srv_put_text(s, ",\n  \"bytes\": ");
    srv_put_number(s, data + c->table.data_bytes);
    srv_put_text(s, ",\n  \"file\": ");
    put_url(s, source, ".safetensors");
    srv_put_text(s, ",\n");
    put_files(s, source);
    srv_put_text(s, "  \"config\": ");
    if (*c->config)
        srv_put(s, c->config, strlen(c->config) - 1);
    else
        srv_put_text(s, "null");
    srv_put_text(s, ",\n  \"tensors\": [\n");
}

bool srv_listing_lay(const struct srv_file_source *source, struct srv_file_layout *layout, struct wi_error *err)
{
    const struct srv_checkpoint *c = source->checkpoint;
    struct how *how = malloc(sizeof *how);
    struct srv_sink s = {NULL, 0};
    layout->how = how;
    layout->how_len = sizeof *how;
    layout->ends = malloc(sizeof *layout->ends);
    layout->rows = calloc(1, sizeof *layout->rows);
    const uint64_t data = srv_lines_header_bytes(&c->table, SRV_ALL_SHARDS);
    put_head(&s, source, data);
    layout->text = malloc(s.len);
    if (!how || !layout->ends || !layout->rows || !layout->text) {
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
        return false;
    }
    s = (struct srv_sink){layout->text, 0};
    put_head(&s, source, data);
    layout->text_len = s.len;
    memset(how, 0, sizeof *how);
    how->data = data;
    how->width = width_of(c, data, source->seed);
    srv_checkpoint_digest(c, how->rows);
    layout->n_parts = 1;
    layout->ends[0] = c->table.n_file * (how->width + 2) + strlen(tail);
    return true;
}

void srv_listing_part(const struct srv_checkpoint *c, const struct srv_file_layout *layout, uint64_t i, uint64_t seed,
                      struct wi_part *out)
{
    (void)c, (void)layout, (void)i, (void)seed;
    memset(out, 0, sizeof *out);
}

size_t srv_listing_read(const struct srv_checkpoint *c, const struct srv_file_layout *layout, uint64_t i, uint64_t seed,
                        const void *matrix, uint64_t from, uint8_t *buf, size_t cap)
{
    const struct how *how = layout->how;
    const size_t line = (size_t)how->width + 2;
    const uint32_t n = c->table.n_file;
    struct common known[COMMON_COUNT];
    char text[ROW_MAX + 2];
    size_t done = 0;
    (void)i, (void)matrix;
    forget(known);
    for (uint64_t row = from / line, skip = from % line; row < n && done < cap; row++, skip = 0) {
        const size_t len = put_row(c, c->table.order[row], how->data, seed, known, text);
        memset(text + len, ' ', line - len);
        text[line - 2] = row + 1 < n ? ',' : ' ';
        text[line - 1] = '\n';
        const size_t part = line - skip < cap - done ? (size_t)(line - skip) : cap - done;
        memcpy(buf + done, text + skip, part);
        done += part;
    }
    for (uint64_t at = from + done - (uint64_t)n * line;
         from + done >= (uint64_t)n * line && at < strlen(tail) && done < cap; at++)
        buf[done++] = (uint8_t)tail[at];
    return done;
}
