/* see walk.h */
#include "identity/walk.h"

#include <stdio.h>
#include <string.h>

/* Sizes around the groups of 64 elements, tiles of 256 words, panels of 48 columns and parts of 128 rows. */
/* clang-format off */
static const char *const shapes[] = {
    "shape=", "shape=1", "shape=67", "shape=4099", "shape=1,1", "shape=37,53", "shape=130,67", "shape=5,300",
    "shape=300,5", "shape=64,64", "shape=3,5,7", "shape=1,17,31", "shape=3,3,8,17", "shape=19,6,3,2",
    "shape=6,2,3,3,3", "shape=2,2,3,4,6", "shape=2,1,3,2,1,2,3,2",
};
/* clang-format on */

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

static bool is_native(const struct walk *walk)
{
    return walk->like == wi_like_at(0);
}

/* "torch@2.0" shares all but a few lines with "torch". */
static bool is_older(const struct wi_like_info *like)
{
    return strchr(like->name, '@') != NULL;
}

static void visit(const struct walk *walk, const char *query, const char *more)
{
    char text[WALK_TEXT_CAP];
    bool native = is_native(walk);
    snprintf(text, sizeof text, "/init?scheme=%s&dtype=%s%s%s&%s%s", walk->scheme->name, walk->dtype->name,
             native ? "" : "&like=", native ? "" : walk->like->name, query, more);
    walk->visit(walk->ctx, text);
}

/* Less for the frameworks, of which there are many versions: the engines behind them, and what they add to a
 * request. */
static const char *const framework_shapes[] = {
    "shape=", "shape=67", "shape=4099", "shape=37,53", "shape=3,5,7", "shape=19,6,3,2",
};
static const char *const framework_aspects[] = {
    "shape=37,53&seed=4294967295",
    "shape=37,53&slice=3:36,7:50&format=safetensors",
    "shape=3,5,7&layout=oi&seed=3",
    "shape=19,6,3,2&layout=io&seed=3",
};

#define VISIT_ALL(walk, list)                                     \
    for (size_t i_ = 0; i_ < sizeof(list) / sizeof *(list); i_++) \
    visit(walk, (list)[i_], "")

/* A parameter's value on two shapes, one of the frameworks. */
static void visit_value(const struct walk *walk, const char *name, const char *value, const char *one,
                        const char *other)
{
    char more[80];
    snprintf(more, sizeof more, "&%s=%s", name, value);
    visit(walk, one, more);
    if (is_native(walk))
        visit(walk, other, more);
}

/* Every value of a choice, some of a number; the plan refuses what does not fit. */
static void visit_values(const struct walk *walk, enum wi_param p)
{
    static const char *const uints[] = {"1", "2", "3", "4"};
    const struct wi_param_row *row = wi_param_row(p);
    for (unsigned i = 0; row->choice && row->choice(i); i++)
        visit_value(walk, row->name, row->choice(i), "shape=43,21", "shape=36,27,4");
    for (size_t i = 0; row->type == WI_T_REAL && i < sizeof reals / sizeof *reals; i++)
        visit_value(walk, row->name, reals[i], "shape=43,21", "shape=3,8,16");
    for (size_t i = 0; row->type == WI_T_UINT && i < sizeof uints / sizeof *uints; i++)
        visit_value(walk, row->name, uints[i], "shape=12,4,3&layout=oi", "shape=12,4,3");
}

static void visit_native(const struct walk *walk)
{
    VISIT_ALL(walk, shapes);
    VISIT_ALL(walk, aspects);
    VISIT_ALL(walk, far);
    if (walk->scheme->whole && walk->dtype->bytes >= 4)
        VISIT_ALL(walk, wide);
}

static void visit_framework(const struct walk *walk)
{
    VISIT_ALL(walk, framework_shapes);
    if (is_older(walk->like))
        return;
    VISIT_ALL(walk, framework_aspects);
    if (strcmp(walk->scheme->name, "orthogonal") == 0 && walk->dtype->id == WI_F32)
        visit(walk, wide[0], "");
}

/* Parameters that schemes came to take when they had lines already. */
static uint64_t later_params(const struct wi_scheme_info *scheme)
{
    uint64_t fans = WI_P_BIT(WI_P_FAN_IN) | WI_P_BIT(WI_P_FAN_OUT);
    uint64_t bounds = WI_P_BIT(WI_P_LOW) | WI_P_BIT(WI_P_HIGH) | WI_P_BIT(WI_P_CUT);
    uint64_t later = scheme->params & fans ? fans | WI_P_BIT(WI_P_GROUPS) : 0;
    later |= scheme->params & WI_P_BIT(WI_P_CUT) ? bounds : 0;
    return scheme->params & later;
}

void walk_scheme(const struct wi_like_info *like, const struct wi_scheme_info *scheme, const struct wi_dtype *dtype,
                 walk_visit *visit_request, void *ctx)
{
    const struct walk walk = {like, scheme, dtype, visit_request, ctx};
    if (is_native(&walk))
        visit_native(&walk);
    else
        visit_framework(&walk);
    if (is_older(like))
        return;
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        if (scheme->params & ~later_params(scheme) & WI_P_BIT(p))
            visit_values(&walk, (enum wi_param)p);
    if (scheme->params & WI_P_BIT(WI_P_A))
        visit(&walk, "shape=43,21", "&nonlinearity=leaky_relu&a=0.2");
}

static const char *const later_aspects[] = {
    "shape=7,5,3,3&layout=iohw",
    "shape=3,3,5,7&layout=hwoi",
    "shape=3,3,5,2&layout=hwcm",
    "shape=37,53&order=F",
    "shape=37,53&order=F&format=npy",
    "shape=5,7,11,3&order=F&slice=1:4,2:,:,1:",
    "shape=0,5",
    "shape=5,0,3&format=npy",
    "shape=0,3,3&format=json",
};

void walk_later(const struct wi_like_info *like, const struct wi_scheme_info *scheme, const struct wi_dtype *dtype,
                walk_visit *visit_request, void *ctx)
{
    const struct walk walk = {like, scheme, dtype, visit_request, ctx};
    if (is_older(like))
        return;
    VISIT_ALL(&walk, later_aspects);
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        if (later_params(scheme) & WI_P_BIT(p))
            visit_values(&walk, (enum wi_param)p);
    if (scheme->params & WI_P_BIT(WI_P_CUT))
        visit(&walk, "shape=4099", "&low=-0.3&high=1.5&mean=0.1&std=0.7");
}
