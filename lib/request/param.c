/* The parameter table: see struct wi_param_row in wi.h. */
#include <string.h>

#include "wi.h"

static const char *name_of(const char *const *names, unsigned n, unsigned i)
{
    return i < n ? names[i] : NULL;
}
#define NAMES(fn, ...)                                          \
    static const char *fn(unsigned i)                           \
    {                                                           \
        static const char *const names[] = {__VA_ARGS__};       \
        return name_of(names, sizeof names / sizeof *names, i); \
    }

NAMES(layout_name, "io", "oi", "iohw", "hwoi", "hwcm")
NAMES(mode_name, "fan_in", "fan_out", "fan_avg", "fan_geo_avg")
NAMES(distribution_name, "normal", "uniform", "truncated_normal")
NAMES(bitgen_name, "pcg64", "pcg64dxsm", "philox", "sfc64", "mt19937")
NAMES(part_name, "weight", "bias")
NAMES(order_name, "C", "F")
NAMES(bool_name, "0", "1")

static const char *dtype_name(unsigned i)
{
    const struct wi_dtype *d = wi_dtype_at(i);
    return d ? d->name : NULL;
}

static const char *format_name(unsigned i)
{
    const struct wi_format *f = wi_format_at(i);
    return f ? f->name : NULL;
}

static const char *file_name(unsigned i)
{
    const struct wi_format *f = wi_format_file_at(i);
    return f ? f->name : NULL;
}

static const char *like_name(unsigned i)
{
    const struct wi_like_info *l = wi_like_at(i);
    return l ? l->name : NULL;
}

static const char *nonlinearity_name(unsigned i)
{
    return i < WI_NONLINEARITIES_WITH_GAIN ? wi_nonlinearity_at(i)->name : NULL;
}

#define REAL_MAX 1e30

