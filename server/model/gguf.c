/* see gguf.h: names, types and places of the tensors, and the header. The values: gguf_read.c. */
#include "model/gguf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#include "model/vocab.h"

#define STARS 4

/* A tensor of the file. */
struct row {
    const char *name;
    struct srv_gguf_part part; /* each of its pieces */
    uint64_t offset;
    uint32_t piece, n_pieces; /* in maker.piece: more than one for a stack */
    uint32_t place;           /* of its last piece, in the order of the model's file */
};

struct maker {
    const struct srv_gguf_wanted *wanted;
    const struct srv_gguf_spec *spec;
    struct srv_filled filled; /* the fields of config.json, those that touch no tensor among them */
    struct srv_arena arena;
    struct srv_gguf *file;
    struct row *row;
    uint32_t *piece; /* rows of the model's table.file */
    uint32_t n_rows, n_pieces;
    float *rope; /* what each frequency is divided by; NULL: there is no such tensor */
    uint32_t n_rope;
    struct wi_error *err;
};

static bool no_memory(struct maker *m)
{
    wi_fail(m->err, WI_E_TOO_LARGE, "", "no memory");
    return false;
}

static struct srv_env env_of(const struct maker *m)
{
    return (struct srv_env){m->filled.globals, NULL};
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

struct match {
    const char *star[STARS];
    size_t len[STARS];
    unsigned n;
};

/* Whether the name fits the pattern; `out` holds what its stars stand for. */
static bool fits(const char *pattern, const char *name, size_t len, struct match *out)
{
    const char *end = name + len;
    out->n = 0;
    for (; *pattern; pattern++) {
        if (*pattern != '*') {
            if (name == end || *name++ != *pattern)
                return false;
            continue;
        }
        if (out->n == STARS)
            return false;
        const char *from = name;
        while (name < end && (pattern[1] == 0 || *name != '.'))
            name++;
        out->star[out->n] = from;
        out->len[out->n++] = (size_t)(name - from);
        if (name == from)
            return false;
    }
    return name == end;
}

/* The new name: the pattern's stars in order, without the second of a stack. */
static char *renamed(struct maker *m, const struct srv_gguf_name *rule, const struct match *match)
{
    char text[WI_NAME_MAX + 1];
    size_t len = 0;
    unsigned star = 0;
    for (const char *at = rule->to; *at; at++) {
        bool hole = *at == '*' && star < match->n;
        const char *piece = hole ? match->star[star] : at;
        size_t n = hole ? match->len[star] : 1;
        if (hole)
            star += star == 0 && rule->op == SRV_GGUF_STACK ? 2 : 1;
        if (len + n > WI_NAME_MAX) {
            wi_fail(m->err, WI_E_TOO_LARGE, "name", "%q: the name of a tensor is too long for GGUF", rule->to);
            return NULL;
        }
        memcpy(text + len, piece, n);
        len += n;
    }
    return srv_arena_text(&m->arena, text, len);
}

static const struct srv_gguf_name *rule_of(struct maker *m, uint32_t file_row, struct match *match)
{
    const struct srv_table *t = m->wanted->table;
    const char *name = t->names + t->file[file_row].name;
    size_t len = t->file[file_row].name_len, prefix = strlen(m->spec->prefix);
    if (len > prefix && memcmp(name, m->spec->prefix, prefix) == 0) {
        name += prefix;
        len -= prefix;
    }
    for (unsigned i = 0; i < m->spec->n_tensors; i++)
        if (fits(m->spec->tensor[i].from, name, len, match))
            return &m->spec->tensor[i];
    char text[WI_NAME_MAX + 1];
    memcpy(text, name, len);
    text[len] = 0;
    wi_fail(m->err, WI_E_UNSUPPORTED, text, "GGUF has no place for the tensor %q of %s", text, m->spec->name);
    return NULL;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static bool set_shape(struct maker *m, struct srv_gguf_part *part, const struct srv_gguf_name *rule, uint32_t file_row)
{
    const struct srv_table *t = m->wanted->table;
    const struct srv_shape *shape = &t->shape[t->file[file_row].shape];
    bool matrix = shape->rank == 2, turned = matrix && rule->op == SRV_GGUF_TRANSPOSE;
    bool keep = !matrix || rule->op == SRV_GGUF_KEEP_F32 || rule->op == SRV_GGUF_PLUS_ONE;
    part->op = rule->op == SRV_GGUF_TRANSPOSE && !matrix ? SRV_GGUF_COPY : rule->op; /* the bias of a turned matrix */
    part->type = keep ? SRV_GGUF_F32 : m->wanted->type;
    part->rows = matrix ? shape->dim[turned] : 1;
    part->columns = matrix ? shape->dim[!turned] : shape->n_elems;
    const struct srv_gguf_type_row *type = &srv_gguf_types[part->type];
    if (shape->rank <= 2 && part->columns % type->block == 0)
        return true;
    char name[WI_NAME_MAX + 1] = "";
    memcpy(name, t->names + t->file[file_row].name, t->file[file_row].name_len);
    wi_fail(m->err, WI_E_UNSUPPORTED, "dtype", "%q has rows of %u elements: %s needs a multiple of %u", name,
            part->columns, type->name, (uint64_t)type->block);
    return false;
}

/* Heads must divide the rows, and the halves or thirds of a head must come out even. */
static bool set_heads(struct maker *m, struct srv_gguf_part *part, const struct srv_gguf_name *rule)
{
    if (!rule->heads.op)
        return true;
    uint64_t lines = part->rows == 1 ? part->columns : part->rows, parts = rule->op == SRV_GGUF_HALVES ? 2 : 3;
    if (!srv_expr_uint(&rule->heads, env_of(m), &part->heads, m->err))
        return false;
    if (part->heads && lines % (part->heads * parts) == 0)
        return true;
    wi_fail(m->err, WI_E_PARAM_CONFLICT, rule->heads.field, "%s: the rows of a head do not divide by %u", rule->to,
            parts);
    return false;
}

static uint32_t number_of(const char *text, size_t len)
{
    uint32_t number = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || number > SRV_TABLE_TENSORS)
            return UINT32_MAX;
        number = 10 * number + (uint32_t)(text[i] - '0');
    }
    return number;
}

