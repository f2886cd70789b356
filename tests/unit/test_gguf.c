/* server/model/gguf.h: files of real converters (tests/vectors/gguf.txt, made by tools/model_golden.py), quantized blocks of
 * llama.cpp, the order of elements, any bytes at any offset, and models that GGUF has no place for. */
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/gguf.h"
#include "model/vocab.h"
#include "support/failing_malloc.h"
#include "support/lines.h"
#include "support/sha256.h"
#include "support/test.h"

static struct srv_catalog *catalog;

static int open_catalog(void **state)
{
    (void)state;
    struct wi_error err = {0};
    catalog = srv_catalog_open(NULL, &err);
    return catalog ? 0 : -1;
}

static int close_catalog(void **state)
{
    (void)state;
    srv_catalog_free(catalog);
    return 0;
}

/* ---- a reader of headers, written from the description of the format --------------------------------------------- */

struct in {
    const unsigned char *at, *end;
};

static uint64_t number(struct in *in, unsigned bytes)
{
    uint64_t value = 0;
    assert_true((size_t)(in->end - in->at) >= bytes);
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)in->at[i] << (8 * i);
    in->at += bytes;
    return value;
}

static size_t text(struct in *in, char *out, size_t room)
{
    size_t len = (size_t)number(in, 8);
    assert_true(len < room && len <= (size_t)(in->end - in->at));
    memcpy(out, in->at, len);
    out[len] = 0;
    in->at += len;
    return len;
}

struct listing {
    struct sha256 sha;
    uint64_t n_tokens, n_types, n_merges, eos;
    char tokens[40][24]; /* from 240 on */
};

static void add_line(struct sha256 *sha, const char *line)
{
    sha256_add(sha, line, strlen(line));
    sha256_add(sha, "\n", 1);
}

static void read_array(struct in *in, const char *key, struct listing *l)
{
    char item[256];
    uint64_t kind = number(in, 4), n = number(in, 8);
    *(strstr(key, ".tokens") ? &l->n_tokens : strstr(key, ".token_type") ? &l->n_types : &l->n_merges) = n;
    for (uint64_t i = 0; i < n; i++) {
        if (kind == SRV_GGUF_TEXT)
            text(in, item, sizeof item);
        else
            number(in, 4);
        if (strstr(key, ".tokens") && i >= 240 && i < 280)
            snprintf(l->tokens[i - 240], sizeof l->tokens[0], "%.23s", item);
    }
}

static void read_key(struct in *in, struct listing *l)
{
    char key[128], value[2048], line[2200];
    text(in, key, sizeof key);
    uint64_t kind = number(in, 4);
    if (kind == SRV_GGUF_ARRAY) {
        read_array(in, key, l);
        return;
    }
    if (kind == SRV_GGUF_TEXT)
        text(in, value, sizeof value);
    else {
        unsigned bytes = kind == SRV_GGUF_BOOL ? 1 : 4;
        for (unsigned i = 0; i < bytes; i++)
            snprintf(value + 2 * i, 3, "%02x", in->at[i]);
        uint64_t whole = number(in, bytes);
        l->eos = strstr(key, ".eos_token_id") ? whole : l->eos;
    }
    snprintf(line, sizeof line, "%s %s", key, value);
    if (strncmp(key, "tokenizer.", 10) != 0 && strcmp(key, "general.name") != 0)
        add_line(&l->sha, line);
}

static void read_tensor(struct in *in, struct sha256 *sha)
{
    char name[256], dims[100] = "", line[400];
    const char *type = "?";
    text(in, name, sizeof name);
    unsigned n = (unsigned)number(in, 4);
    for (unsigned i = 0; i < n; i++)
        snprintf(dims + strlen(dims), sizeof dims - strlen(dims), "%s%llu", i ? "," : "",
                 (unsigned long long)number(in, 8));
    uint64_t numbered = number(in, 4);
    for (unsigned i = 0; i < SRV_GGUF_TYPES; i++)
        type = srv_gguf_types[i].number == numbered ? srv_gguf_types[i].name : type;
    snprintf(line, sizeof line, "%s [%s] %s %llu", name, dims, type, (unsigned long long)number(in, 8));
    add_line(sha, line);
}

