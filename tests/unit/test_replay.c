/* server/model/drawn.h and the library's replay.h: the numbers that torch and its libraries gave, tensor by tensor and
 * file by file (tests/vectors/replay.txt, made by tools/model_golden.py), and reading them at any place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "like/table.h"
#include "like/torch/engine.h"
#include "base/sha256.h"
#include "model/part.h"
#include "support/test.h"

/* Under a sanitizer, files of more elements are not compared whole, and larger tensors not at all. */
#ifdef __SANITIZE_ADDRESS__
#define ELEMENTS_MAX 1000000u
#else
#define ELEMENTS_MAX UINT64_MAX
#endif
#define CURSORS 4

static struct srv_catalog *catalog;
static const struct wi_like_info *torch;

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static char *vectors;

static SETUP(open_all)
{
    struct wi_error err = {0};
    catalog = srv_catalog_open(NULL, &err);
    for (unsigned i = 0; (torch = wi_like_at(i)) && strcmp(torch->name, "torch") != 0;)
        i++;
    vectors = file_text("tests/vectors/models.txt");
    return catalog && torch ? 0 : -1;
}

static TEARDOWN(close_all)
{
    srv_catalog_free(catalog);
    free(vectors);
    return 0;
}

/* ---- models of vectors ------------------------------------------------------------------------------------------- */

/* The line of models.txt with that name: its architecture, and its config, which ends at a newline. */
static const char *find_line(const char *name, char arch[80], size_t *config_len)
{
    size_t len = strlen(name);
    for (const char *line = vectors; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, name, len) == 0 && line[len] == ' ') {
            int at = 0;
            assert_int_equal(sscanf(line, "%*s %79s %*s %*s %*s %*s %*s %*s %*s %*s %n", arch, &at), 1);
            *config_len = strcspn(line + at, "\n");
            return line + at;
        }
    return NULL;
}

static struct srv_model *of_config(const char *name, enum srv_dtype dtype, struct wi_error *err)
{
    char arch[80], base[80], text[16384];
    size_t len, base_len;
    const char *config = find_line(name, arch, &len), *plus = strchr(arch, '+');
    const char *below = plus ? find_line(plus + 1, base, &base_len) : config;
    if (!plus) {
        memcpy(base, arch, sizeof base);
        base_len = len;
    }
    bool empty = base_len == 2;
    int n = snprintf(text, sizeof text, "{\"model_type\":\"%s\"%s%.*s", base, empty ? "" : ",", (int)base_len - 1,
                     below + 1);
    return plus ? srv_model_adapter(catalog, config, len, text, (size_t)n, dtype, err)
                : srv_model_config(catalog, text, (size_t)n, NULL, 0, dtype, err);
}

static struct srv_model *model_of(const char *name, enum srv_dtype dtype, struct wi_error *err)
{
    char arch[80];
    size_t len;
    const char *init = strchr(name, '@');
    if (find_line(name, arch, &len))
        return of_config(name, dtype, err);
    if (*name == '{')
        return srv_model_any(catalog, name, strlen(name), NULL, 0, dtype, err);
    return srv_model_stack(name, init ? (size_t)(init - name) : strlen(name), init ? init + 1 : NULL,
                           init ? strlen(init + 1) : 0, dtype, err);
}

/* ---- reading tensors --------------------------------------------------------------------------------------------- */

struct reader {
    const struct srv_model *model;
    struct srv_parts parts;
    struct wi_replay *keep;
    uint64_t seed;
};

static void reader_open(struct reader *r, const struct srv_model *model, enum srv_dtype made_in, uint64_t seed)
{
    struct wi_error err = {0};
    r->model = model;
    r->seed = seed;
    if (!srv_parts_make(&r->parts, &model->table, NULL, 0, &err) ||
        !srv_drawn_make(&r->parts.drawn, model, torch, made_in, &err))
        fail_msg("%s", err.text);
    r->keep = wi_replay_init(malloc(wi_replay_bytes(CURSORS)), torch, seed, CURSORS);
}

static void reader_close(struct reader *r)
{
    free(r->keep);
    srv_parts_free(&r->parts);
}

static const struct wi_part *only_part(const void *part, uint64_t i, struct wi_part *room)
{
    (void)i;
    (void)room;
    return part;
}

/* Elements [first, first + n) of a row of the file, by way of a body, as a server reads them. */
static void read_row(const struct reader *r, uint32_t row, uint64_t first, size_t n, void *out)
{
    const struct srv_table *table = &r->model->table;
    const struct srv_file_row *file = &table->file[row];
    const unsigned width = srv_dtype_bytes((enum srv_dtype)file->dtype);
    struct wi_part part;
    srv_part_of(&r->parts, table, row, r->seed, &part);
    struct wi_body body = {.n_parts = 1, .part = only_part, .ctx = &part, .suffix = ""};
    body.total_bytes = table->shape[file->shape].n_elems * width;
    size_t bytes = n * width;
    assert_int_equal(wi_body_read(&body, wi_keep_only, r->keep, first * width, out, bytes), bytes);
}