/* A tensor of the model and its place in the file; `number` counts the pieces of a stack. */
struct entry {
    const char *name;
    const struct srv_gguf_name *rule;
    uint32_t file_row, number, place;
};

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static bool collect(struct maker *m, struct entry *entry, uint32_t *n)
{
    const struct srv_table *t = m->wanted->table;
    struct match match;
    for (uint32_t i = 0; i < t->n_file; i++) {
        struct entry *e = &entry[*n];
        *e = (struct entry){.file_row = t->order[i], .place = i};
        if (!(e->rule = rule_of(m, e->file_row, &match)))
            return false;
        if (!*e->rule->to)
            continue;
        if (e->rule->op == SRV_GGUF_STACK && match.n > 1)
            e->number = number_of(match.star[1], match.len[1]);
        if (!(e->name = renamed(m, e->rule, &match)))
            return no_memory(m);
        (*n)++;
    }
    return true;
}

/* The entries of one name are a row: alone, or the pieces 0, 1, ... of a stack of one shape. */
static bool add_row(struct maker *m, const struct entry *entry, uint32_t n)
{
    const struct srv_table *t = m->wanted->table;
    struct row *row = &m->row[m->n_rows++];
    row->name = entry->name;
    row->piece = m->n_pieces;
    row->n_pieces = n;
    for (uint32_t i = 0; i < n; i++) {
        if (entry[i].number != i || t->file[entry[i].file_row].shape != t->file[entry->file_row].shape) {
            wi_fail(m->err, WI_E_PARAM_CONFLICT, "name", "%q is made of tensors that do not belong together",
                    row->name);
            return false;
        }
        m->piece[m->n_pieces++] = entry[i].file_row;
        row->place = entry[i].place > row->place ? entry[i].place : row->place;
    }
    return set_shape(m, &row->part, entry->rule, entry->file_row) && set_heads(m, &row->part, entry->rule);
}