static const struct wi_param_row rows[WI_P_COUNT] = {
    [WI_P_ALG] = {"alg", "version of the numbers; bytes of one version never change", WI_T_UINT, .uint_min = WI_ALG,
                  .uint_max = WI_ALG, .common = true, .has_default = true},
    [WI_P_SCHEME] = {"scheme", "initialization scheme", WI_T_NAME, .common = true},
    [WI_P_SHAPE] = {"shape", "dimensions, comma-separated (256,128) or 256x128; empty for a scalar", WI_T_SHAPE,
                    .common = true},
    [WI_P_SEED] =
        {"seed",
         "selects the sequence; decimal or 0x hex; with like= also what the framework takes: -1, 1,2,3, 128 bits",
         WI_T_UINT, .uint_max = UINT64_MAX, .common = true, .has_default = true},
    [WI_P_STREAM] = {"stream",
                     "name of an independent sequence under the same seed, such as the tensor's; in a query + is a "
                     "blank, %2B a plus",
                     WI_T_NAME, .common = true, .has_default = true},
    [WI_P_DTYPE] = {"dtype", "element type", WI_T_CHOICE, .choice = dtype_name, .common = true, .has_default = true},
    [WI_P_LAYOUT] = {"layout",
                     "io: shape is (..., in, out); oi: (out, in, ...); transposed iohw: (in, out, ...), hwoi: (..., "
                     "out, in); depthwise "
                     "hwcm: (..., channels, multiplier)",
                     WI_T_CHOICE, .choice = layout_name, .common = true, .has_default = true},
    [WI_P_LIKE] = {"like", "give exactly the numbers of a framework", WI_T_CHOICE, .choice = like_name, .common = true,
                   .has_default = true},
    [WI_P_MODE] = {"mode", "which fan the variance is divided by", WI_T_CHOICE, .choice = mode_name},
    [WI_P_GAIN] = {"gain", "factor on the standard deviation", WI_T_REAL, .min = 0, .max = 1e6, .open_min = true,
                   .like_min = -1e6, .like_max = 1e6},
    [WI_P_NONLINEARITY] = {"nonlinearity", "sets the gain as torch's calculate_gain does", WI_T_CHOICE,
                           .choice = nonlinearity_name},
    [WI_P_A] = {"a", "negative slope of leaky_relu", WI_T_REAL, .min = -1e6, .max = 1e6},
    [WI_P_SCALE] = {"scale", "factor on the variance", WI_T_REAL, .min = 0, .max = 1e12, .open_min = true,
                    .like_min = -1e12, .like_max = REAL_MAX},
    [WI_P_DISTRIBUTION] = {"distribution", "distribution of the values", WI_T_CHOICE, .choice = distribution_name},
    [WI_P_TRUNCATED] = {"truncated", "1: cut at two standard deviations, keeping the variance that was asked for",
                        WI_T_BOOL, .choice = bool_name, .has_idle = true},
    [WI_P_MEAN] = {"mean", "mean of the values", WI_T_REAL, .min = -REAL_MAX, .max = REAL_MAX},
    [WI_P_STD] = {"std", "standard deviation of the values", WI_T_REAL, .min = 0, .max = REAL_MAX},
    [WI_P_LOW] = {"low", "lower bound", WI_T_REAL, .min = -REAL_MAX, .max = REAL_MAX},
    [WI_P_HIGH] = {"high", "upper bound", WI_T_REAL, .min = -REAL_MAX, .max = REAL_MAX},
    [WI_P_CUT] = {"cut", "bounds of mean -+ so many standard deviations", WI_T_REAL, .min = 0, .max = 1e6,
                  .open_min = true, .like_max = 1e6},
    [WI_P_VALUE] = {"value", "the value of every element", WI_T_REAL, .min = -0x1.fffffffffffffp+1023,
                    .max = 0x1.fffffffffffffp+1023},
    [WI_P_BASE] = {"base", "ratio of the largest frequency to the smallest", WI_T_REAL, .min = 1e-12, .max = 1e12},
    [WI_P_SPARSITY] = {"sparsity", "share of zeros in every column", WI_T_REAL, .min = 0, .max = 1},
    [WI_P_GROUPS] =
        {"groups",
         "groups of a convolution, whose kernel has a group's share of the inputs (layout iohw, hwoi: outputs)",
         WI_T_UINT, .uint_min = 1, .uint_max = UINT32_MAX, .has_idle = true},
    [WI_P_FAN_IN] = {"fan_in", "the fan itself, instead of what shape and layout make it", WI_T_UINT, .uint_min = 1,
                     .uint_max = UINT64_C(1) << 57},
    [WI_P_FAN_OUT] = {"fan_out", "the fan itself, instead of what shape and layout make it", WI_T_UINT, .uint_min = 1,
                      .uint_max = UINT64_C(1) << 57},
    [WI_P_BITGEN] = {"bitgen", "bit generator of numpy.random.Generator", WI_T_CHOICE, .choice = bitgen_name},
    [WI_P_PART] = {"part", "which tensor of a layer", WI_T_CHOICE, .choice = part_name, .has_idle = true},
    [WI_P_AFTER] = {"after",
                    "what the framework's generator gave before, in order: uniform:64x32,uniform:64,normal:10:f64",
                    WI_T_PAST},
    [WI_P_KEY] = {"key", "how the key comes from jax.random.key(seed), in order: split:3:1,fold_in:7", WI_T_PAST},
    [WI_P_PADDING] = {"padding", "this row, the first index, is set to 0: the padding of an embedding", WI_T_UINT,
                      .uint_max = UINT64_MAX, .common = true},
    [WI_P_SLICE] = {"slice", "part of the tensor in NumPy's syntax, step 1: 0:16,:", WI_T_SLICE, .common = true},
    [WI_P_FORMAT] = {"format", "wire format", WI_T_CHOICE, .choice = format_name, .common = true, .has_default = true},
    [WI_P_OF] = {"of", "the format whose digest is asked for; without it raw", WI_T_CHOICE, .choice = file_name,
                 .has_idle = true},
    [WI_P_ORDER] = {"order", "C: by rows; F: by columns, the first dimension varying fastest", WI_T_CHOICE,
                    .choice = order_name, .has_idle = true},
    [WI_P_FLAT] = {"flat", "1: one flat list instead of nested ones", WI_T_BOOL, .choice = bool_name,
                   .has_default = true, .has_idle = true},
    [WI_P_NAME] = {"name", "name of the tensor in the file; in a query + is a blank, %2B a plus", WI_T_NAME,
                   .has_default = true, .has_idle = true},
};

const struct wi_param_row *wi_param_row(enum wi_param p)
{
    return &rows[p];
}

enum wi_param wi_param_find(const char *name, size_t len)
{
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        if (strlen(rows[p].name) == len && memcmp(rows[p].name, name, len) == 0)
            return (enum wi_param)p;
    return WI_P_COUNT;
}