/* A file with its model. */
struct whole {
    struct srv_model *model;
    struct srv_gguf file;
};

static bool make_of(struct srv_model *m, enum srv_gguf_type type, struct srv_gguf *file, struct wi_error *err)
{
    const struct srv_gguf_wanted wanted = {&m->table, m->arch, m->config, "golden", type};
    return srv_gguf_make(&wanted, file, err);
}

static void drop(struct whole *w)
{
    srv_gguf_free(&w->file);
    srv_model_free(w->model);
}

static void read_header(const struct srv_gguf *file, char keys[SHA256_HEX_CAP], char tensors[SHA256_HEX_CAP],
                        struct listing *l)
{
    struct in in = {(const unsigned char *)file->header, (const unsigned char *)file->header + file->header_len};
    struct sha256 sha;
    assert_memory_equal(in.at, "GGUF", 4);
    in.at += 4;
    assert_int_equal(number(&in, 4), 3);
    uint64_t n_tensors = number(&in, 8), n_keys = number(&in, 8);
    *l = (struct listing){0};
    sha256_begin(&l->sha);
    for (uint64_t i = 0; i < n_keys; i++)
        read_key(&in, l);
    sha256_end(&l->sha, keys);
    sha256_begin(&sha);
    for (uint64_t i = 0; i < n_tensors; i++)
        read_tensor(&in, &sha);
    sha256_end(&sha, tensors);
    assert_true(in.end - in.at < SRV_GGUF_ALIGN);
    for (; in.at < in.end; in.at++)
        assert_int_equal(*in.at, 0);
}

/* ---- golden files ------------------------------------------------------------------------------------------------ */

static enum srv_gguf_type type_called(const char *name)
{
    for (unsigned i = 0; i < SRV_GGUF_TYPES; i++)
        if (strcmp(srv_gguf_types[i].name, name) == 0)
            return (enum srv_gguf_type)i;
    fail_msg("no type %s", name);
    return SRV_GGUF_F32;
}

static void check_file(const struct line *line)
{
    struct wi_error err = {0};
    char config[2048], keys[SHA256_HEX_CAP], tensors[SHA256_HEX_CAP];
    struct listing l;
    snprintf(config, sizeof config, "{\"model_type\":\"%s\",%s", line->field[0], line->field[4] + 1);
    struct whole w = {.model = srv_model_config(catalog, config, strlen(config), NULL, 0, SRV_DTYPE_F32, &err)};
    if (!w.model || !make_of(w.model, type_called(line->field[1]), &w.file, &err))
        fail_msg("%s %s: %s: %s", line->field[0], line->field[1], err.param, err.text);
    read_header(&w.file, keys, tensors, &l);
    if (strcmp(keys, line->field[2]) != 0 || strcmp(tensors, line->field[3]) != 0)
        fail_msg("%s %s: other %s", line->field[0], line->field[1],
                 strcmp(keys, line->field[2]) != 0 ? "keys" : "tensors");
    assert_int_equal(l.n_tokens, 320);
    assert_int_equal(l.n_types, 320);
    assert_int_equal(l.n_merges, 1);
    assert_int_equal(l.eos, SRV_VOCAB_EOS);
    assert_string_equal(l.tokens[SRV_VOCAB_EOS - 240], "<|endoftext|>");
    assert_string_equal(l.tokens[SRV_VOCAB_MERGED - 240], "\u0120\u0120");
    assert_string_equal(l.tokens[279 - 240], "<|unused_279|>");
    drop(&w);
}