#define CHUNK 65536u

static void add_row(const struct reader *r, uint32_t row, struct srv_sha256 *data, struct srv_sha256 *own)
{
    static uint64_t chunk[CHUNK];
    const struct srv_table *table = &r->model->table;
    uint64_t n = table->shape[table->file[row].shape].n_elems;
    for (uint64_t at = 0, k; at < n; at += k) {
        k = n - at < CHUNK ? n - at : CHUNK;
        read_row(r, row, at, (size_t)k, chunk);
        size_t bytes = (size_t)k * srv_dtype_bytes((enum srv_dtype)table->file[row].dtype);
        if (data)
            srv_sha256_add(data, chunk, bytes);
        if (own)
            srv_sha256_add(own, chunk, bytes);
    }
}

/* Does the digest begin with these hexadecimal digits? */
static bool ends_as(struct srv_sha256 *sha, const char *prefix, size_t len)
{
    uint8_t digest[SRV_SHA256_BYTES];
    char hex[SRV_SHA256_HEX];
    srv_sha256_end(sha, digest);
    srv_hex(digest, sizeof digest, hex);
    return strncmp(hex, prefix, len) == 0;
}

static bool row_is(const struct reader *r, uint32_t row, struct srv_sha256 *data, const char *prefix)
{
    struct srv_sha256 own;
    bool wanted = *prefix != '-';
    srv_sha256_init(&own);
    if (data || wanted)
        add_row(r, row, data, wanted ? &own : NULL);
    return !wanted || ends_as(&own, prefix, 8);
}

/* ---- the vectors ------------------------------------------------------------------------------------------------- */

struct vector {
    char name[512], dtype[8], drawn[8], data[65];
    unsigned long long seed;
    const char *tensors; /* prefixes with commas between, or name=prefix */
};

/* The prefixes of all rows in the order of the file, or the digest of the data section, for the first seed both. */
static unsigned wrong_rows(const struct reader *r, const struct vector *v, bool whole)
{
    const struct srv_table *table = &r->model->table;
    const char *prefix = v->tensors;
    struct srv_sha256 data;
    unsigned wrong = 0;
    srv_sha256_init(&data);
    for (uint32_t i = 0; i < table->n_file; i++) {
        bool listed = *prefix && *prefix != '\n';
        bool own = listed && (!whole || v->seed == 0);
        wrong += !row_is(r, table->order[i], whole ? &data : NULL, own ? prefix : "-");
        prefix += listed ? strcspn(prefix, ",\n") : 0;
        prefix += *prefix == ',';
    }
    return wrong + (whole && !ends_as(&data, v->data, 64));
}

static unsigned wrong_named(const struct reader *r, const struct vector *v)
{
    const struct srv_table *table = &r->model->table;
    unsigned wrong = 0;
    for (const char *at = v->tensors, *is; (is = strchr(at, '=')); at = is + 10) {
        const struct srv_file_row *row = srv_table_find(table, at, (size_t)(is - at));
        assert_non_null(row);
        if (table->shape[row->shape].n_elems <= ELEMENTS_MAX)
            wrong += !row_is(r, (uint32_t)(row - table->file), NULL, is + 1);
        if (is[9] != ',')
            break;
    }
    return wrong;
}

static enum srv_dtype dtype_named(const char *name)
{
    enum srv_dtype dtype;
    assert_true(srv_dtype_find(name, strlen(name), &dtype));
    return dtype;
}

/* The model of a vector: made in the type that it is drawn in, and converted where that is another. */
static struct srv_model *made_and_cast(const struct vector *v)
{
    struct wi_error err = {0};
    struct srv_model *m = model_of(v->name, dtype_named(v->drawn), &err);
    if (!m || (strcmp(v->dtype, v->drawn) != 0 && !srv_model_cast(m, dtype_named(v->dtype), &err)))
        fail_msg("%s: %s", v->name, err.text);
    return m;
}

static unsigned wrong_in(const struct vector *v)
{
    struct srv_model *m = made_and_cast(v);
    struct reader r;
    bool named = strchr(v->tensors, '=') && strchr(v->tensors, '=') < strchr(v->tensors, '\n');
    bool whole = *v->data != '-' && m->table.n_parameters <= ELEMENTS_MAX;
    reader_open(&r, m, dtype_named(v->drawn), v->seed);
    struct vector unlisted = *v;
    unlisted.tensors = named ? "-\n" : v->tensors;
    unsigned wrong = wrong_rows(&r, &unlisted, whole) + (named ? wrong_named(&r, v) : 0);
    if (wrong)
        print_error("%s, seed %llu, %s drawn in %s: %u digests differ\n", v->name, v->seed, v->dtype, v->drawn, wrong);
    reader_close(&r);
    srv_model_free(m);
    return wrong;
}

