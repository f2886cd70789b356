/* server/model: every configuration whose tensors the real libraries were asked for (tests/vectors/models.txt, made by
 * tools/model_golden.py), shards, manifests, stacks, overrides, and input that is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/guess.h"
#include "model/drawn.h"
#include "model/model.h"
#include "support/failing_malloc.h"
#include "support/sha256.h"
#include "support/test.h"

static struct srv_catalog *catalog;

static int open_catalog(void **state)
{
    (void)state;
    struct wi_error err = {0};
    catalog = srv_catalog_open(NULL, &err);
    if (!catalog)
        fprintf(stderr, "%s: %s\n", err.param, err.text);
    return catalog ? 0 : -1;
}

static int close_catalog(void **state)
{
    (void)state;
    srv_catalog_free(catalog);
    return 0;
}

/* ---- listings ---------------------------------------------------------------------------------------------------- */

struct text {
    char *at;
    size_t len, room;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char line[2048];
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    assert_in_range(n, 0, sizeof line - 1);
    if (t->len + (size_t)n + 1 > t->room) {
        t->room = 2 * (t->len + (size_t)n) + 4096;
        t->at = realloc(t->at, t->room);
        assert_non_null(t->at);
    }
    memcpy(t->at + t->len, line, (size_t)n + 1);
    t->len += (size_t)n;
}

static void add_shape(struct text *t, const struct srv_shape *shape)
{
    add(t, "[");
    for (uint32_t i = 0; i < shape->rank; i++)
        add(t, "%s%llu", i ? "," : "", (unsigned long long)shape->dim[i]);
    add(t, "]");
}

static void add_rule(struct text *t, const struct srv_rule *rule)
{
    char number[WI_DECIMAL_F64_MAX + 1];
    add(t, "%s", srv_rule_name(rule->scheme));
    for (unsigned i = 0; i < srv_rule_n_params(rule->scheme); i++) {
        number[wi_decimal_f64(rule->p[i], number)] = 0;
        add(t, " %s", number);
    }
    if (rule->zero_row != SRV_NO_ROW)
        add(t, " zero_row=%llu", (unsigned long long)rule->zero_row);
}

