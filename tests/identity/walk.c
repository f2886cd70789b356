/* see walk.h */
#include "identity/walk.h"

#include <stdio.h>
#include <string.h>

/* Sizes around the groups of 64 elements, tiles of 256 words, panels of 48 columns and parts of 128 rows. */
static const char *const shapes[] = {
    "",        "1",       "67",      "4099",    "1,1",       "37,53",       "130,67",     "5,300",
    "300,5",   "64,64",   "3,5,7",   "1,17,31", "3,3,8,17",  "19,6,3,2",    "6,2,3,3,3",  "2,2,3,4,6",
    "2,1,3,2,1,2,3,2",
};

/* On every scheme: one aspect each, on a shape that most take. */
static const char *const aspects[] = {
    "shape=37,53&seed=7",
    "shape=37,53&seed=0xffffffffffffffff",
    "shape=37,53&seed=4294967296&stream=layers.0.attention.wq",
    "shape=37,53&stream=~%20%7e%26%3d%25",
    "shape=37,53&layout=oi",
    "shape=7,5,3,3&layout=oi",
    "shape=3,3,5,7&layout=oi",
    "shape=6,3,3&layout=oi",
    "shape=37,53&slice=3:36,7",
    "shape=37,53&slice=-1,:",
    "shape=37,53&slice=:,1:52",
    "shape=5,7,11,13&slice=1:4,2:,:,3:10",
    "shape=5,7,11,13&slice=4,6,10,12&layout=oi",
    "shape=37,53&format=npy",
    "shape=1001&format=npy&slice=500:",
    "shape=37,53&format=safetensors&name=model.layers.0.weight",
    "shape=37,53&format=json",
    "shape=3,2,5,2&format=json&name=a%22b%5c",
    "shape=37,53&format=json&flat=1&slice=1:,2:50",
};

/* Tensors of up to 2^57 elements, of which a few far out are read. */
static const char *const far[] = {
    "shape=1048576,131072&slice=524288,65536:65699",
    "shape=1048576,131072&slice=1048574:,131003:",
    "shape=144115188075855872&slice=-131:&seed=99",
    "shape=144115188075855872&slice=72057594037927935:72057594037928100",
    "shape=2,4294967296,4294967296&slice=1,-1,-70:",
    "shape=65536,65536,3,3&slice=32768,32767:32769,:,:&layout=oi",
};

/* Large enough for several tasks in wi_build. */
static const char *const wide[] = {"shape=300,257", "shape=257,301&layout=oi&seed=3"};

/* Down to subnormal numbers of f32, bf16 and f16. */
static const char *const reals[] = {"0.3", "1.5", "-2.25", "1e-07", "0.99", "2e-39"};

struct walk {
    const struct wi_like_info *like;
    const struct wi_scheme_info *scheme;
    const struct wi_dtype *dtype;
    walk_visit *visit;
    void *ctx;
};

static void visit(const struct walk *walk, const char *query, const char *more)
{
    char text[WALK_TEXT_CAP];
    bool native = walk->like == wi_like_at(0);
    snprintf(text, sizeof text, "/init?scheme=%s&dtype=%s%s%s&%s%s", walk->scheme->name, walk->dtype->name,
             native ? "" : "&like=", native ? "" : walk->like->name, query, more);
    walk->visit(walk->ctx, text);
}

#define VISIT_ALL(walk, list)                                            \
    for (size_t i_ = 0; i_ < sizeof(list) / sizeof *(list); i_++)        \
    visit(walk, (list)[i_], "")

/* Every value of a choice, some of a number; the plan refuses what does not fit. */
static void visit_values(const struct walk *walk, enum wi_param p)
{
    const struct wi_param_row *row = wi_param_row(p);
    char more[80];
    if (row->choice)
        for (unsigned i = 0; row->choice(i); i++) {
            snprintf(more, sizeof more, "&%s=%s", row->name, row->choice(i));
            visit(walk, "shape=36,27,4", more);
            visit(walk, "shape=43,21", more);
        }
    else if (row->type == WI_T_REAL)
        for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
            snprintf(more, sizeof more, "&%s=%s", row->name, reals[i]);
            visit(walk, "shape=43,21", more);
            visit(walk, "shape=3,8,16", more);
        }
    else if (row->type == WI_T_UINT)
        for (unsigned i = 1; i < 5; i++) {
            snprintf(more, sizeof more, "&%s=%u", row->name, i);
            visit(walk, "shape=12,4,3", more);
            visit(walk, "shape=12,4,3&layout=oi", more);
        }
}

void walk_scheme(const struct wi_like_info *like, const struct wi_scheme_info *scheme, const struct wi_dtype *dtype,
                 walk_visit *visit_request, void *ctx)
{
    const struct walk walk = {like, scheme, dtype, visit_request, ctx};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char query[80];
        snprintf(query, sizeof query, "shape=%s", shapes[i]);
        visit(&walk, query, "");
    }
    VISIT_ALL(&walk, aspects);
    VISIT_ALL(&walk, far);
    if (scheme->whole && dtype->bytes >= 4)
        VISIT_ALL(&walk, wide);
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        if (scheme->params & WI_P_BIT(p))
            visit_values(&walk, (enum wi_param)p);
    if (scheme->params & WI_P_BIT(WI_P_A))
        visit(&walk, "shape=43,21", "&nonlinearity=leaky_relu&a=0.2");
}