/* Formulas and what an adapter keeps of its base: named, and refused. */
static bool is_refused(const char *name)
{
    return strcmp(name, "lora.dora") == 0 || strcmp(name, "lora.embedding") == 0;
}

TEST(tensors_and_files_are_those_of_torch_and_its_libraries)
{
    char *text = file_text("tests/vectors/replay.txt");
    unsigned wrong = 0, cases = 0;
    for (char *line = text; *line; line = strchr(line, '\n') + 1, cases++) {
        struct vector v;
        int at = 0;
        assert_int_equal(sscanf(line, "%511s %llu %7s %7s %64s %n", v.name, &v.seed, v.dtype, v.drawn, v.data, &at), 5);
        v.tensors = line + at;
        if (!is_refused(v.name))
            wrong += wrong_in(&v) != 0;
    }
    free(text);
    assert_int_equal(wrong, 0);
    assert_int_equal(cases, 519);
}

/* ---- any place --------------------------------------------------------------------------------------------------- */

static uint64_t random_state = 1;
static uint64_t random_below(uint64_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % n;
}

#define DRAWS 60
#define DRAW_MAX 700u

struct sequence {
    struct wi_replay_draw draw[DRAWS];
    uint64_t want[DRAWS][DRAW_MAX]; /* of the widest type */
};

static const unsigned width_of[] = {[WI_F32] = 4, [WI_F64] = 8, [WI_F16] = 2, [WI_BF16] = 2};

/* Every element times 0.02, each type in its own way. */
static void times_002(enum wi_dtype_id dtype, size_t n, void *out)
{
    for (size_t i = 0; i < n; i++)
        if (dtype == WI_F64)
            ((double *)out)[i] *= 0.02;
        else if (dtype == WI_F32)
            ((float *)out)[i] *= 0.02f;
        else
            ((uint16_t *)out)[i] = wi_half_bits(dtype, wi_half_value(dtype, ((uint16_t *)out)[i]) * 0.02f);
}

/* Draws of all kinds, many of fewer than 16 elements, as torch makes them one after the other. */
static void draw_all(struct sequence *s, const struct wi_like_info *like, uint64_t seed)
{
    const struct wi_torch_rules *rules = ((const struct wi_like *)like)->variant;
    struct wi_replay_mark mark = WI_REPLAY_START;
    static struct wi_torch t;
    wi_torch_seed(&t, seed);
    for (unsigned i = 0; i < DRAWS; i++) {
        struct wi_replay_draw *d = &s->draw[i];
        *d = (struct wi_replay_draw){.kind = random_below(3) ? WI_DRAW_NORMAL : WI_DRAW_UNIFORM,
                                     .dtype = (enum wi_dtype_id)random_below(sizeof width_of / sizeof *width_of),
                                     .a = -0.5,
                                     .b = 0.75,
                                     .times = random_below(4) ? 0 : 0.02,
                                     .n = 1 + random_below(random_below(2) ? 20 : DRAW_MAX)};
        assert_true(wi_replay_place(like, d, &mark));
        if (d->kind == WI_DRAW_NORMAL)
            wi_torch_normal(&t, rules, d->dtype, d->a, d->b, (size_t)d->n, s->want[i]);
        else
            wi_torch_uniform(&t, rules, d->dtype, d->a, d->b, (size_t)d->n, s->want[i]);
        if (d->times != 0)
            times_002(d->dtype, (size_t)d->n, s->want[i]);
    }
}

TEST(any_range_of_any_draw_is_what_a_sequence_of_draws_gives)
{
    static struct sequence s;
    static uint64_t out[DRAW_MAX];
    const struct wi_like_info *like;
    for (unsigned row = 0; (like = wi_like_at(row)); row++) {
        if (strncmp(like->name, "torch", 5) != 0)
            continue;
        draw_all(&s, like, 7 + row);
        unsigned cursors = row % 4; /* with none, every reading starts from the seed */
        struct wi_replay *replay = wi_replay_init(malloc(wi_replay_bytes(cursors)), like, 7 + row, cursors);
        for (unsigned k = 0; k < 2000; k++) {
            unsigned i = (unsigned)random_below(DRAWS);
            const struct wi_replay_draw *d = &s.draw[i];
            uint64_t first = random_below(d->n), n = 1 + random_below(d->n - first);
            wi_replay_read(replay, d, first, (size_t)n, d->dtype, out);
            assert_memory_equal(out, (uint8_t *)s.want[i] + first * width_of[d->dtype], n * width_of[d->dtype]);
        }
        free(replay);
    }
}

