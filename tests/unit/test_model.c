/* server/model: every configuration whose tensors the real libraries were asked for (tests/vectors/models.txt, made by
 * tools/model_golden.py), shards, manifests, stacks, overrides, and input that is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/guess.h"
#include "model/model.h"
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

/* ---- listings --------------------------------------------------------------------------------------------------------- */

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

/* ---- the golden configurations ------------------------------------------------------------------------------------------- */

struct vector {
    char name[80], arch[80], header_bytes[24], state[65], unsaved[65], file[65], header[65];
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
        if (sscanf(line, "%79s %79s %llu %23s %64s %64s %64s %64s %n", v->name, v->arch, &v->parameters, v->header_bytes,
                   v->state, v->unsaved, v->file, v->header, &at) != 8)
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

/* Does the table of the model agree with the vector? Else say in what. */
static bool agrees(const struct vector *v, const struct srv_table *table)
{
    struct text state = {0}, unsaved = {0}, file = {0}, header = {0};
    list_state(table, &state);
    list_unsaved(table, &unsaved);
    list_file(table, &file);
    bool metadata = true;
    header.len = srv_header_safetensors(table, SRV_ALL_SHARDS, metadata, NULL);
    header.at = malloc(header.len);
    assert_int_equal(srv_header_safetensors(table, SRV_ALL_SHARDS, metadata, header.at), header.len);
    const struct {
        const char *what;
        bool good;
    } checks[] = {{"parameters", table->n_parameters == v->parameters},
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
    assert_int_equal(n_vectors, 121);
}

/* ---- shards ------------------------------------------------------------------------------------------------------------ */

static bool digest_is(const char *text, size_t len, const char *hex)
{
    struct text t = {(char *)text, len, 0};
    return has_digest(&t, hex);
}

static void list_shard(const struct srv_table *table, uint32_t shard, uint32_t n_shards, struct text *t)
{
    char name[SRV_SHARD_NAME_MAX];
    srv_header_shard_name(shard, n_shards, name);
    size_t header = srv_header_safetensors(table, shard, true, NULL);
    add(t, "%s %llu", name, (unsigned long long)(header + srv_header_shard_bytes(table, shard)));
    for (uint32_t i = 0; i < table->n_file; i++) {
        const struct srv_file_row *row = &table->file[table->order[i]];
        if (row->shard == shard)
            add(t, " %.*s", row->name_len, table->names + row->name);
    }
    add(t, "\n");
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
        assert_int_equal(srv_header_deal(&m->table, bytes), n);
        for (uint32_t shard = 0; shard < n; shard++)
            list_shard(&m->table, shard, n, &t);
        size_t len = srv_header_index(&m->table, n, NULL);
        char *text = malloc(len);
        assert_int_equal(srv_header_index(&m->table, n, text), len);
        if (!has_digest(&t, names) || !digest_is(text, len, index))
            fail_msg("%s at %llu: shards or index differ\n%s%.*s", model, bytes, t.at, (int)len, text);
        free(text);
        free(t.at);
        srv_model_free(m);
    }
    fclose(file);
    assert_int_equal(cases, 5);
}

/* ---- stacks ------------------------------------------------------------------------------------------------------------- */

TEST(stacks_have_the_names_shapes_and_rules_of_torch)
{
    FILE *file = fopen("tests/vectors/layers.txt", "r");
    char layers[512], digest[65];
    unsigned long long parameters;
    unsigned cases = 0, bad = 0;
    assert_non_null(file);
    for (; fscanf(file, "%511s %llu %64s", layers, &parameters, digest) == 3; cases++) {
        struct wi_error err = {0};
        struct text t = {0};
        struct srv_model *m = srv_model_layers(layers, strlen(layers), SRV_DTYPE_F32, &err);
        if (m)
            list_state(&m->table, &t);
        if (!m || m->table.n_parameters != parameters || !has_digest(&t, digest)) {
            print_error("%s: %s\n%s", layers, err.text, t.at ? t.at : "");
            bad++;
        }
        free(t.at);
        srv_model_free(m);
    }
    fclose(file);
    assert_int_equal(bad, 0);
    assert_int_equal(cases, 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_golden_configuration_gives_the_libraries_tensors_and_header),
        cmocka_unit_test(shards_and_their_index_are_those_of_save_pretrained),
        cmocka_unit_test(stacks_have_the_names_shapes_and_rules_of_torch),
    };
    return cmocka_run_group_tests(tests, read_vectors, free_vectors);
}