static int by_place(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static uint64_t aligned(uint64_t bytes)
{
    return (bytes + SRV_GGUF_ALIGN - 1) / SRV_GGUF_ALIGN * SRV_GGUF_ALIGN;
}

/* Rows in the order of the safetensors file; a stack stands where the last of its pieces did, as converters write
 * it. */
static bool lay_out(struct maker *m)
{
    struct srv_gguf *file = m->file;
    uint64_t offset = 0;
    file->ends = malloc((m->n_pieces + 1) * sizeof *file->ends);
    file->rows = malloc((m->n_pieces + 1) * sizeof *file->rows);
    file->part = malloc((m->n_pieces + 1) * sizeof *file->part);
    if (!file->ends || !file->rows || !file->part)
        return no_memory(m);
    qsort(m->row, m->n_rows, sizeof *m->row, by_place);
    for (uint32_t i = 0; i < m->n_rows; i++) {
        struct row *row = &m->row[i];
        const struct srv_gguf_type_row *type = &srv_gguf_types[row->part.type];
        row->offset = offset;
        for (uint32_t k = 0; k < row->n_pieces; k++) {
            offset += row->part.rows * (row->part.columns / type->block) * type->bytes;
            file->ends[file->n_parts] = offset;
            file->rows[file->n_parts] = m->piece[row->piece + k];
            file->part[file->n_parts++] = row->part;
        }
        if (row->n_pieces)
            file->ends[file->n_parts - 1] = offset = aligned(offset);
    }
    return true;
}

static bool make_rows(struct maker *m)
{
    uint32_t n = 0, n_file = m->wanted->table->n_file;
    struct entry *entry = calloc(n_file + 1, sizeof *entry);
    m->row = calloc(n_file + 1, sizeof *m->row);
    m->piece = calloc(n_file + 1, sizeof *m->piece);
    bool good = entry && m->row && m->piece ? collect(m, entry, &n) : no_memory(m);
    if (good)
        qsort(entry, n, sizeof *entry, by_name);
    for (uint32_t i = 0, end; good && i < n; i = end) {
        for (end = i + 1; end < n && strcmp(entry[end].name, entry[i].name) == 0;)
            end++;
        good = add_row(m, &entry[i], end - i);
    }
    free(entry);
    return good && lay_out(m);
}

/* ---- rope_freqs --------------------------------------------------------------------------------------------------- */

#define ROPE_MAX 4096

/* A number of "rope"; null is 0. */
static bool rope_value(struct maker *m, const char *name, double *out)
{
    *out = 0;
    for (unsigned i = 0; i < m->spec->n_rope; i++) {
        const struct srv_gguf_key *key = &m->spec->rope[i];
        struct srv_value value;
        if (strcmp(key->name, name) != 0)
            continue;
        return srv_expr_eval(&key->value, env_of(m), &value, m->err) &&
               (value.type == SRV_VALUE_NULL || srv_expr_real(&key->value, env_of(m), out, m->err));
    }
    return true;
}

/* Llama 3.1's rule, as transformers' _compute_llama3_parameters has it: low frequencies are divided by the factor, high ones
 * stay, those between are blended. `frequency` holds n of them, and becomes the divisors. */
static void divide(double *frequency, uint32_t n, double factor, double low, double high, double context)
{
    for (uint32_t i = 0; i < n; i++) {
        const double wavelength = 6.283185307179586 / frequency[i],
                     smooth = (context / wavelength - low) / (high - low);
        frequency[i] = wavelength < context / high  ? 1
                       : wavelength > context / low ? factor
                                                    : 1 / ((1 - smooth) / factor + smooth);
    }
}

static bool make_rope(struct maker *m)
{
    double dim, theta, factor, low, high, context, frequency[ROPE_MAX];
    char query[128], base[WI_DECIMAL_F64_MAX + 1];
    struct wi_sizes sizes;
    if (!rope_value(m, "dim", &dim) || !rope_value(m, "theta", &theta) || !rope_value(m, "factor", &factor) ||
        !rope_value(m, "low", &low) || !rope_value(m, "high", &high) || !rope_value(m, "context", &context))
        return false;
    if (factor == 0)
        return true;
    m->n_rope = dim >= 2 && dim <= 2 * ROPE_MAX ? (uint32_t)dim / 2 : 0;
    if (!m->n_rope || !(factor > 0 && low > 0 && high > low && context > 0)) {
        wi_fail(m->err, WI_E_PARAM_VALUE, "rope_parameters",
                "the rope_type llama3 needs factor, low_freq_factor below high_freq_factor and "
                "original_max_position_embeddings, all above 0");
        return false;
    }
    base[wi_decimal_f64(theta, base)] = '\0';
    snprintf(query, sizeof query, "scheme=inv_freq&shape=%u&base=%s&dtype=f64&format=raw", m->n_rope, base);
    if (wi_get(query, frequency, sizeof frequency, &sizes, m->err) != WI_OK)
        return false;
    if (!(m->rope = malloc(m->n_rope * sizeof *m->rope)))
        return no_memory(m);
    divide(frequency, m->n_rope, factor, low, high, context);
    for (uint32_t i = 0; i < m->n_rope; i++)
        m->rope[i] = (float)frequency[i];
    return true;
}

/* Its bytes lie before those of the other tensors; they are part of the text of the file. */
static uint64_t rope_bytes(const struct maker *m)
{
    return m->rope ? aligned(m->n_rope * sizeof *m->rope) : 0;
}

/* ---- the header -------------------------------------------------------------------------------------------------- */

/* Bytes that are counted, and written when there is a place for them. */
struct sink {
    char *out;
    size_t len;
    uint64_t keys;
};

static void put(struct sink *s, const void *bytes, size_t len)
{
    if (s->out)
        memcpy(s->out + s->len, bytes, len);
    s->len += len;
}

static void put_number(struct sink *s, uint64_t number, unsigned bytes)
{
    char little[8];
    for (unsigned i = 0; i < bytes; i++)
        little[i] = (char)(number >> (8 * i));
    put(s, little, bytes);
}

static void put_text(struct sink *s, const char *text)
{
    put_number(s, strlen(text), 8);
    put(s, text, strlen(text));
}

static void put_key(struct sink *s, const char *prefix, const char *name, enum srv_gguf_kind kind)
{
    put_number(s, strlen(prefix) + strlen(name), 8);
    put(s, prefix, strlen(prefix));
    put(s, name, strlen(name));
    put_number(s, kind, 4);
    s->keys++;
}

static void put_u32_key(struct sink *s, const char *name, uint32_t value)
{
    put_key(s, "", name, SRV_GGUF_U32);
    put_number(s, value, 4);
}

static void put_text_key(struct sink *s, const char *name, const char *value)
{
    put_key(s, "", name, SRV_GGUF_TEXT);
    put_text(s, value);
}

static void put_bool_key(struct sink *s, const char *name, bool value)
{
    put_key(s, "", name, SRV_GGUF_BOOL);
    put_number(s, value, 1);
}

static void put_array_key(struct sink *s, const char *name, enum srv_gguf_kind kind, uint64_t n)
{
    put_key(s, "", name, SRV_GGUF_ARRAY);
    put_number(s, kind, 4);
    put_number(s, n, 8);
}

/* A key of the architecture: its value follows from config.json. */
static bool put_own_key(struct maker *m, struct sink *s, const char *prefix, const struct srv_gguf_key *key)
{
    struct srv_value value;
    double real = 0;
    float single = 0;
    uint64_t number = 0;
    uint32_t bits;
    bool truth = false;
    if (!srv_expr_eval(&key->value, env_of(m), &value, m->err))
        return false;
    if (value.type == SRV_VALUE_NULL)
        return true;
    bool good = key->kind == SRV_GGUF_REAL   ? srv_expr_real(&key->value, env_of(m), &real, m->err)
                : key->kind == SRV_GGUF_BOOL ? srv_expr_true(&key->value, env_of(m), &truth, m->err)
                                             : srv_expr_uint(&key->value, env_of(m), &number, m->err);
    single = (float)real;
    memcpy(&bits, &single, 4);
    put_key(s, strncmp(key->name, "tokenizer.", 10) == 0 ? "" : prefix, key->name, key->kind);
    put_number(s,
               key->kind == SRV_GGUF_REAL   ? bits
               : key->kind == SRV_GGUF_BOOL ? truth
                                            : number,
               key->kind == SRV_GGUF_BOOL ? 1 : 4);
    return good;
}

static void put_vocabulary(struct sink *s, uint32_t tokens)
{
    char text[SRV_VOCAB_TEXT_MAX];
    enum { NORMAL = 1, CONTROL = 3, UNUSED = 5 };
    put_text_key(s, "tokenizer.ggml.model", "gpt2");
    put_text_key(s, "tokenizer.ggml.pre", "qwen2");
    put_array_key(s, "tokenizer.ggml.tokens", SRV_GGUF_TEXT, tokens);
    for (uint32_t i = 0; i < tokens; i++) {
        srv_vocab_text(i, text);
        put_text(s, text);
    }
    put_array_key(s, "tokenizer.ggml.token_type", SRV_GGUF_I32, tokens);
    for (uint32_t i = 0; i < tokens; i++)
        put_number(s, i <= SRV_VOCAB_MERGED ? NORMAL : i < SRV_VOCAB_TOKENS ? CONTROL : UNUSED, 4);
    put_array_key(s, "tokenizer.ggml.merges", SRV_GGUF_TEXT, 1);
    put_text(s, srv_vocab_merge);
    put_u32_key(s, "tokenizer.ggml.bos_token_id", SRV_VOCAB_BOS);
    put_u32_key(s, "tokenizer.ggml.eos_token_id", SRV_VOCAB_EOS);
    put_u32_key(s, "tokenizer.ggml.padding_token_id", SRV_VOCAB_PAD);
    put_bool_key(s, "tokenizer.ggml.add_bos_token", false);
    put_text_key(s, "tokenizer.chat_template", srv_vocab_chat_template);
}

static void put_tensors(const struct maker *m, struct sink *s)
{
    const struct srv_table *t = m->wanted->table;
    if (m->rope) {
        put_text(s, "rope_freqs.weight");
        put_number(s, 1, 4);
        put_number(s, m->n_rope, 8);
        put_number(s, srv_gguf_types[SRV_GGUF_F32].number, 4);
        put_number(s, 0, 8);
    }
    for (uint32_t i = 0; i < m->n_rows; i++) {
        const struct row *row = &m->row[i];
        bool vector = t->shape[t->file[m->piece[row->piece]].shape].rank < 2;
        put_text(s, row->name);
        put_number(s, vector ? 1 : row->n_pieces > 1 ? 3 : 2, 4);
        put_number(s, row->part.columns, 8);
        if (!vector)
            put_number(s, row->part.rows, 8);
        if (row->n_pieces > 1)
            put_number(s, row->n_pieces, 8);
        put_number(s, srv_gguf_types[row->part.type].number, 4);
        put_number(s, rope_bytes(m) + row->offset, 8);
    }
}

static bool vocabulary_of(struct maker *m, uint32_t *tokens)
{
    const struct srv_arch *arch = m->filled.arch;
    for (unsigned i = 0; i < arch->n_fields; i++)
        if (strcmp(arch->fields[i].name, "vocab_size") == 0)
            *tokens = (uint32_t)m->filled.globals[i].i;
    if (*tokens >= SRV_VOCAB_TOKENS)
        return true;
    wi_fail(m->err, WI_E_PARAM_VALUE, "vocab_size",
            "the vocabulary of a GGUF file has %u tokens: vocab_size is smaller", (unsigned)SRV_VOCAB_TOKENS);
    return false;
}

static bool put_header(struct maker *m, struct sink *s, uint32_t tokens)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "%s.", m->spec->name);
    put(s, "GGUF", 4);
    put_number(s, 3, 4);
    put_number(s, m->n_rows + (m->rope != NULL), 8);
    size_t count = s->len;
    put_number(s, 0, 8);
    put_text_key(s, "general.architecture", m->spec->name);
    put_text_key(s, "general.type", "model");
    if (!strstr(m->wanted->name, "phi3") &&
        !strstr(m->wanted->name, "phi-3")) /* llama.cpp wants Phi-3's tokens of these */
        put_text_key(s, "general.name", m->wanted->name);
    for (unsigned i = 0; i < m->spec->n_keys; i++)
        if (!put_own_key(m, s, prefix, &m->spec->key[i]))
            return false;
    put_u32_key(s, "general.file_type", srv_gguf_types[m->wanted->type].file);
    put_u32_key(s, "general.quantization_version", 2);
    put_vocabulary(s, tokens);
    struct sink patch = {s->out, count, 0};
    put_number(&patch, s->keys, 8);
    put_tensors(m, s);
    static const char zeros[SRV_GGUF_ALIGN];
    put(s, zeros, aligned(s->len) - s->len);
    for (uint32_t i = 0; i < m->n_rope; i++) {
        uint32_t bits;
        memcpy(&bits, &m->rope[i], 4);
        put_number(s, bits, 4);
    }
    put(s, zeros, aligned(s->len) - s->len);
    return true;
}

