/* lib/include/body.h: files of many tensors, read in any pieces. That a body of one part is right: test_laws.c. */
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/test.h"

#define N(a) (sizeof(a) / sizeof *(a))
#define LABEL "a header of 21 bytes\n"

/* A file as a test makes it: the parts' plans, their matrices, and where each part ends. */
enum { PARTS_MAX = 16 };
struct file {
    struct body parts[PARTS_MAX];
    uint64_t ends[PARTS_MAX];
    unsigned n;
    bool absent[PARTS_MAX]; /* the matrix is not there yet */
    struct wi_body body;
};

static const char *const queries[] = {
    "scheme=normal&shape=7,3&seed=1&stream=a",
    "scheme=uniform&shape=5&dtype=f64&seed=1&stream=b",
    "scheme=ones&shape=1&dtype=bf16",
    "scheme=orthogonal&shape=6,9&seed=2",
    "scheme=normal&shape=1000&dtype=f16&seed=3&slice=10:13",
    "scheme=zeros&shape=&dtype=f16",
    "scheme=sparse&shape=20,70&dtype=f16&seed=4",
    "like=torch&scheme=normal&shape=33&seed=5",
    "scheme=normal&shape=3,4&format=json&seed=6", /* cells need not be elements */
};

static const struct wi_part *part_at(const void *ctx, uint64_t i, struct wi_part *room)
{
    const struct file *file = ctx;
    *room = file->parts[i].plan.part; /* as a caller does that makes parts from rows */
    return room;
}

static const void *keep_of(void *ctx, uint64_t i)
{
    struct file *file = ctx;
    return file->absent[i] ? NULL : file->parts[i].keep;
}

static uint64_t cells_of(const struct wi_plan *plan)
{
    return plan->part.out_elems * plan->part.cell_bytes;
}

/* padding: bytes of zeros behind part i, for i = 2, 5, ... */
static void make_file(struct file *file, unsigned padding)
{
    uint64_t end = 0;
    memset(file, 0, sizeof *file);
    for (file->n = 0; file->n < N(queries); file->n++) {
        struct body *part = &file->parts[file->n];
        assert_int_equal(body_open(part, queries[file->n], NULL), WI_OK);
        end += cells_of(&part->plan) + (file->n % 3 == 2 ? padding : 0);
        file->ends[file->n] = end;
    }
    file->body = (struct wi_body){.header = (const uint8_t *)LABEL,
                                  .header_bytes = sizeof LABEL - 1,
                                  .n_parts = file->n,
                                  .ends = file->ends,
                                  .part = part_at,
                                  .ctx = file,
                                  .suffix = "the end",
                                  .total_bytes = sizeof LABEL - 1 + end + 7};
}

static void close_file(struct file *file)
{
    for (unsigned i = 0; i < file->n; i++)
        body_close(&file->parts[i]);
}

/* The file as its parts laid end to end, each read alone. */
static uint8_t *expected(const struct file *file)
{
    uint8_t *bytes = calloc(1, (size_t)file->body.total_bytes), *at = bytes + sizeof LABEL - 1;
    memcpy(bytes, LABEL, sizeof LABEL - 1);
    for (unsigned i = 0; i < file->n; i++) {
        const struct wi_plan *plan = &file->parts[i].plan;
        uint8_t *part = body_read(&file->parts[i], plan->header_bytes, (size_t)cells_of(plan));
        memcpy(at, part, (size_t)cells_of(plan));
        free(part);
        at = bytes + sizeof LABEL - 1 + file->ends[i];
    }
    memcpy(at, "the end", 7);
    return bytes;
}

TEST(test_any_pieces)
{
    static const size_t pieces[] = {1, 3, 7, 64, 1000, 100000};
    for (unsigned padding = 0; padding < 40; padding += 13) {
        static struct file file;
        make_file(&file, padding);
        uint8_t *whole = expected(&file), *piece = malloc(100000);
        size_t total = (size_t)file.body.total_bytes;
        for (size_t p = 0; p < N(pieces); p++)
            for (size_t at = 0; at < total + 2; at += pieces[p]) {
                size_t n = total < at ? 0 : total - at < pieces[p] ? total - at : pieces[p];
                assert_int_equal(wi_body_read(&file.body, keep_of, &file, at, piece, pieces[p]), n);
                if (n)
                    assert_memory_equal(piece, whole + at, n);
            }
        free(piece);
        free(whole);
        close_file(&file);
    }
}