static void check_block(const struct line *line)
{
    unsigned char bytes[128], want[34], got[34];
    float x[32];
    assert_int_equal(lines_bytes(line->field[1], bytes, sizeof bytes), 128);
    for (unsigned i = 0; i < 32; i++) {
        uint32_t bits = bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 | (uint32_t)bytes[4 * i + 2] << 16 |
                        (uint32_t)bytes[4 * i + 3] << 24;
        memcpy(&x[i], &bits, 4);
    }
    for (unsigned t = 0; t < 2; t++) {
        const struct srv_gguf_type_row *type = &srv_gguf_types[t ? SRV_GGUF_Q4_0 : SRV_GGUF_Q8_0];
        assert_int_equal(lines_bytes(line->field[2 + t], want, sizeof want), type->bytes);
        type->encode(x, 32, got);
        assert_memory_equal(got, want, type->bytes);
    }
}

static void check_line(const struct line *line, void *counts)
{
    bool block = strcmp(line->field[0], "block") == 0;
    ((unsigned *)counts)[block]++;
    if (block)
        check_block(line);
    else
        check_file(line);
}

TEST(golden_files_have_the_keys_tensors_and_blocks_of_the_real_converter)
{
    unsigned counts[2] = {0};
    lines_read("tests/vectors/gguf.txt", check_line, counts);
    assert_int_equal(counts[0], 32);
    assert_true(counts[1] >= 10);
}