static void list_state(const struct srv_table *table, struct text *t)
{
    for (uint32_t i = 0; i < table->n_state; i++) {
        const struct srv_state_row *row = &table->state[i];
        if (!row->saved || row->base)
            continue;
        add(t, "%.*s %s %s ", row->name_len, table->names + row->name, row->buffer ? "buffer" : "parameter",
            srv_dtype_name((enum srv_dtype)row->dtype));
        add_shape(t, &table->shape[row->shape]);
        add(t, " ");
        if (row->tie == SRV_NO_TIE)
            add_rule(t, &table->rule[row->rule]);
        else
            add(t, "= %.*s", table->state[row->tie].name_len, table->names + table->state[row->tie].name);
        add(t, "\n");
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_unsaved(const struct srv_table *table, struct text *t)
{
    char *lines[64];
    size_t n = 0;
    for (uint32_t i = 0; i < table->n_state; i++) {
        const struct srv_state_row *row = &table->state[i];
        struct text line = {0};
        if (row->saved)
            continue;
        add(&line, "%.*s %s ", row->name_len, table->names + row->name, srv_dtype_name((enum srv_dtype)row->dtype));
        add_shape(&line, &table->shape[row->shape]);
        assert_true(n < 64);
        lines[n++] = line.at;
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++) {
        add(t, "%s\n", lines[i]);
        free(lines[i]);
    }
}

static void list_file(const struct srv_table *table, struct text *t)
{
    for (uint32_t i = 0; i < table->n_file; i++) {
        const struct srv_file_row *row = &table->file[table->order[i]];
        const struct srv_state_row *state = &table->state[row->state];
        add(t, "%.*s %s ", row->name_len, table->names + row->name, srv_dtype_name((enum srv_dtype)row->dtype));
        add_shape(t, &table->shape[row->shape]);
        add(t, " %llu %.*s %llu\n", (unsigned long long)row->offset, state->name_len, table->names + state->name,
            (unsigned long long)row->first);
    }
}

static bool has_digest(const struct text *t, const char *hex)
{
    char found[65];
    if (strcmp(hex, "-") == 0)
        return true;
    sha256_hex((const uint8_t *)(t->at ? t->at : ""), t->len, found);
    return strcmp(found, hex) == 0;
}

/* ---- the golden configurations ----------------------------------------------------------------------------------- */

struct vector {
    char name[80], arch[80], header_bytes[24], state[65], unsaved[65], file[65], header[65], plan[65], words[48];
    unsigned long long parameters;
    const char *config;
};

static struct vector vectors[160];
static char *vectors_text;
static unsigned n_vectors;

static int read_vectors(void **state)
{
    FILE *file = fopen("tests/vectors/models.txt", "r");
    vectors_text = calloc(1, 1 << 20);
    if (open_catalog(state) || !file || !vectors_text)
        return -1;
    size_t len = fread(vectors_text, 1, (1 << 20) - 1, file);
    fclose(file);
    for (char *line = vectors_text, *end; line < vectors_text + len; line = end + 1) {
        struct vector *v = &vectors[n_vectors++];
        int at = 0;
        end = strchr(line, '\n');
        *end = 0;
        if (sscanf(line, "%79s %79s %llu %23s %64s %64s %64s %64s %64s %47s %n", v->name, v->arch, &v->parameters,
                   v->header_bytes, v->state, v->unsaved, v->file, v->header, v->plan, v->words, &at) != 10)
            return -1;
        v->config = line + at;
    }
    return 0;
}

static int free_vectors(void **state)
{
    free(vectors_text);
    return close_catalog(state);
}

static const struct vector *find_vector(const char *name)
{
    for (unsigned i = 0; i < n_vectors; i++)
        if (strcmp(vectors[i].name, name) == 0)
            return &vectors[i];
    fail_msg("no vector %s", name);
    return NULL;
}

static size_t config_of(const struct vector *v, char *out, size_t room)
{
    bool empty = strcmp(v->config, "{}") == 0;
    return (size_t)snprintf(out, room, "{\"model_type\":\"%s\"%s%s", v->arch, empty ? "" : ",", v->config + 1);
}

static struct srv_model *model_of(const struct vector *v, enum srv_dtype dtype, struct wi_error *err)
{
    static char text[16384];
    const char *plus = strchr(v->arch, '+');
    size_t len = config_of(plus ? find_vector(plus + 1) : v, text, sizeof text);
    return plus ? srv_model_adapter(catalog, v->config, strlen(v->config), text, len, dtype, err)
                : srv_model_config(catalog, text, len, NULL, 0, dtype, err);
}

/* The text of lines, read at once and in odd pieces; for the caller to free. */
static char *whole(struct srv_lines *lines, size_t *len)
{
    assert_non_null(lines);
    *len = srv_lines_bytes(lines);
    char *text = malloc(*len), piece[61];
    assert_int_equal(srv_lines_read(lines, 0, text, *len + 1), *len);
    for (size_t at = 0, step = *len / 50 + 1; at < *len; at += step) {
        const size_t n = srv_lines_read(lines, at, piece, sizeof piece);
        assert_int_equal(n, *len - at < sizeof piece ? *len - at : sizeof piece);
        assert_memory_equal(piece, text + at, n);
    }
    assert_int_equal(srv_lines_read(lines, *len, piece, 1), 0);
    srv_lines_free(lines);
    return text;
}

/* Does the table of the model agree with the vector? Else say in what. */
static bool agrees(const struct vector *v, const struct srv_table *table)
{
    struct text state = {0}, unsaved = {0}, file = {0}, header = {0};
    list_state(table, &state);
    list_unsaved(table, &unsaved);
    list_file(table, &file);
    header.at = whole(srv_lines_header(table, SRV_ALL_SHARDS), &header.len);
    assert_int_equal(srv_lines_header_bytes(table, SRV_ALL_SHARDS), header.len);
    const struct {
        const char *what;
        bool good;
    } checks[] = {
        {"parameters", table->n_parameters == v->parameters},
        {"state_dict", has_digest(&state, v->state)},
        {"buffers not saved", has_digest(&unsaved, v->unsaved) || strcmp(v->unsaved, "-") == 0},
        {"file", has_digest(&file, v->file)},
        {"header bytes", strcmp(v->header_bytes, "-") == 0 || strtoull(v->header_bytes, NULL, 10) == header.len},
        {"header", has_digest(&header, v->header)}};
    bool good = true;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!checks[i].good) {
            print_error("%s: the %s differ\n", v->name, checks[i].what);
            good = false;
        }
    if (!good && getenv("MODEL_LISTING"))
        print_error("%s%s", state.at ? state.at : "", file.at ? file.at : "");
    free(state.at);
    free(unsaved.at);
    free(file.at);
    free(header.at);
    return good;
}

TEST(every_golden_configuration_gives_the_libraries_tensors_and_header)
{
    unsigned bad = 0;
    for (unsigned i = 0; i < n_vectors; i++) {
        struct wi_error err = {0};
        struct srv_model *m = model_of(&vectors[i], SRV_DTYPE_F32, &err);
        if (!m)
            print_error("%s: %s: %s\n", vectors[i].name, err.param, err.text);
        bad += !m || !agrees(&vectors[i], &m->table);
        srv_model_free(m);
    }
    assert_int_equal(bad, 0);
    assert_int_equal(n_vectors, 135);
}

/* ---- shards ------------------------------------------------------------------------------------------------------ */

static bool digest_is(const char *text, size_t len, const char *hex)
{
    struct text t = {(char *)text, len, 0};
    return has_digest(&t, hex);
}

static void list_shard(const struct srv_table *table, uint32_t shard, uint32_t n_shards, struct text *t)
{
    char name[SRV_SHARD_NAME_MAX];
    srv_shard_name(shard, n_shards, name);
    size_t header = srv_lines_header_bytes(table, shard);
    add(t, "%s %llu", name, (unsigned long long)(header + srv_shard_bytes(table, shard)));
    for (uint32_t i = 0; i < table->n_file; i++) {
        const struct srv_file_row *row = &table->file[table->order[i]];
        if (row->shard == shard)
            add(t, " %.*s", row->name_len, table->names + row->name);
    }
    add(t, "\n");
}

/* ---- the order of draws ------------------------------------------------------------------------------------------ */

static void add_step(struct text *t, const struct srv_table *table, const struct srv_step *step, bool words)
{
    static const double filled[] = {[SRV_RULE_ZEROS] = 0, [SRV_RULE_ONES] = 1};
    bool fill = step->rule.scheme == SRV_RULE_ZEROS || step->rule.scheme == SRV_RULE_ONES ||
                step->rule.scheme == SRV_RULE_CONSTANT;
    bool draw = step->rule.scheme <= SRV_RULE_TRUNC_NORMAL || step->rule.scheme == SRV_RULE_SCALED_NORMAL;
    char number[WI_DECIMAL_F64_MAX + 1];
    struct srv_rule rule = step->rule;
    rule.zero_row = SRV_NO_ROW;
    if (draw) {
        add_rule(t, &rule);
    } else if (fill) {
        number[wi_decimal_f64(rule.scheme == SRV_RULE_CONSTANT ? rule.p[0] : filled[rule.scheme], number)] = 0;
        add(t, "fill %s", number);
    } else {
        add(t, "computed");
    }
    add(t, " n=%llu", (unsigned long long)step->n);
    if (draw && words)
        add(t, " at=%llu", (unsigned long long)step->at);
    if (step->to != SRV_NO_TENSOR)
        add(t, " to=%.*s", table->state[step->to].name_len, table->names + table->state[step->to].name);
    if (step->first)
        add(t, " offset=%llu", (unsigned long long)step->first);
}

/* Draws in their order, then fills sorted. */
static void list_plan(const struct srv_plan *plan, const struct srv_table *table, bool words, struct text *t)
{
    char **fills = calloc(plan->n + 1, sizeof *fills);
    size_t n = 0;
    for (uint32_t i = 0; i < plan->n; i++) {
        struct text line = {0};
        add_step(&line, table, &plan->step[i], words);
        if (strncmp(line.at, "fill", 4) == 0) {
            fills[n++] = line.at;
            continue;
        }
        add(t, "%s\n", line.at);
        free(line.at);
    }
    qsort(fills, n, sizeof *fills, by_text);
    for (size_t i = 0; i < n; i++) {
        add(t, "%s\n", fills[i]);
        free(fills[i]);
    }
    free(fills);
}

static bool plan_agrees(const struct srv_model *m, const char *digest, const char *words, const char *name)
{
    struct wi_error err = {0};
    struct srv_plan plan;
    struct text t = {0};
    char total[48];
    bool has_words = words[0] == '@';
    if (!srv_model_plan(m, &plan, &err))
        fail_msg("%s: %s", name, err.text);
    list_plan(&plan, &m->table, has_words, &t);
    snprintf(total, sizeof total, "%llu:%d", (unsigned long long)plan.words, plan.spare);
    bool good = has_digest(&t, digest) && (words[has_words] == '-' || strcmp(words + has_words, total) == 0);
    if (!good)
        print_error("%s: the plan differs, or its words, %s, not %s\n%s", name, total, words,
                    getenv("MODEL_LISTING") && t.at ? t.at : "");
    free(t.at);
    srv_plan_free(&plan);
    return good;
}

TEST(the_order_of_draws_is_that_of_torch_and_its_libraries)
{
    unsigned bad = 0;
    for (unsigned i = 0; i < n_vectors; i++) {
        struct wi_error err = {0};
        struct srv_model *m = model_of(&vectors[i], SRV_DTYPE_F32, &err);
        assert_non_null(m);
        bad += !plan_agrees(m, vectors[i].plan, vectors[i].words, vectors[i].name);
        srv_model_free(m);
    }
    assert_int_equal(bad, 0);
}

TEST(shards_and_their_index_are_those_of_save_pretrained)
{
    FILE *file = fopen("tests/vectors/shards.txt", "r");
    char model[80], names[65], index[65];
    unsigned long long bytes;
    unsigned n, cases = 0;
    assert_non_null(file);
    for (; fscanf(file, "%79s %llu %u %64s %64s", model, &bytes, &n, names, index) == 5; cases++) {
        struct wi_error err = {0};
        struct text t = {0};
        struct srv_model *m = model_of(find_vector(model), SRV_DTYPE_F32, &err);
        assert_non_null(m);
        assert_int_equal(srv_shards_deal(&m->table, bytes), n);
        for (uint32_t shard = 0; shard < n; shard++)
            list_shard(&m->table, shard, n, &t);
        size_t len;
        char *text = whole(srv_lines_index(&m->table, n), &len);
        if (!has_digest(&t, names) || !digest_is(text, len, index))
            fail_msg("%s at %llu: shards or index differ\n%s%.*s", model, bytes, t.at, (int)len, text);
        free(text);
        free(t.at);
        srv_model_free(m);
    }
    fclose(file);
    assert_int_equal(cases, 5);
}

/* ---- stacks ------------------------------------------------------------------------------------------------------ */

TEST(stacks_have_the_names_shapes_and_rules_of_torch)
{
    FILE *file = fopen("tests/vectors/layers.txt", "r");
    char layers[512], digest[65], plan[65], words[48];
    unsigned long long parameters;
    unsigned cases = 0, bad = 0;
    assert_non_null(file);
    for (; fscanf(file, "%511s %llu %64s %64s %47s", layers, &parameters, digest, plan, words) == 5; cases++) {
        struct wi_error err = {0};
        struct text t = {0};
        const char *init = strchr(layers, '@');
        size_t len = init ? (size_t)(init - layers) : strlen(layers);
        struct srv_model *m = *layers == '{' ? srv_model_any(catalog, layers, len, NULL, 0, SRV_DTYPE_FLOAT, &err)
                                             : srv_model_stack(layers, len, init ? init + 1 : NULL,
                                                               init ? strlen(init + 1) : 0, SRV_DTYPE_F32, &err);
        if (m)
            list_state(&m->table, &t);
        if (!m || m->table.n_parameters != parameters || !has_digest(&t, digest) ||
            !plan_agrees(m, plan, words, layers)) {
            print_error("%s: %s\n%s", layers, err.text, t.at ? t.at : "");
            bad++;
        }
        free(t.at);
        srv_model_free(m);
    }
    fclose(file);
    assert_int_equal(bad, 0);
    assert_int_equal(cases, 30);
}

/* The same stack as text and as JSON: the same file. */
TEST(a_stack_that_is_sent_is_that_of_its_text)
{
    static const char *const pairs[][2] = {
        {"linear:784,256;relu;linear:256,10,bias=false",
         "{\"layers\":[\"linear:784,256\",{\"module\":\"ReLU\"},{\"module\":\"Linear\",\"in_features\":256,"
         "\"out_features\":10,\"bias\":false}]}"},
        {"conv2d:3,8,1x7,padding=same;batchnorm2d:8;layernorm:2x3;lstm:4,5,2,true,true",
         "{\"layers\":[{\"module\":\"Conv2d\",\"args\":[3,8,[1,7]],\"padding\":\"same\"},\"batchnorm2d:8\",{\"module\":"
         "\"layer_norm\",\"normalized_shape\":[2,3]},{\"module\":\"LSTM\",\"input_size\":4,\"hidden_size\":5,"
         "\"num_layers\":2,\"batch_first\":true,\"dropout\":0.5}]}"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct wi_error err = {0};
        struct text a = {0}, b = {0};
        struct srv_model *text = srv_model_layers(pairs[i][0], strlen(pairs[i][0]), SRV_DTYPE_F32, &err);
        struct srv_model *sent =
            srv_model_any(catalog, pairs[i][1], strlen(pairs[i][1]), NULL, 0, SRV_DTYPE_FLOAT, &err);
        if (!text || !sent)
            fail_msg("%s: %s", pairs[i][1], err.text);
        list_state(&text->table, &a);
        list_state(&sent->table, &b);
        assert_string_equal(a.at, b.at);
        free(a.at);
        free(b.at);
        srv_model_free(text);
        srv_model_free(sent);
    }
}

TEST(a_stack_without_tensors_is_empty_in_both_forms)
{
    struct wi_error err = {0};
    struct srv_model *text = srv_model_layers("relu;flatten", 12, SRV_DTYPE_F32, &err);
    struct srv_model *sent =
        srv_model_any(catalog, "{\"layers\":[\"relu\",[\"flatten\"]]}", 31, NULL, 0, SRV_DTYPE_FLOAT, &err);
    if (!text || !sent)
        fail_msg("%s", err.text);
    assert_int_equal(text->table.n_file, 0);
    assert_int_equal(sent->table.n_file, 0);
    srv_model_free(text);
    srv_model_free(sent);
}

TEST(stacks_within_stacks_have_names_and_ties)
{
    static const char sent[] =
        "{\"layers\":[{\"name\":\"body\",\"layers\":[\"embedding:9,4\",[\"relu\",\"linear:4,4\"]]},"
        "{\"module\":\"Linear\",\"name\":\"head\",\"args\":[4,9],\"tie\":{\"weight\":"
        "\"body.0.weight\"}}],\"init\":\"linear.bias:zeros\"}";
    struct wi_error err = {0};
    struct text rows = {0}, file = {0};
    struct srv_model *m = srv_model_any(catalog, sent, strlen(sent), NULL, 0, SRV_DTYPE_FLOAT, &err);
    if (!m)
        fail_msg("%s", err.text);
    list_state(&m->table, &rows);
    list_file(&m->table, &file);
    assert_string_equal(rows.at,
                        "body.0.weight parameter F32 [9,4] normal 0.0 1.0\n"
                        "body.1.1.weight parameter F32 [4,4] uniform -0.49999999999999994 0.49999999999999994\n"
                        "body.1.1.bias parameter F32 [4] zeros\n"
                        "head.weight parameter F32 [9,4] = body.0.weight\n"
                        "head.bias parameter F32 [9] zeros\n");
    assert_string_equal(file.at, "body.0.weight F32 [9,4] 0 body.0.weight 0\n"
                                 "body.1.1.bias F32 [4] 144 body.1.1.bias 0\n"
                                 "body.1.1.weight F32 [4,4] 160 body.1.1.weight 0\n"
                                 "head.bias F32 [9] 224 head.bias 0\n");
    free(rows.at);
    free(file.at);
    srv_model_free(m);
}

/* ---- manifests --------------------------------------------------------------------------------------------------- */

/* Are they the same numbers? Rows set to zero, and bounds so far out that nothing is cut off, do not count. */
static bool same_numbers(struct srv_rule a, struct srv_rule b)
{
    struct srv_rule *both[2] = {&a, &b};
    for (unsigned i = 0; i < 2; i++) {
        both[i]->zero_row = SRV_NO_ROW;
        if (both[i]->scheme == SRV_RULE_TRUNC_NORMAL && both[i]->p[3] > 8.6 * both[i]->p[1])
            both[i]->scheme = SRV_RULE_NORMAL;
    }
    return srv_rule_equal(&a, &b);
}

static unsigned count_same(const struct srv_table *model, const struct srv_table *guessed)
{
    unsigned same = 0;
    assert_int_equal(model->n_file, guessed->n_file);
    for (uint32_t i = 0; i < model->n_file; i++) {
        const struct srv_file_row *a = &model->file[model->order[i]], *b = &guessed->file[guessed->order[i]];
        assert_int_equal(a->name_len, b->name_len);
        assert_memory_equal(model->names + a->name, guessed->names + b->name, a->name_len);
        assert_int_equal(a->offset, b->offset);
        assert_int_equal(a->dtype, b->dtype);
        same += same_numbers(model->rule[a->rule], guessed->rule[b->rule]);
    }
    return same;
}

/* ---- long manifests ---------------------------------------------------------------------------------------------- */

#define LONG_TENSORS 20000u

/* A header of LONG_TENSORS tensors, 1.6 MB: of them the texts put at the beginning, in the middle and at the end. */
static char *long_header(const char *first, const char *middle, const char *last)
{
    char *text = malloc(LONG_TENSORS * 100 + 1000), *to = text;
    to += sprintf(to, "{%s", first);
    for (unsigned i = 0; i < LONG_TENSORS; i++)
        to +=
            sprintf(to, "%s\"layer.%u.\\u0061.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[%u,%u]}%s",
                    i ? "," : "", i, 24 * i, 24 * i + 24, i == LONG_TENSORS / 2 ? middle : "");
    sprintf(to, "%s}", last);
    return text;
}

TEST(a_long_header_is_read_in_parts_as_it_would_be_whole)
{
    struct wi_error err = {0};
    char *text = long_header("\"__metadata__\":{\"a\":\"{,}\"},", "", " ");
    struct srv_model *m = srv_model_manifest(text, strlen(text), NULL, SRV_DTYPE_FLOAT, &err);
    assert_non_null(m);
    assert_int_equal(m->table.n_file, LONG_TENSORS);
    assert_int_equal(m->table.data_bytes, 24 * LONG_TENSORS);
    assert_non_null(srv_table_find(&m->table, "layer.19999.a.weight", 20));
    srv_model_free(m);
    free(text);
}

TEST(faults_of_a_long_header_are_named)
{
    static const struct {
        const char *first, *middle, *last, *says;
    } cases[] = {
        {"", "", ",", "line 1"},
        {"", "", "} x", "line 1"},
        {"", ",", "", "line 1"},
        {"", "", ",\"layer.7.a.weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[480000,480004]}",
         "duplicate"},
        {"\"__metadata__\":{},", "", ",\"__metadata__\":{}", "duplicate"},
        {"", ",\"odd\":{\"dtype\":\"F33\",\"shape\":[1]}", "", "unknown \"dtype\""},
        {"", ",\"odd\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[24,28]}", "", "overlap"},
        {"", ",\"weight_map\":{}", "", "shapes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wi_error err = {0};
        char *text = long_header(cases[i].first, cases[i].middle, cases[i].last);
        struct srv_model *m = srv_model_manifest(text, strlen(text), NULL, SRV_DTYPE_FLOAT, &err);
        if (m || !strstr(err.text, cases[i].says))
            fail_msg("case %zu: %s", i, err.text);
        free(text);
    }
}

/* A model's header as a manifest, with the config's initializer_range and model_type. */
static struct srv_model *through_manifest(const struct vector *v, const struct srv_table *table, struct wi_error *err)
{
    static char text[16384];
    size_t len;
    char *header = whole(srv_lines_header(table, SRV_ALL_SHARDS), &len);
    size_t config_len = config_of(v, text, sizeof text);
    json_t *config = json_loadb(text, config_len, 0, NULL);
    if (strcmp(v->arch, "gemma3") == 0)
        json_object_set_new(config, "model_type", json_string("gemma3_text"));
    struct srv_model *m = srv_model_manifest(header, len, config, SRV_DTYPE_FLOAT, err);
    json_decref(config);
    free(header);
    return m;
}

/* The share of tensors, in per mille and at least, that the table of name patterns alone gets right: docs/MODELS.md. */
static const struct {
    const char *arch;
    unsigned least;
} shares[] = {
    {"llama", 1000},
    {"mistral", 1000},
    {"mixtral", 1000},
    {"qwen2", 1000},
    {"qwen3", 1000},
    {"qwen3_moe", 1000},
    {"deepseek_v3", 1000},
    {"gemma", 1000},
    {"gemma2", 1000},
    {"gemma3", 1000},
    {"phi3", 1000},
    {"gpt_neox", 1000},
    {"bert", 1000},
    {"roberta", 1000},
    {"distilbert", 990},
    {"vit", 1000},
    {"lora", 900},
    {"whisper", 980},
    {"gpt_oss", 1000},
    {"gpt2", 1000},
    {"resnet", 980},
    {"clip", 630},
    {"t5", 215},
    {"tv_resnet", 980},
    {"tv_mobilenet_v2", 990},
    {"tv_vgg", 860},
    {"tv_vit", 500},
    {"tv_alexnet", 0},
    {"tv_convnext", 780},
    {"tv_densenet", 836},
    {"tv_efficientnet", 990},
    {"tv_googlenet", 810},
    {"tv_inception_v3", 820},
    {"tv_mnasnet", 990},
    {"tv_mobilenet_v3", 990},
    {"tv_regnet", 870},
    {"tv_shufflenet_v2", 820},
    {"tv_squeezenet", 500},
    {"tv_swin", 850},
    {"diffusers_unet", 310},
    {"diffusers_vae", 380},
};

TEST(the_table_of_name_patterns_gets_the_documented_share_right)
{
    unsigned tensors[64] = {0}, same[64] = {0};
    const size_t n_archs = sizeof shares / sizeof *shares;
    for (unsigned i = 0; i < n_vectors; i++) {
        struct wi_error err = {0};
        size_t k = 0, len = strcspn(vectors[i].arch, "+");
        while (k < n_archs && !(strlen(shares[k].arch) == len && memcmp(shares[k].arch, vectors[i].arch, len) == 0))
            k++;
        assert_true(k < n_archs);
        struct srv_model *m = model_of(&vectors[i], SRV_DTYPE_BF16, &err);
        struct srv_model *guessed = through_manifest(&vectors[i], &m->table, &err);
        if (!guessed)
            fail_msg("%s: %s: %s", vectors[i].name, err.param, err.text);
        tensors[k] += m->table.n_file;
        same[k] += count_same(&m->table, &guessed->table);
        srv_model_free(m);
        srv_model_free(guessed);
    }
    for (size_t k = 0; k < n_archs; k++) {
        if (getenv("MODEL_LISTING"))
            print_message("%-16s %5u of %5u: %.1f %%\n", shares[k].arch, same[k], tensors[k],
                          100.0 * same[k] / tensors[k]);
        if (1000ull * same[k] < (unsigned long long)shares[k].least * tensors[k])
            fail_msg("%s: %u of %u", shares[k].arch, same[k], tensors[k]);
    }
}

/* ---- presets and overrides --------------------------------------------------------------------------------------- */

TEST(every_preset_builds_and_its_config_gives_the_same_tensors_again)
{
    unsigned n = 0;
    for (const struct srv_preset *p; (p = srv_catalog_preset_at(catalog, n)); n++) {
        struct wi_error err = {0};
        struct srv_model *m = srv_model_preset(catalog, p->name, NULL, 0, SRV_DTYPE_BF16, &err);
        if (!m)
            fail_msg("%s: %s: %s", p->name, err.param, err.text);
        char *text = srv_model_config_text(m);
        assert_non_null(text);
        if (json_object_get(m->config, "model_type")) {
            struct srv_model *again = srv_model_config(catalog, text, strlen(text), NULL, 0, SRV_DTYPE_BF16, &err);
            if (!again)
                fail_msg("%s: %s: %s", p->name, err.param, err.text);
            assert_int_equal(again->table.data_bytes, m->table.data_bytes);
            assert_int_equal(again->table.n_file, m->table.n_file);
            assert_int_equal(count_same(&m->table, &again->table), m->table.n_file);
            srv_model_free(again);
        }
        free(text);
        srv_model_free(m);
    }
    assert_int_equal(n, 80);
}

static const struct {
    const char *preset, *field, *value;
    unsigned long long parameters;
} overridden[] = {
    {"tiny-llama", "vocab_size", "64", 115008 - 2 * 256 * 64},
    {"tiny-llama", "tie_word_embeddings", "true", 115008 - 320 * 64},
    {"tiny-llama", "num_hidden_layers", "0", 2 * 320 * 64 + 64},
    {"tiny-gpt2", "n_inner", "64", 153344 - 2 * (2 * 64 * 192 + 192)},
    {"tiny-resnet", "depths", "1,1", 40474 - (2 * 32 * 32 * 9 + 4 * 32)},
    {"tiny-clip", "text_config.vocab_size", "64", 177217 - 256 * 64},
    {"tiny-llama-lora", "r", "4", 3584 / 2},
    {"tiny-llama-lora", "target_modules", "q_proj", 2 * 8 * 128},
    {"tiny-llama-lora", "num_hidden_layers", "1", 3584 / 2},
};

TEST(any_field_can_be_overridden)
{
    for (size_t i = 0; i < sizeof overridden / sizeof *overridden; i++) {
        struct wi_error err = {0};
        const struct srv_setting setting = {overridden[i].field, overridden[i].value};
        struct srv_model *m = srv_model_preset(catalog, overridden[i].preset, &setting, 1, SRV_DTYPE_F32, &err);
        if (!m)
            fail_msg("%s, %s: %s", overridden[i].preset, overridden[i].field, err.text);
        assert_int_equal(m->table.n_parameters, overridden[i].parameters);
        srv_model_free(m);
    }
}

TEST(dtype_changes_floats_but_not_counters_and_router_biases)
{
    struct wi_error err = {0};
    struct srv_model *m = srv_model_preset(catalog, "tiny-deepseek-v3", NULL, 0, SRV_DTYPE_BF16, &err);
    unsigned kept = 0;
    for (uint32_t i = 0; i < m->table.n_file; i++)
        kept += m->table.file[i].dtype == SRV_DTYPE_F32;
    assert_int_equal(kept, 4); /* gate.weight and gate.e_score_correction_bias of the two sparse layers */
    srv_model_free(m);
    m = srv_model_preset(catalog, "resnet18", NULL, 0, SRV_DTYPE_F16, &err);
    assert_int_equal(m->table.file[m->table.order[0]].dtype, SRV_DTYPE_I64);
    srv_model_free(m);
}

TEST(any_offset_leads_to_its_tensor)
{
    struct wi_error err = {0};
    struct srv_model *m = srv_model_preset(catalog, "tiny-mixtral", NULL, 0, SRV_DTYPE_F32, &err);
    const struct srv_table *t = &m->table;
    for (uint32_t i = 0; i < t->n_file; i++) {
        const struct srv_file_row *row = &t->file[t->order[i]];
        assert_int_equal(srv_table_at(t, row->offset), i);
        assert_int_equal(srv_table_at(t, row->offset + srv_table_row_bytes(t, row) - 1), i);
        assert_ptr_equal(srv_table_find(t, t->names + row->name, row->name_len), row);
    }
    assert_null(srv_table_find(t, "nothing", 7));
    srv_model_free(m);
}

TEST(rules_become_requests_of_init)
{
    char text[SRV_RULE_QUERY_MAX];
    struct srv_rule rule = {.scheme = SRV_RULE_NORMAL, .p = {0, 0.02}, .zero_row = SRV_NO_ROW};
    srv_rule_query(&rule, text);
    assert_string_equal(text, "scheme=normal&mean=0.0&std=0.02");
    rule = (struct srv_rule){.scheme = SRV_RULE_UNIFORM, .p = {-0.125, 0.125}, .zero_row = SRV_NO_ROW};
    srv_rule_query(&rule, text);
    assert_string_equal(text, "scheme=uniform&low=-0.125&high=0.125");
    rule.zero_row = 3;
    srv_rule_query(&rule, text);
    assert_string_equal(text, "scheme=uniform&low=-0.125&high=0.125&padding=3");
    /* Bounds that no normal number reaches cut nothing. */
    rule = (struct srv_rule){.scheme = SRV_RULE_TRUNC_NORMAL, .p = {0, 0.02, -2, 2}, .zero_row = SRV_NO_ROW};
    srv_rule_query(&rule, text);
    assert_string_equal(text, "scheme=normal&mean=0.0&std=0.02");
    rule = (struct srv_rule){.scheme = SRV_RULE_TRUNC_NORMAL, .p = {0.5, 1, -0.25, 2}, .zero_row = 4};
    srv_rule_query(&rule, text);
    assert_string_equal(text, "scheme=truncated_normal&mean=0.5&std=1.0&low=-0.25&high=2.0&padding=4");
    /* The longest numbers there are. */
    const double long_number = -1.2345678901234567e-300;
    rule = (struct srv_rule){.scheme = SRV_RULE_TRUNC_NORMAL, .p = {long_number, 1, long_number, -long_number}};
    rule.p[1] = -long_number;
    rule.zero_row = UINT64_MAX - 1;
    assert_true(srv_rule_query(&rule, text) < sizeof text);
    assert_non_null(strstr(text, "&padding=18446744073709551614"));
    rule = (struct srv_rule){.scheme = SRV_RULE_ROW_NORMS, .zero_row = SRV_NO_ROW};
    assert_int_equal(srv_rule_query(&rule, text), 0);
}

/* A tensor's request of /init: the rule's parameters, then what every tensor has. */
static enum wi_status request_of(const struct srv_table *t, const struct srv_file_row *row, struct wi_plan *plan,
                                 struct wi_error *err)
{
    struct wi_request req;
    char query[SRV_RULE_QUERY_MAX], shape[128] = "", name[WI_NAME_MAX + 1] = "";
    size_t len = 0;
    wi_request_init(&req);
    srv_rule_query(&t->rule[row->rule], query);
    for (char *key = query, *end; *key; key = end + (*end == '&')) {
        char *equals = strchr(key, '=');
        end = key + strcspn(key, "&");
        wi_request_set_n(&req, key, (size_t)(equals - key), equals + 1, (size_t)(end - equals - 1), err);
    }
    for (uint32_t i = 0; i < t->shape[row->shape].rank; i++)
        len += (size_t)snprintf(shape + len, sizeof shape - len, "%s%llu", i ? "," : "",
                                (unsigned long long)t->shape[row->shape].dim[i]);
    memcpy(name, t->names + row->name, row->name_len);
    wi_request_set(&req, "shape", shape, len, err);
    wi_request_set(&req, "stream", name, row->name_len, err);
    wi_request_set(&req, "layout", "oi", 2, err);
    wi_request_set(&req, "dtype", "bf16", 4, err);
    return wi_plan_make(plan, &req, NULL, err);
}

TEST(a_tensor_is_a_request_of_init_with_its_own_parameters)
{
    unsigned missing = 0, made = 0;
    for (unsigned n = 0; srv_catalog_preset_at(catalog, n); n++) {
        const char *preset = srv_catalog_preset_at(catalog, n)->name;
        struct wi_error err = {0};
        struct srv_model *m = srv_model_preset(catalog, preset, NULL, 0, SRV_DTYPE_BF16, &err);
        for (uint32_t i = 0; i<m->table.n_file; i += m->table.n_file> 4000 ? 97 : 1) {
            static struct wi_plan plan;
            const struct srv_file_row *row = &m->table.file[i];
            const struct srv_rule *rule = &m->table.rule[row->rule];
            char query[SRV_RULE_QUERY_MAX];
            if (row->dtype != SRV_DTYPE_BF16 || srv_rule_query(rule, query) == 0) {
                missing++; /* counters, padding rows, sinusoids, bounds in values: /init has no words for them yet */
                continue;
            }
            if (request_of(&m->table, row, &plan, &err) != WI_OK)
                fail_msg("%s, %s: %s: %s", preset, query, err.param, err.text);
            assert_int_equal(plan.part.tensor.n_elems * 2, srv_table_row_bytes(&m->table, row));
            if (rule->scheme == SRV_RULE_NORMAL)
                assert_true(plan.part.tensor.std == rule->p[1]);
            made++;
        }
        srv_model_free(m);
    }
    assert_true(made > 17000 && missing < 800);
}

/* ---- what is wrong ----------------------------------------------------------------------------------------------- */

enum source { CONFIG, MANIFEST, LAYERS, SENT };

static struct srv_model *make(enum source source, const char *text, size_t len, struct wi_error *err)
{
    return source == CONFIG     ? srv_model_config(catalog, text, len, NULL, 0, SRV_DTYPE_F32, err)
           : source == SENT     ? srv_model_any(catalog, text, len, NULL, 0, SRV_DTYPE_FLOAT, err)
           : source == MANIFEST ? srv_model_manifest(text, len, NULL, SRV_DTYPE_FLOAT, err)
                                : srv_model_layers(text, len, SRV_DTYPE_F32, err);
}

#define LLAMA(more) "{\"model_type\":\"llama\",\"vocab_size\":320," more "}"
#define ONE(more) "[{\"name\":\"a\"," more "}]"

static const struct {
    enum source source;
    const char *text;
    enum wi_status code;
    const char *param, *says; /* says: part of the text */
} wrong[] = {
    {CONFIG, "", WI_E_PARAM_VALUE, "", "line"},
    {CONFIG, "[]", WI_E_PARAM_VALUE, "", "a config is an object"},
    {CONFIG, "{}", WI_E_PARAM_MISSING, "model_type", "needs"},
    {CONFIG, "{\"model_type\":\"martian\"}", WI_E_PARAM_UNKNOWN, "model_type", "manifest"},
    {CONFIG, "{\"model_type\":\"lora\"}", WI_E_UNSUPPORTED, "model_type", "adapter"},
    {CONFIG, "{\"model_type\":\"llama\",\"model_type\":\"llama\"}", WI_E_PARAM_VALUE, "", "duplicate"},
    {CONFIG, "{\"model_type\":\"llama\xff\"}", WI_E_PARAM_VALUE, "", "decode"},
    {CONFIG, "{\"model_type\":\"llama\\u0000\"}", WI_E_PARAM_VALUE, "", "\\u0000"},
    {CONFIG, LLAMA("\"hidden_size\":-1"), WI_E_PARAM_VALUE, "hidden_size", "out of range"},
    {CONFIG, LLAMA("\"hidden_size\":0"), WI_E_PARAM_VALUE, "hidden_size", "out of range"},
    {CONFIG, LLAMA("\"hidden_size\":\"big\""), WI_E_PARAM_VALUE, "hidden_size", "whole number"},
    {CONFIG, LLAMA("\"hidden_size\":64.5"), WI_E_PARAM_VALUE, "hidden_size", "whole number"},
    {CONFIG, LLAMA("\"hidden_size\":[1]"), WI_E_PARAM_VALUE, "hidden_size", "whole number"},
    {CONFIG, LLAMA("\"hidden_size\":9223372036854775807"), WI_E_PARAM_VALUE, "hidden_size", "out of range"},
    {CONFIG, LLAMA("\"hidden_size\":99999999999999999999"), WI_E_PARAM_VALUE, "", "too big"},
    {CONFIG, LLAMA("\"hidden_size\":65,\"num_attention_heads\":2"), WI_E_PARAM_CONFLICT, "hidden_size", "remainder"},
    {CONFIG, LLAMA("\"num_attention_heads\":32,\"num_key_value_heads\":5"), WI_E_PARAM_CONFLICT, "num_attention_heads",
     "remainder"},
    {CONFIG, LLAMA("\"hidden_size\":4294967295,\"intermediate_size\":4294967295,\"num_attention_heads\":1"),
     WI_E_TOO_LARGE, "", "elements"},
    {CONFIG, LLAMA("\"num_hidden_layers\":4294967295"), WI_E_TOO_LARGE, "", "tensors"},
    {CONFIG, LLAMA("\"pad_token_id\":320"), WI_E_PARAM_CONFLICT, "", "has no row"},
    {CONFIG, LLAMA("\"initializer_range\":-0.5"), WI_E_PARAM_VALUE, "initializer_range", "out of range"},
    {CONFIG, LLAMA("\"tie_word_embeddings\":1"), WI_E_PARAM_VALUE, "tie_word_embeddings", "true or false"},
    {CONFIG, LLAMA("\"architectures\":[\"BertModel\"]"), WI_E_PARAM_VALUE, "architectures", "no class"},
    {CONFIG, "{\"model_type\":\"resnet\",\"depths\":[1,2],\"hidden_sizes\":[8]}", WI_E_PARAM_CONFLICT, "hidden_sizes",
     "no such element"},
    {CONFIG, "{\"model_type\":\"resnet\",\"layer_type\":\"odd\"}", WI_E_PARAM_VALUE, "layer_type", "unknown"},
    {CONFIG, "{\"model_type\":\"resnet\",\"depths\":\"x\"}", WI_E_PARAM_VALUE, "depths", "list"},
    {CONFIG, "{\"model_type\":\"mixtral\",\"num_local_experts\":4294967295}", WI_E_TOO_LARGE, "", ""},
    {MANIFEST, "7", WI_E_PARAM_VALUE, "", ""},
    {MANIFEST, "[{}]", WI_E_PARAM_MISSING, "name", "element 0"},
    {MANIFEST, "[{\"name\":\"\",\"shape\":[1]}]", WI_E_PARAM_VALUE, "name", "printable"},
    {MANIFEST, "[{\"name\":\"a\\nb\",\"shape\":[1]}]", WI_E_PARAM_VALUE, "name", "printable"},
    {MANIFEST, "[{\"name\":\"a\\u0000b\",\"shape\":[1]}]", WI_E_PARAM_VALUE, "", "\\u0000"},
    {MANIFEST, "[{\"name\":\"a\",\"shape\":[1]},{\"name\":\"a\",\"shape\":[1]}]", WI_E_PARAM_REPEATED, "a", "twice"},
    {MANIFEST, ONE("\"shape\":3"), WI_E_SHAPE, "a", "list"},
    {MANIFEST, ONE("\"shape\":[-1]"), WI_E_SHAPE, "a", "at least 0"},
    {MANIFEST, ONE("\"shape\":[1.5]"), WI_E_SHAPE, "a", "whole"},
    {MANIFEST, ONE("\"shape\":[1,1,1,1,1,1,1,1,1]"), WI_E_SHAPE, "a", "8"},
    {MANIFEST, ONE("\"shape\":[4294967296,4294967296]"), WI_E_TOO_LARGE, "a", "elements"},
    {MANIFEST, ONE("\"shape\":[9223372036854775807]"), WI_E_TOO_LARGE, "a", "elements"},
    {MANIFEST, ONE("\"shape\":[2],\"dtype\":\"F33\""), WI_E_PARAM_VALUE, "a", "dtype"},
    {MANIFEST, ONE("\"shape\":[2],\"dtype\":7"), WI_E_PARAM_VALUE, "a", "dtype"},
    {MANIFEST, ONE("\"shape\":[2],\"scheme\":\"magic\""), WI_E_PARAM_VALUE, "a", "scheme"},
    {MANIFEST, ONE("\"shape\":[2],\"scheme\":\"normal\",\"std\":-1"), WI_E_PARAM_VALUE, "a", "negative"},
    {MANIFEST, ONE("\"shape\":[2],\"scheme\":\"uniform\",\"low\":2"), WI_E_PARAM_VALUE, "a", "above"},
    {MANIFEST, ONE("\"shape\":[2],\"scheme\":\"normal\",\"std\":\"x\""), WI_E_PARAM_VALUE, "a", "number"},
    {MANIFEST, "{\"weight_map\":{\"a\":\"f\"}}", WI_E_PARAM_MISSING, "shapes", "no shapes"},
    {MANIFEST, "{\"weight_map\":{\"a\":\"f\"},\"shapes\":{}}", WI_E_SHAPE, "a", "shape"},
    {MANIFEST, "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", WI_E_PARAM_CONFLICT, "a",
     "far apart"},
    {MANIFEST, "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", WI_E_PARAM_CONFLICT, "a",
     "far apart"},
    {MANIFEST, "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", WI_E_PARAM_VALUE, "a", "two"},
    {MANIFEST,
     "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_"
     "offsets\":[1,3]}}",
     WI_E_PARAM_CONFLICT, "data_offsets", "overlap"},
    {MANIFEST, "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}", WI_E_PARAM_CONFLICT, "data_offsets",
     "byte 0"},
    {MANIFEST, "\xff\xff\xff\xff\xff\xff\xff\x7f{}", WI_E_PARAM_VALUE, "", "more than were sent"},
    {LAYERS, "", WI_E_PARAM_VALUE, "layers", "layer 0"},
    {LAYERS, "linear:784,256;lineal:256,10", WI_E_PARAM_VALUE, "layers", "layer 1"},
    {LAYERS, "linear:784,256;;", WI_E_PARAM_VALUE, "layers", "layer 1"},
    {LAYERS, "linear:784,256;relu;linear:255,10", WI_E_PARAM_VALUE, "layers",
     "layer 2 takes 255, but layer 0 gives 256"},
    {LAYERS, "conv2d:3,8,3;batchnorm2d:8;maxpool2d:2;conv_transpose2d:9,4,2", WI_E_PARAM_VALUE, "layers",
     "layer 3 takes 9"},
    {LAYERS, "linear:784", WI_E_PARAM_VALUE, "layers", "layer 0: an argument is missing: out_features of Linear"},
    {LAYERS, "relu;linear:1,2,3,4", WI_E_PARAM_VALUE, "layers", "layer 1"},
    {LAYERS, "linear:1,2,size=3", WI_E_PARAM_VALUE, "layers", "layer 0"},
    {LAYERS, "linear:-1,2", WI_E_PARAM_CONFLICT, "layers", "layer 0: "},
    {LAYERS, "linear:-1,2", WI_E_PARAM_CONFLICT, "layers", "is negative"},
    {LAYERS, "linear:0,2", WI_E_PARAM_CONFLICT, "layers", "layer 0: "},
    {LAYERS, "linear:2,0", WI_E_PARAM_CONFLICT, "layers", "layer 0: "},
    {LAYERS, "linear:2,x", WI_E_PARAM_CONFLICT, "layers", "layer 0: "},
    {LAYERS, "relu;linear:2,3,size=3", WI_E_PARAM_VALUE, "layers", "layer 1: Linear has no argument"},
    {LAYERS, "linear:2,3,in_features=3", WI_E_PARAM_VALUE, "layers", "in_features is given twice"},
    {LAYERS, "linear:2,3,true,4", WI_E_PARAM_VALUE, "layers", "takes 3 arguments at most"},
    {LAYERS, "lazy_linear:3", WI_E_PARAM_VALUE, "layers", "a lazy module has no shape"},
    {LAYERS, "linear:2,3;ParameterList", WI_E_PARAM_VALUE, "layers", "a Parameter is sent"},
    {LAYERS, "linear:2,,3", WI_E_PARAM_VALUE, "layers", "layer 0"},
    {LAYERS, "linear:2,3,", WI_E_PARAM_VALUE, "layers", "layer 0"},
    {LAYERS, "linear:2,3,bias=(1)", WI_E_PARAM_VALUE, "layers", "layer 0"},
    {LAYERS, "relu;conv2d:3,16,1x2x3", WI_E_PARAM_CONFLICT, "layers", "layer 1: "},
    {LAYERS, "linear:in_features=3,out_features=4;linear:out_features=2,in_features=5", WI_E_PARAM_VALUE, "layers",
     "layer 1 takes 5, but layer 0 gives 4"},
    {LAYERS, "conv2d:3,16,3,groups=2", WI_E_PARAM_CONFLICT, "layers", "layer 0: "},
    {SENT, "{\"layers\":[]}", WI_E_PARAM_VALUE, "layers", "at least one"},
    {SENT, "{\"layers\":[\"relu\"],\"seed\":1}", WI_E_PARAM_UNKNOWN, "seed", "no member"},
    {SENT, "{\"layers\":[\"relu\"],\"init\":1}", WI_E_PARAM_VALUE, "init", "a text"},
    {SENT, "{\"layers\":[\"linear:2,3\",[\"relu\",\"linaer:3,2\"]]}", WI_E_PARAM_VALUE, "layers", "layer 1.1"},
    {SENT, "{\"layers\":[\"linear:2,3\",[\"relu\",\"linear:4,2\"]]}", WI_E_PARAM_VALUE, "layers",
     "layer 1.1 takes 4, but layer 0 gives 3"},
    {SENT, "{\"layers\":[\"linear:2,3\",{\"module\":\"Linear\",\"in_features\":5,\"out_features\":1}]}",
     WI_E_PARAM_VALUE, "layers", "layer 1 takes 5, but layer 0 gives 3"},
    {SENT, "{\"layers\":[{\"module\":\"Linear\",\"in_features\":3}]}", WI_E_PARAM_VALUE, "layers",
     "layer 0: an argument is missing: out_features of Linear"},
    {SENT, "{\"layers\":[\"relu\",{\"module\":\"Linear\",\"args\":[3,{}]}]}", WI_E_PARAM_VALUE, "layers",
     "layer 1, args"},
    {SENT, "{\"layers\":[\"relu\",{\"module\":\"Linear\",\"args\":[3,4],\"bias\":{}}]}", WI_E_PARAM_VALUE, "layers",
     "layer 1, bias"},
    {SENT, "{\"layers\":[\"relu\",{\"module\":\"Linear\",\"args\":[3,\"4\\\"}\"]}]}", WI_E_PARAM_VALUE, "layers",
     "layer 1, args"},
    {SENT, "{\"layers\":[[\"relu\"],{\"in_features\":3}]}", WI_E_PARAM_VALUE, "layers", "layer 1, module"},
    {SENT, "{\"layers\":[{\"module\":\"ReLU\",\"name\":\"a.b\"}]}", WI_E_PARAM_VALUE, "layers", "layer 0, name"},
    {SENT, "{\"layers\":[{\"module\":\"Linear\",\"args\":[2,2],\"tie\":{\"weight\":\"x\"}}]}", WI_E_PARAM_CONFLICT,
     "layers", "layer 0: "},
    {SENT, "{\"layers\":[{\"layers\":[\"relu\"],\"bias\":1}]}", WI_E_PARAM_VALUE, "layers", "layer 0, layers"},
    {SENT, "{\"layers\":[{\"parameter\":[3],\"from\":\"rand\"}]}", WI_E_PARAM_VALUE, "layers", "layer 0, name"},
    {SENT, "{\"layers\":[{\"name\":\"a\",\"parameter\":[3],\"from\":\"rnd\"}]}", WI_E_PARAM_VALUE, "layers",
     "layer 0, from"},
    {SENT, "{\"layers\":[{\"name\":\"a\",\"parameter\":[],\"from\":\"rand\"}]}", WI_E_PARAM_VALUE, "layers",
     "layer 0, parameter"},
    {SENT, "{\"layers\":[{\"name\":\"a\",\"parameter\":[-3],\"from\":\"rand\"}]}", WI_E_PARAM_CONFLICT, "layers",
     "negative"},
    {SENT, "{\"layers\":[{\"name\":\"a\",\"parameter\":[3],\"from\":\"rand\",\"times\":2}]}", WI_E_PARAM_VALUE,
     "layers", "layer 0, times"},
    {SENT, "{\"layers\":[3]}", WI_E_PARAM_VALUE, "layers", "layer 0"},
    {SENT, "{\"layers\":[[[[[[[[[[\"relu\"]]]]]]]]]]}", WI_E_PARAM_VALUE, "layers", "deeper than 8"},
    {LAYERS, "linear:2,4\"}],\"items\":[{", WI_E_PARAM_VALUE, "layers", "layer 0"},
    {LAYERS, "linear:9999999999999,9999999999999", WI_E_TOO_LARGE, "layers", "layer 0: "},
};

TEST(wrong_input_is_an_error_that_names_its_place)
{
    unsigned bad = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct wi_error err = {0};
        struct srv_model *m = make(wrong[i].source, wrong[i].text, strlen(wrong[i].text), &err);
        if (m || err.code != wrong[i].code || (*wrong[i].param && strcmp(err.param, wrong[i].param) != 0) ||
            !strstr(err.text, wrong[i].says)) {
            print_error("row %zu, %s: %d, %s, %s\n", i, wrong[i].text, (int)err.code, err.param, err.text);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

TEST(an_unknown_module_is_told_its_neighbour)
{
    struct wi_error err = {0};
    assert_null(srv_model_layers("linear:3,2;Conv2:3,2,1", 22, SRV_DTYPE_F32, &err));
    assert_string_equal(err.nearest, "conv2d");
}

TEST(deep_long_and_many_are_refused_quickly)
{
    struct wi_error err = {0};
    size_t room = 8u << 20, len = 0;
    char *text = malloc(room);
    memset(text, '[', 100000);
    assert_null(srv_model_manifest(text, 100000, NULL, SRV_DTYPE_FLOAT, &err));
    assert_non_null(strstr(err.text, "deeper"));
    err = (struct wi_error){0};
    for (text[len++] = '['; len < room - 2;) {
        text[len++] = '0';
        text[len++] = ',';
    }
    assert_null(srv_model_manifest(text, len, NULL, SRV_DTYPE_FLOAT, &err));
    assert_non_null(strstr(err.text, "more than"));
    err = (struct wi_error){0};
    assert_null(srv_model_manifest(text, SRV_MODEL_BYTES + 1, NULL, SRV_DTYPE_FLOAT, &err));
    assert_non_null(strstr(err.text, "longer"));
    err = (struct wi_error){0};
    for (len = 0; len < 5 * 10000; len += 5)
        memcpy(text + len, "relu;", 5);
    assert_null(srv_model_layers(text, len, SRV_DTYPE_F32, &err));
    assert_string_equal(err.param, "layers");
    free(text);
}

TEST(unknown_names_come_with_the_nearest)
{
    static const struct srv_setting typo = {"hiden_size", "64"};
    struct wi_error err = {0};
    assert_null(srv_model_preset(catalog, "tiny-lama", NULL, 0, SRV_DTYPE_F32, &err));
    assert_string_equal(err.nearest, "tiny-llama");
    err = (struct wi_error){0};
    assert_null(srv_model_preset(catalog, "tiny-llama", &typo, 1, SRV_DTYPE_F32, &err));
    assert_string_equal(err.nearest, "hidden_size");
    assert_string_equal(err.param, "hiden_size");
    err = (struct wi_error){0};
    assert_null(srv_catalog_arch(catalog, "qwen4", &err));
    assert_int_equal(strncmp(err.nearest, "qwen", 4), 0);
    assert_non_null(strstr(err.allowed, "deepseek_v3"));
}

/* ---- expressions ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *text, *value; /* value: NULL for an error */
} expressions[] = {
    {"1 + 2 * 3", "7"},
    {"(1 + 2) * 3", "9"},
    {"7 % 4", "3"},
    {"8 / 2 / 2", "2"},
    {"-3 + 5", "2"},
    {"n * 2", "8"},
    {"1.5 * 2", "3.0"},
    {"1 / 2.0", "0.5"},
    {"sqrt(16)", "4.0"},
    {"rsqrt(4)", "0.5"},
    {"min(3, n) + max(3, n)", "7"},
    {"n == 4 ? 10 : 1 / 0", "10"},
    {"n != 4 && 1 / 0 == 1", "0"},
    {"n == 4 || 1 / 0 == 1", "1"},
    {"!n", "0"},
    {"1 < 2 == 1", NULL}, /* one comparison a level */
    {"[3, 5, 7][1]", "5"},
    {"len([1, 2])", "2"},
    {"has([1, 2], n)", "0"},
    {"null == null", "1"},
    {"'a' == 'a'", "1"},
    {"'a' == 1", "0"},
    {"f32(0.1)", "0.10000000149011612"},
    {"int(2.75)", "2"},
    {"n ? n > 3 ? 1 : 2 : 3", "1"},
    {"", NULL},
    {"1 +", NULL},
    {"1 2", NULL},
    {"(1", NULL},
    {"m", NULL},
    {"sin(1)", NULL},
    {"'a", NULL},
    {"7 / 2", NULL},
    {"7 / 0", NULL},
    {"7 % 0", NULL},
    {"1.0 / 0", NULL},
    {"sqrt(0)", NULL},
    {"9223372036854775807 + 1", NULL},
    {"9223372036854775807 * 2", NULL},
    {"-9223372036854775807 - 2", NULL},
    {"99999999999999999999", NULL},
    {"[1, 2][2]", NULL},
    {"[1, 2][0 - 1]", NULL},
    {"'a' + 1", NULL},
    {"null + 1", NULL},
    {"((((((((((((((((((((((((((1))))))))))))))))))))))))))", NULL},
};

TEST(expressions_have_the_values_that_their_manual_says)
{
    static const char *const names[] = {"n"};
    const struct srv_scope scope = {.globals = names, .n_globals = 1, .n_fields = 1};
    const struct srv_value four = {.type = SRV_VALUE_INT, .i = 4};
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        struct srv_arena arena = {0};
        struct wi_error err = {0};
        struct srv_expr expr;
        struct srv_value value;
        char text[32] = "";
        bool good = srv_expr_compile(&arena, expressions[i].text, strlen(expressions[i].text), &scope, &expr, &err) &&
                    srv_expr_eval(&expr, (struct srv_env){&four, NULL}, &value, &err);
        if (good && value.type == SRV_VALUE_INT)
            snprintf(text, sizeof text, "%lld", (long long)value.i);
        else if (good && value.type == SRV_VALUE_REAL)
            text[wi_decimal_f64(value.real, text)] = 0;
        if (good != (expressions[i].value != NULL) || (good && strcmp(text, expressions[i].value) != 0) ||
            (!good && err.code == WI_OK))
            fail_msg("%s: %s, %s", expressions[i].text, text, err.text);
        srv_arena_free(&arena);
    }
}

/* ---- an operator's files ----------------------------------------------------------------------------------------- */

static struct srv_arch *load(const char *text, struct wi_error *err)
{
    static char kinds[65536];
    FILE *file = fopen("server/model/arch/torch.json", "r");
    assert_non_null(file);
    size_t len = fread(kinds, 1, sizeof kinds, file);
    fclose(file);
    json_t *torch = json_loadb(kinds, len, 0, NULL);
    struct srv_arch *arch = srv_arch_load("mine.json", text, strlen(text), torch, err);
    json_decref(torch);
    return arch;
}

#define ARCH(items) "{\"arch\":\"mine\",\"config\":{\"n\":\"uint 1.. = 4\"},\"items\":[" items "]}"

static const struct {
    const char *text, *says;
} broken[] = {
    {"{", "mine.json"},
    {"[]", "object"},
    {"{}", "\"arch\""},
    {"{\"arch\":\"mine\"}", "items"},
    {"{\"arch\":\"mine\",\"itmes\":[]}", "itmes: an unknown member"},
    {"{\"arch\":\"mine\",\"config\":{\"n\":7},\"items\":[]}", "config.n"},
    {"{\"arch\":\"mine\",\"config\":{\"n\":\"int = 3\"},\"items\":[]}", "config.n"},
    {"{\"arch\":\"mine\",\"config\":{\"n\":\"uint = m\"},\"items\":[]}", "unknown name"},
    {"{\"arch\":\"mine\",\"let\":{\"n\":\"1 +\"},\"items\":[]}", "let.n"},
    {ARCH("7"), "items[0]"},
    {ARCH("{}"), "items[0]"},
    {ARCH("{\"name\":\"a\",\"is\":\"Linaer(1, 2)\"}"), "items[0].is: there is no such kind"},
    {ARCH("{\"name\":\"a\",\"is\":\"Linear(1)\"}"), "items[0].is: an argument is missing: out_features"},
    {ARCH("{\"name\":\"a\",\"is\":\"Linear(1, 2, size=3)\"}"), "items[0].is"},
    {ARCH("{\"name\":\"a\",\"is\":\"Linear(1, (2)\"}"), "items[0].is"},
    {ARCH("{\"name\":\"a{i\",\"is\":\"ReLU\"}"), "items[0]: a name"},
    {ARCH("{\"tensor\":\"t\",\"shape\":\"n,\",\"init\":\"ones\"},{\"tensor\":\"u\",\"shape\":\"n\"}"),
     "items[1]: a tensor needs"},
    {ARCH("{\"tensor\":\"t\",\"shape\":\"n n\",\"init\":\"ones\"}"), "items[0].shape"},
    {ARCH("{\"tensor\":\"t\",\"shape\":\"n\",\"init\":\"nromal(1)\"}"), "items[0].init"},
    {ARCH("{\"tensor\":\"t\",\"shape\":\"n\",\"init\":\"normal\"}"), "takes 1"},
    {ARCH("{\"tensor\":\"t\",\"shape\":\"n\",\"init\":\"ones\",\"dtype\":\"F7\"}"), "dtype"},
    {ARCH("{\"name\":\"a\",\"for\":\"i in n\",\"items\":[]}"), "items[0]: \"for\""},
    {"{\"arch\":\"m\",\"kinds\":{\"A\":[{\"name\":\"a\",\"is\":\"A\"}]},\"items\":[{\"name\":\"a\",\"is\":\"A\"}]}",
     "contain itself"},
};

TEST(a_broken_architecture_is_an_error_with_file_and_place)
{
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct wi_error err = {0};
        struct srv_arch *arch = load(broken[i].text, &err);
        if (arch || !strstr(err.text, broken[i].says) || !strstr(err.text, "mine.json"))
            fail_msg("row %zu, %s: %s", i, broken[i].text, err.text);
    }
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

TEST(an_operators_folder_adds_architectures_and_presets)
{
    char folder[] = "/tmp/test_model.XXXXXX", path[512];
    assert_non_null(mkdtemp(folder));
    write_file(folder, "mine.json", ARCH("{\"name\":\"block.{i}\",\"for\":\"i < n\",\"is\":\"Linear(i + 1, 2)\"}"));
    write_file(folder, "presets.json", "{\"presets\":{\"my-model\":{\"arch\":\"mine\",\"config\":{\"n\":3}}}}");
    struct wi_error err = {0};
    struct srv_catalog *own = srv_catalog_open(folder, &err);
    if (!own)
        fail_msg("%s", err.text);
    struct srv_model *m = srv_model_preset(own, "my-model", NULL, 0, SRV_DTYPE_F32, &err);
    assert_non_null(m);
    assert_int_equal(m->table.n_file, 6);
    assert_int_equal(m->table.n_parameters, 2 * (1 + 2 + 3) + 3 * 2);
    srv_model_free(m);
    srv_catalog_free(own);
    write_file(folder, "mine.json", ARCH("{\"name\":\"a\",\"is\":\"Nothing\"}"));
    assert_null(srv_catalog_open(folder, &err));
    assert_non_null(strstr(err.text, "mine.json"));
    err = (struct wi_error){0};
    assert_null(srv_catalog_open("/nonexistent/folder", &err));
    snprintf(path, sizeof path, "%s/mine.json", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/presets.json", folder);
    unlink(path);
    rmdir(folder);
}

TEST(the_largest_models_are_built_in_milliseconds_and_little_memory)
{
    static const struct {
        const char *preset;
        unsigned tensors;
        unsigned long long bytes;
    } rows[] = {{"llama-3.1-405b", 1137, 811706777600ull}, {"deepseek-v3", 45395, 0}};
    for (size_t i = 0; i < 2; i++) {
        struct wi_error err = {0};
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        struct srv_model *m = srv_model_preset(catalog, rows[i].preset, NULL, 0, SRV_DTYPE_BF16, &err);
        clock_gettime(CLOCK_MONOTONIC, &to);
        double ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) * 1e-6;
        assert_non_null(m);
        assert_int_equal(m->table.n_file, rows[i].tensors);
        if (rows[i].bytes)
            assert_int_equal(m->table.data_bytes, rows[i].bytes);
        if (getenv("MODEL_LISTING"))
            print_message("%s: %.2f ms, %zu bytes\n", rows[i].preset, ms, srv_model_memory(m));
        assert_true(srv_model_memory(m) < 8u << 20);
        assert_true(ms < 500); /* about 5 ms; sanitizers and a busy machine take longer */
        srv_model_free(m);
    }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* One thing that allocates; false: it failed, with an error in err. */
static bool try_preset(struct wi_error *err)
{
    struct srv_model *m = srv_model_preset(catalog, "tiny-mixtral", NULL, 0, SRV_DTYPE_F32, err);
    srv_model_free(m);
    return m != NULL;
}

static bool try_adapter(struct wi_error *err)
{
    const struct srv_setting setting = {"r", "3"};
    struct srv_model *m = srv_model_preset(catalog, "tiny-llama-lora", &setting, 1, SRV_DTYPE_F32, err);
    srv_model_free(m);
    return m != NULL;
}

static bool try_layers(struct wi_error *err)
{
    struct srv_model *m = srv_model_layers("linear:3,4;relu", 15, SRV_DTYPE_F32, err);
    srv_model_free(m);
    return m != NULL;
}

/* A stack with copies and calls, and what torch draws for it. */
static bool try_drawn(struct wi_error *err)
{
    static const char text[] = "transformer:4,2,2,1,3;linear:4,3", init[] = "linear.weight:xavier_uniform;bias:zeros";
    const struct wi_like_info *torch = NULL;
    for (unsigned i = 0; (torch = wi_like_at(i)) && strcmp(torch->name, "torch") != 0;)
        i++;
    struct srv_model *m = srv_model_stack(text, sizeof text - 1, init, sizeof init - 1, SRV_DTYPE_F32, err);
    struct srv_drawn drawn = {0};
    bool good = m && srv_drawn_make(&drawn, m, torch, SRV_DTYPE_FLOAT, err);
    srv_drawn_free(&drawn);
    srv_model_free(m);
    return good;
}

static bool try_manifest(struct wi_error *err)
{
    static const char text[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    struct srv_model *m = srv_model_manifest(text, sizeof text - 1, NULL, SRV_DTYPE_FLOAT, err);
    srv_model_free(m);
    return m != NULL;
}

static bool try_plan(struct wi_error *err)
{
    static struct srv_model *m;
    struct srv_plan plan;
    if (!m) {
        failing_malloc_at(0);
        m = srv_model_preset(catalog, "tiny-llama", NULL, 0, SRV_DTYPE_F32, err);
        assert_non_null(m);
        failing_malloc_at(1);
    }
    bool good = srv_model_plan(m, &plan, err);
    srv_plan_free(&plan);
    if (good) {
        srv_model_free(m);
        m = NULL;
    }
    return good;
}

static bool try_arch(struct wi_error *err)
{
    struct srv_arch *arch = load(ARCH("{\"name\":\"a\",\"is\":\"Linear(n, 2)\"}"), err);
    srv_arch_free(arch);
    return arch != NULL;
}

TEST(running_out_of_memory_is_an_error_and_leaks_nothing)
{
    bool (*const things[])(struct wi_error *) = {try_preset,   try_adapter, try_layers, try_drawn,
                                                 try_manifest, try_plan,    try_arch};
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
        bool good = false;
        for (unsigned long n = 1; !good && n < 1000; n++) {
            struct wi_error err = {0};
            failing_malloc_at(n);
            good = things[i](&err);
            if (!good && (err.code == WI_OK || !failing_malloc_failed()))
                fail_msg("thing %zu, allocation %lu: %d %s", i, n, (int)err.code, err.text);
            if (good && failing_malloc_failed())
                good = false; /* it could do without */
            failing_malloc_at(0);
        }
        assert_true(good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_golden_configuration_gives_the_libraries_tensors_and_header),
        cmocka_unit_test(the_order_of_draws_is_that_of_torch_and_its_libraries),
        cmocka_unit_test(shards_and_their_index_are_those_of_save_pretrained),
        cmocka_unit_test(a_stack_that_is_sent_is_that_of_its_text),
        cmocka_unit_test(a_stack_without_tensors_is_empty_in_both_forms),
        cmocka_unit_test(stacks_within_stacks_have_names_and_ties),
        cmocka_unit_test(a_long_header_is_read_in_parts_as_it_would_be_whole),
        cmocka_unit_test(faults_of_a_long_header_are_named),
        cmocka_unit_test(stacks_have_the_names_shapes_and_rules_of_torch),
        cmocka_unit_test(the_table_of_name_patterns_gets_the_documented_share_right),
        cmocka_unit_test(every_preset_builds_and_its_config_gives_the_same_tensors_again),
        cmocka_unit_test(any_field_can_be_overridden),
        cmocka_unit_test(dtype_changes_floats_but_not_counters_and_router_biases),
        cmocka_unit_test(any_offset_leads_to_its_tensor),
        cmocka_unit_test(rules_become_requests_of_init),
        cmocka_unit_test(a_tensor_is_a_request_of_init_with_its_own_parameters),
        cmocka_unit_test(wrong_input_is_an_error_that_names_its_place),
        cmocka_unit_test(unknown_names_come_with_the_nearest),
        cmocka_unit_test(expressions_have_the_values_that_their_manual_says),
        cmocka_unit_test(an_unknown_module_is_told_its_neighbour),
        cmocka_unit_test(deep_long_and_many_are_refused_quickly),
        cmocka_unit_test(a_broken_architecture_is_an_error_with_file_and_place),
        cmocka_unit_test(an_operators_folder_adds_architectures_and_presets),
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
        cmocka_unit_test(the_largest_models_are_built_in_milliseconds_and_little_memory),
    };
    return cmocka_run_group_tests(tests, read_vectors, free_vectors);
}