static bool make_header(struct maker *m)
{
    struct sink count = {0}, write = {0};
    uint32_t tokens = 0;
    if (!vocabulary_of(m, &tokens) || !put_header(m, &count, tokens))
        return false;
    if (!(write.out = m->file->header = malloc(count.len)))
        return no_memory(m);
    m->file->header_len = count.len;
    return put_header(m, &write, tokens);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool check_needs(struct maker *m)
{
    for (unsigned i = 0; i < m->spec->n_needs; i++) {
        const struct srv_gguf_need *need = &m->spec->need[i];
        bool holds;
        if (!srv_expr_true(&need->holds, env_of(m), &holds, m->err))
            return false;
        if (!holds) {
            wi_fail(m->err, WI_E_UNSUPPORTED, need->holds.field, "%s", need->why);
            return false;
        }
    }
    return true;
}

static bool fill(struct maker *m)
{
    const struct srv_gguf_wanted *w = m->wanted;
    if (!w->arch || !w->arch->gguf) {
        wi_fail(m->err, WI_E_UNSUPPORTED, "format", "%s has no place in a GGUF file",
                w->arch ? w->arch->name : "a manifest");
        return false;
    }
    m->spec = w->arch->gguf;
    return srv_build_fill(&m->arena, w->arch, w->config, NULL, 0, &m->filled, m->err) && check_needs(m);
}

bool srv_gguf_make(const struct srv_gguf_wanted *wanted, struct srv_gguf *file, struct wi_error *err)
{
    struct maker m = {.wanted = wanted, .file = file, .err = err};
    *file = (struct srv_gguf){0};
    bool good = fill(&m) && make_rows(&m) && make_rope(&m) && make_header(&m);
    free(m.rope);
    free(m.row);
    free(m.piece);
    srv_arena_free(&m.arena);
    if (!good)
        srv_gguf_free(file);
    return good;
}

void srv_gguf_free(struct srv_gguf *file)
{
    free(file->header);
    free(file->ends);
    free(file->rows);
    free(file->part);
    *file = (struct srv_gguf){0};
}