/* Reading stops where a matrix is not there yet, and goes on when it is. */
TEST(test_not_yet)
{
    static struct file file;
    enum { ORTHOGONAL = 3, SPARSE = 6, TORCH = 7 };
    make_file(&file, 0);
    uint8_t *whole = expected(&file), *bytes = malloc((size_t)file.body.total_bytes);
    uint64_t total = file.body.total_bytes, header = file.body.header_bytes;
    static const unsigned order[] = {ORTHOGONAL, SPARSE, TORCH};
    file.absent[ORTHOGONAL] = file.absent[SPARSE] = file.absent[TORCH] = true;
    for (size_t i = 0; i < N(order); i++) {
        uint64_t stop = header + file.ends[order[i] - 1], end = header + file.ends[order[i]];
        assert_int_equal(wi_body_waits_for(&file.body, keep_of, &file, 0, total), order[i]);
        assert_int_equal(wi_body_waits_for(&file.body, keep_of, &file, 0, UINT64_MAX), order[i]);
        assert_int_equal(wi_body_waits_for(&file.body, keep_of, &file, 0, stop), file.n);
        assert_int_equal(wi_body_waits_for(&file.body, keep_of, &file, 0, stop + 1), order[i]);
        assert_int_equal(wi_body_waits_for(&file.body, keep_of, &file, end - 1, 1), order[i]);
        assert_int_equal(wi_body_read(&file.body, keep_of, &file, 0, bytes, (size_t)total), stop);
        assert_memory_equal(bytes, whole, (size_t)stop);
        assert_int_equal(wi_body_read(&file.body, keep_of, &file, stop, bytes, 1), 0);
        file.absent[order[i]] = false;
    }
    assert_int_equal(wi_body_waits_for(&file.body, keep_of, &file, 0, total), file.n);
    assert_int_equal(wi_body_read(&file.body, keep_of, &file, 0, bytes, (size_t)total), total);
    assert_memory_equal(bytes, whole, (size_t)total);
    free(bytes);
    free(whole);
    close_file(&file);
}

/* ---- a hundred thousand tensors --------------------------------------------------------------------------------- */

enum { MANY = 100000 };

/* What must be kept for each: nothing but where it ends. Shape and stream follow from the number. */
struct many {
    struct wi_plan model;
    uint64_t ends[MANY];
    uint64_t made; /* parts that were made for reading */
};

static uint64_t elems_of(uint64_t i)
{
    return 1 + i * 7919 % 3000;
}

static const struct wi_part *many_at(const void *ctx, uint64_t i, struct wi_part *room)
{
    const struct many *many = ctx;
    *room = many->model.part;
    room->tensor.shape[0] = room->out_shape[0] = room->tensor.n_elems = room->out_elems = elems_of(i);
    room->tensor.key.stream = i;
    ((struct many *)(uintptr_t)many)->made++;
    return room;
}

TEST(test_many)
{
    struct many *many = calloc(1, sizeof *many);
    uint64_t end = 0;
    assert_int_equal(body_plan(&many->model, "scheme=normal&shape=1&dtype=bf16&seed=9", NULL), WI_OK);
    for (uint64_t i = 0; i < MANY; i++)
        many->ends[i] = end += 2 * elems_of(i);
    struct wi_body body = {
        .n_parts = MANY, .ends = many->ends, .part = many_at, .ctx = many, .suffix = "", .total_bytes = end};
    for (uint64_t k = 0; k < 2000; k++) {
        uint64_t i = k * 48271 % MANY, start = i ? many->ends[i - 1] : 0, n = many->ends[i] - start;
        uint8_t got[8], whole[6000];
        struct wi_part room;
        uint64_t at = n > 8 ? k * 31 % (n - 8) : 0, len = n > 8 ? 8 : n;
        many->made = 0;
        assert_int_equal(wi_body_read(&body, NULL, NULL, start + at, got, (size_t)len), len);
        assert_int_equal(many->made, 1); /* the price of a read is what is read */
        const struct wi_part *part = many_at(many, i, &room);
        struct wi_body alone = {.n_parts = 1,
                                .part = part_at,
                                .ctx = &(struct file){.parts[0].plan.part = *part},
                                .suffix = "",
                                .total_bytes = n};
        assert_int_equal(wi_body_read(&alone, NULL, NULL, 0, whole, sizeof whole), n);
        assert_memory_equal(got, whole + at, (size_t)len);
    }
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_pieces),
        cmocka_unit_test(test_not_yet),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