TEST(halves_round_to_nearest_even)
{
    static const struct {
        float x;
        uint16_t half, brain;
    } rows[] = {{1.0f, 0x3c00, 0x3f80},
                {-2.5f, 0xc100, 0xc020},
                {65504.0f, 0x7bff, 0x4780},
                {65519.996f, 0x7bff, 0x4780},
                {65520.0f, 0x7c00, 0x4780},
                {0x1p-24f, 1, 0x3380},
                {0x1p-25f, 0, 0x3300},
                {0x1.8p-24f, 2, 0x33c0},
                {0x1.000002p-25f, 1, 0x3300},
                {1.00048828125f, 0x3c00, 0x3f80},
                {1.00146484375f, 0x3c02, 0x3f80},
                {-0.0f, 0x8000, 0x8000},
                {1.00390625f, 0x3c04, 0x3f80},
                {1.01171875f, 0x3c0c, 0x3f82}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char out[2];
        srv_gguf_types[SRV_GGUF_F16].encode(&rows[i].x, 1, out);
        assert_int_equal(out[0] | out[1] << 8, rows[i].half);
        srv_gguf_types[SRV_GGUF_BF16].encode(&rows[i].x, 1, out);
        assert_int_equal(out[0] | out[1] << 8, rows[i].brain);
    }
    for (uint32_t half = 0; half < 0x7c00; half++) {
        unsigned char out[2];
        float x = srv_half_value((uint16_t)half);
        srv_gguf_types[SRV_GGUF_F16].encode(&x, 1, out);
        assert_int_equal(out[0] | out[1] << 8, half);
    }
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Element i of row r of a model's table: the place of every number can be told from its value. */
static float value_of(uint32_t row, uint64_t i)
{
    return (float)(row % 64) + (float)(i % (1 << 16)) * 0x1p-16f;
}

struct places {
    uint32_t row;
    bool missing;
};

static bool read_places(void *ctx, uint64_t first, size_t n, float *out)
{
    const struct places *p = ctx;
    for (size_t i = 0; i < n; i++)
        out[i] = value_of(p->row, first + i);
    return !p->missing;
}

static struct whole make(const char *preset, enum srv_gguf_type type)
{
    struct wi_error err = {0};
    struct whole w = {.model = srv_model_preset(catalog, preset, NULL, 0, SRV_DTYPE_F32, &err)};
    if (!w.model || !make_of(w.model, type, &w.file, &err))
        fail_msg("%s: %s: %s", preset, err.param, err.text);
    return w;
}

/* The part made of that tensor of the model. */
static uint32_t part_of(const struct whole *w, const char *name)
{
    const struct srv_file_row *row = srv_table_find(&w->model->table, name, strlen(name));
    for (uint32_t i = 0; i < w->file.n_parts; i++)
        if (&w->model->table.file[w->file.rows[i]] == row)
            return i;
    fail_msg("no part is made of %s", name);
    return 0;
}

static float element(const struct whole *w, uint32_t part, uint64_t i)
{
    struct places places = {w->file.rows[part], false};
    struct srv_elements elements = {read_places, &places};
    float x;
    assert_int_equal(srv_gguf_read(&w->file.part[part], &elements, 4 * i, (unsigned char *)&x, 4), 4);
    return x;
}

TEST(elements_stand_where_llama_cpp_wants_them)
{
    struct whole w = make("tiny-llama", SRV_GGUF_F32);
    uint32_t part = part_of(&w, "model.layers.1.self_attn.q_proj.weight"), from = w.file.rows[part];
    for (uint64_t head = 0; head < 2; head++)
        for (uint64_t j = 0; j < 16; j++)
            for (uint64_t half = 0; half < 2; half++)
                assert_float_equal(element(&w, part, (head * 32 + 2 * j + half) * 64 + 5),
                                   value_of(from, (head * 32 + half * 16 + j) * 64 + 5), 0);
    drop(&w);

    w = make("tiny-gpt2", SRV_GGUF_F32);
    part = part_of(&w, "transformer.h.0.attn.c_attn.weight");
    for (uint64_t out = 0; out < 192; out += 7)
        for (uint64_t in = 0; in < 64; in += 5)
            assert_float_equal(element(&w, part, out * 64 + in), value_of(w.file.rows[part], in * 192 + out), 0);
    drop(&w);

    w = make("tiny-gpt-neox", SRV_GGUF_F32);
    part = part_of(&w, "gpt_neox.layers.0.attention.query_key_value.bias");
    for (uint64_t third = 0; third < 3; third++)
        for (uint64_t head = 0; head < 2; head++)
            for (uint64_t j = 0; j < 32; j++)
                assert_float_equal(element(&w, part, third * 64 + head * 32 + j),
                                   value_of(w.file.rows[part], head * 96 + third * 32 + j), 0);
    drop(&w);

    w = make("tiny-gemma", SRV_GGUF_F32);
    part = part_of(&w, "model.norm.weight");
    assert_float_equal(element(&w, part, 3), value_of(w.file.rows[part], 3) + 1.0f, 0);
    drop(&w);
}

/* Experts are stacked by number: 10 comes after 9, though its name does not. */
TEST(experts_are_stacked_in_the_order_of_their_numbers)
{
    struct srv_setting twelve = {"num_local_experts", "12"};
    struct wi_error err = {0};
    struct whole w = {.model = srv_model_preset(catalog, "tiny-mixtral", &twelve, 1, SRV_DTYPE_F32, &err)};
    assert_true(make_of(w.model, SRV_GGUF_F32, &w.file, &err));
    uint32_t first = part_of(&w, "model.layers.1.block_sparse_moe.experts.0.w3.weight");
    for (uint32_t e = 0; e < 12; e++) {
        char name[96];
        snprintf(name, sizeof name, "model.layers.1.block_sparse_moe.experts.%u.w3.weight", (unsigned)e);
        assert_int_equal(part_of(&w, name), first + e);
    }
    drop(&w);
}

/* Reads of any length from any place agree with one read of all. */
static void check_part(const struct whole *w, uint32_t part)
{
    struct places places = {w->file.rows[part], false};
    struct srv_elements elements = {read_places, &places};
    const struct srv_gguf_part *p = &w->file.part[part];
    const struct srv_gguf_type_row *type = &srv_gguf_types[p->type];
    size_t total = (size_t)(p->rows * (p->columns / type->block) * type->bytes);
    uint64_t random = part, begin = part ? w->file.ends[part - 1] : 0;
    assert_in_range(w->file.ends[part] - begin, total, total + SRV_GGUF_ALIGN - 1);
    unsigned char *all = malloc(total), *piece = malloc(total);
    assert_int_equal(srv_gguf_read(p, &elements, 0, all, total), total);
    assert_int_equal(srv_gguf_read(p, &elements, total, piece, 1), 0);
    for (unsigned i = 0; i < 40; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t from = (size_t)(random >> 20) % total, len = (size_t)(random >> 9) % (i % 3 ? 100 : 40000);
        size_t want = total - from < len ? total - from : len;
        assert_int_equal(srv_gguf_read(p, &elements, from, piece, len < total ? len : total), want);
        assert_memory_equal(piece, all + from, want);
    }
    free(all);
    free(piece);
}

TEST(any_bytes_can_be_read_from_any_place)
{
    static const char *const presets[] = {"tiny-llama", "tiny-gpt2", "tiny-gpt-neox", "tiny-mixtral", "tiny-bert"};
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        for (unsigned type = 0; type < SRV_GGUF_TYPES; type++) {
            struct whole w = make(presets[i], (enum srv_gguf_type)type);
            for (uint32_t part = 0; part < w.file.n_parts; part++)
                check_part(&w, part);
            drop(&w);
        }
}

TEST(reading_stops_before_elements_that_are_not_there_yet)
{
    struct whole w = make("tiny-llama", SRV_GGUF_Q8_0);
    struct places places = {0, true};
    struct srv_elements elements = {read_places, &places};
    unsigned char byte;
    for (uint32_t part = 0; part < w.file.n_parts; part++)
        assert_int_equal(srv_gguf_read(&w.file.part[part], &elements, 0, &byte, 1), 0);
    drop(&w);
}

/* ---- what has no place ------------------------------------------------------------------------------------------- */

TEST(what_gguf_cannot_hold_is_an_error_that_names_it)
{
    static const struct {
        const char *preset;
        struct srv_setting setting;
        enum srv_gguf_type type;
        const char *param, *says;
    } rows[] = {
        {"tiny-vit", {"num_labels", "10"}, SRV_GGUF_F32, "format", "vit has no place"},
        {"tiny-llama-lora", {"r", "8"}, SRV_GGUF_F32, "format", "no place"},
        {"tiny-llama", {"vocab_size", "100"}, SRV_GGUF_F32, "vocab_size", "264 tokens"},
        {"tiny-llama", {"hidden_size", "48"}, SRV_GGUF_Q8_0, "dtype", "rows of 48 elements"},
        {"tiny-llama",
         {"rope_parameters.rope_type", "linear"},
         SRV_GGUF_F32,
         "rope_parameters.rope_type",
         "rope_parameters.rope_type=default"},
        {"llama-3.2-1b",
         {"rope_parameters.low_freq_factor", "5"},
         SRV_GGUF_F32,
         "rope_parameters",
         "low_freq_factor below high_freq_factor"},
        {"tiny-llama", {"hidden_act", "gelu"}, SRV_GGUF_F32, "hidden_act", "silu only"},
        {"tiny-llama", {"head_dim", "33"}, SRV_GGUF_F32, "num_key_value_heads", "do not divide"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wi_error err = {0};
        struct srv_model *m = srv_model_preset(catalog, rows[i].preset, &rows[i].setting, 1, SRV_DTYPE_F32, &err);
        struct srv_gguf file;
        assert_non_null(m);
        assert_false(make_of(m, rows[i].type, &file, &err));
        assert_string_equal(err.param, rows[i].param);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].preset, err.text);
        srv_model_free(m);
    }
}