TEST(what_is_far_away_is_there_at_once_and_right)
{
    /* 2^36 words on: by one jump, and by two of other lengths. */
    const uint64_t far = UINT64_C(1) << 36;
    struct wi_replay_draw d = {.kind = WI_DRAW_UNIFORM, .dtype = WI_F32, .a = 0, .b = 1, .n = 1000};
    struct wi_mt mt;
    uint32_t words[1000];
    float out[1000];
    wi_mt_seed(&mt, 3);
    wi_mt_skip(&mt, 5 * (far / 9));
    wi_mt_skip(&mt, far - 5 * (far / 9));
    wi_mt_draw(&mt, words, 1000);
    struct wi_replay *replay = wi_replay_init(malloc(wi_replay_bytes(1)), torch, 3, 1);
    d.mark.words = far;
    wi_replay_read(replay, &d, 0, 1000, WI_F32, out);
    for (unsigned i = 0; i < 1000; i++)
        assert_true(out[i] == (float)(words[i] & 0xffffff) * 0x1p-24f);
    free(replay);
}

TEST(a_skip_is_what_drawing_gives)
{
    static uint32_t drawn[3000];
    static const uint64_t lengths[] = {
        0, 1, 623, 624, 625, 1247, 1248, 100000, WI_MT_RUN, WI_MT_RUN + 1, 3 * WI_MT_RUN + 17};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (unsigned used = 0; used < 3; used++) {
            struct wi_mt ran, skipped;
            uint32_t next[3000];
            wi_mt_seed(&ran, 5489);
            wi_mt_draw(&ran, drawn, 312 * used);
            skipped = ran;
            for (uint64_t left = lengths[i], k; left; left -= k) {
                k = left < 3000 ? left : 3000;
                wi_mt_draw(&ran, drawn, (size_t)k);
            }
            wi_mt_skip(&skipped, lengths[i]);
            wi_mt_draw(&ran, drawn, 3000);
            wi_mt_draw(&skipped, next, 3000);
            assert_memory_equal(next, drawn, sizeof next);
        }
}

TEST(ranges_of_files_are_parts_of_the_whole)
{
    static const char *const names[] = {"bert.odd", "gpt2.odd",    "mixtral.odd",
                                        "vit.odd",  "whisper.odd", "Embedding:3,5;Embedding:2,3;Embedding:4,4"};
    static uint8_t whole[65536], piece[65536];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct vector v = {.dtype = "BF16", .drawn = "BF16", .tensors = ""};
        strcpy(v.name, names[i]);
        struct srv_model *m = made_and_cast(&v);
        struct reader r;
        reader_open(&r, m, SRV_DTYPE_BF16, 11);
        for (unsigned k = 0; k < 300; k++) {
            uint32_t row = (uint32_t)random_below(m->table.n_file);
            uint64_t n = m->table.shape[m->table.file[row].shape].n_elems, first = random_below(n);
            read_row(&r, row, 0, (size_t)n, whole);
            read_row(&r, row, first, (size_t)(n - first), piece);
            assert_memory_equal(piece, whole + 2 * first, 2 * (n - first));
        }
        reader_close(&r);
        srv_model_free(m);
    }
}

/* ---- what cannot be repeated ------------------------------------------------------------------------------------- */

static void refused(const char *name, enum srv_dtype dtype, const char *tensor)
{
    struct wi_error err = {0};
    struct srv_model *m = model_of(name, dtype, &err);
    struct srv_drawn drawn;
    assert_non_null(m);
    assert_false(srv_drawn_make(&drawn, m, torch, SRV_DTYPE_FLOAT, &err));
    assert_int_equal(err.code, WI_E_UNSUPPORTED);
    if (!strstr(err.text, tensor))
        fail_msg("%s: %s", name, err.text);
    srv_drawn_free(&drawn);
    srv_model_free(m);
}

TEST(what_cannot_be_repeated_is_refused_by_name)
{
    refused("lora.dora", SRV_DTYPE_F32, "lora_magnitude_vector");
    refused("lora.embedding", SRV_DTYPE_F32, "base_layer.weight");
    refused("Linear:5,3", SRV_DTYPE_F8_E4M3, "0.weight");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_and_files_are_those_of_torch_and_its_libraries),
        cmocka_unit_test(any_range_of_any_draw_is_what_a_sequence_of_draws_gives),
        cmocka_unit_test(what_is_far_away_is_there_at_once_and_right),
        cmocka_unit_test(a_skip_is_what_drawing_gives),
        cmocka_unit_test(ranges_of_files_are_parts_of_the_whole),
        cmocka_unit_test(what_cannot_be_repeated_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