/* Llama 3.1's frequencies are a tensor before all others: high ones stay, low ones are divided by the factor. */
TEST(llama3_frequencies_are_a_tensor)
{
    struct wi_error err = {0};
    struct whole w = {.model = srv_model_preset(catalog, "llama-3.1-8b", NULL, 0, SRV_DTYPE_BF16, &err)};
    if (!w.model || !make_of(w.model, SRV_GGUF_BF16, &w.file, &err))
        fail_msg("%s: %s", err.param, err.text);
    const size_t name = strlen("rope_freqs.weight"), bytes = 64 * sizeof(float);
    const char *at = w.file.header, *end = at + w.file.header_len - bytes;
    while (at < end && memcmp(at, "rope_freqs.weight", name) != 0)
        at++;
    struct in in = {(const unsigned char *)at + name, (const unsigned char *)end};
    assert_int_equal(number(&in, 4), 1);
    assert_int_equal(number(&in, 8), 64);
    assert_int_equal(number(&in, 4), 0);
    assert_int_equal(number(&in, 8), 0);
    in.at += 8 + strlen("output.weight") + 4 + 2 * 8 + 4; /* the next tensor, up to its place */
    assert_int_equal(number(&in, 8), bytes);
    float divisor[64];
    memcpy(divisor, end, bytes);
    for (unsigned i = 0; i < 64; i++) {
        const double wavelength = 2 * acos(-1) * pow(500000, i / 64.0), smooth = (8192 / wavelength - 1) / 3;
        const double want = wavelength < 8192 / 4. ? 1 : wavelength > 8192 ? 8 : 1 / ((1 - smooth) / 8 + smooth);
        assert_true(fabs(divisor[i] / want - 1) < 1e-6);
    }
    assert_true(divisor[0] == 1 && divisor[63] == 8 && divisor[32] > 1 && divisor[32] < 8);
    drop(&w);
}

TEST(every_preset_of_an_architecture_with_a_place_becomes_a_file_or_says_why_not)
{
    unsigned made = 0, refused = 0;
    for (unsigned i = 0; srv_catalog_preset_at(catalog, i); i++) {
        const struct srv_preset *preset = srv_catalog_preset_at(catalog, i);
        struct wi_error err = {0};
        struct srv_model *m = srv_model_preset(catalog, preset->name, NULL, 0, SRV_DTYPE_BF16, &err);
        assert_non_null(m);
        struct srv_gguf file;
        bool good = make_of(m, SRV_GGUF_BF16, &file, &err);
        if (!good && preset->arch->gguf)
            fail_msg("%s: %s: %s", preset->name, err.param, err.text);
        made += good;
        refused += !good;
        srv_gguf_free(&file);
        srv_model_free(m);
    }
    assert_true(made >= 25);
    assert_true(refused >= 20);
}

TEST(running_out_of_memory_is_an_error_and_leaks_nothing)
{
    struct wi_error err = {0};
    struct srv_model *m = srv_model_preset(catalog, "tiny-mixtral", NULL, 0, SRV_DTYPE_F32, &err);
    for (unsigned n = 1;; n++) {
        struct wi_error failure = {0};
        struct srv_gguf file;
        failing_malloc_at(n);
        bool good = make_of(m, SRV_GGUF_F32, &file, &failure);
        failing_malloc_at(0);
        srv_gguf_free(&file);
        if (good)
            break;
        assert_true(failure.code != WI_OK);
        assert_true(n < 1000);
    }
    srv_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_files_have_the_keys_tensors_and_blocks_of_the_real_converter),
        cmocka_unit_test(halves_round_to_nearest_even),
        cmocka_unit_test(elements_stand_where_llama_cpp_wants_them),
        cmocka_unit_test(experts_are_stacked_in_the_order_of_their_numbers),
        cmocka_unit_test(any_bytes_can_be_read_from_any_place),
        cmocka_unit_test(reading_stops_before_elements_that_are_not_there_yet),
        cmocka_unit_test(what_gguf_cannot_hold_is_an_error_that_names_it),
        cmocka_unit_test(llama3_frequencies_are_a_tensor),
        cmocka_unit_test(every_preset_of_an_architecture_with_a_place_becomes_a_file_or_says_why_not),
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
