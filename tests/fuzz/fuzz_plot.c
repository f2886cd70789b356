/* The query of a picture. Whatever it says, it is refused with the parameter that is wrong, or its canonical target is a fixed
 * point: it names the same picture, plain ASCII, within its room. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/target.h"
#include "plot/plot.h"

const char *const fuzz_seeds[] = {
    "/plot/sweep.svg?scheme=he_normal&activation=tanh&depth=5&width=16&batch=4&theme=dark&size=s",
    "/plot/histogram.json?scheme=orthogonal&shape=3,3,8,16&gain=2&dtype=f16&seed=0x10&bins=8&stream=a+b%26c",
    "/plot/versus.csv?scheme=he_normal&shape=8,4&seed=1&vs=torch,jax,tfjs,numpy-generator",
    "/plot/grid.svg?depth=200&width=128&seed=18446744073709551615",
    "/plot/spectrum.svg?like=torch&scheme=kaiming_uniform&activation=%3Cscript%3E&width=129",
    "/plot/symmetry.svg?scheme=constant&value=0.5&activation=softmax&activation=relu&vs=torch,",
    "/plot/heat.png?scheme=sparse&shape=&theme=&size&format=raw&stream=",
    NULL,
};

static const struct wi_limits limits = {1 << 30, 1 << 30};

static const struct srv_plot *plot_of(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    for (unsigned i = 0; srv_plot_at(i); i++) {
        const size_t len = strlen(srv_plot_at(i)->name);
        if (!strncmp(srv_plot_at(i)->name, name, len) && name[len] == '.')
            return srv_plot_at(i);
    }
    return srv_plot_at((unsigned)strlen(path) % 7); /* any */
}

static const struct srv_plot_format *format_of(const struct srv_plot *plot)
{
    unsigned f = 0;
    while (!plot->write[f])
        f++;
    return &srv_plot_formats[f];
}

static bool read_target(struct srv_plot_ask *ask, const char *text, size_t len, struct wi_error *err)
{
    struct srv_target target;
    char *storage = malloc(srv_target_storage(len));
    FUZZ_CHECK(storage);
    bool good = srv_target_parse(&target, text, len, storage, err) == 200;
    if (good) {
        const struct srv_request req = {
            .method = "GET", .path = target.path, .params = target.params, .n_params = target.n_params};
        memset(err, 0, sizeof *err);
        ask->plot = plot_of(target.path);
        ask->format = format_of(ask->plot);
        good = srv_plot_read(ask, &req, &limits, err);
        FUZZ_CHECK(good == (err->code == WI_OK));
        FUZZ_CHECK(good || *err->text);
    }
    free(storage);
    return good;
}

static void check_caps(const struct srv_plot_ask *ask)
{
    const uint64_t depth = ask->number[SRV_PLOT_DEPTH], width = ask->number[SRV_PLOT_WIDTH],
                   batch = ask->number[SRV_PLOT_BATCH];
    FUZZ_CHECK(depth >= 1 && depth <= WI_SWEEP_DEPTH_MAX && width >= 2 && width <= WI_SWEEP_WIDTH_MAX);
    FUZZ_CHECK(depth * width * width * batch <= WI_SWEEP_WORK_MAX);
    FUZZ_CHECK(!ask->plot->width_max || width <= ask->plot->width_max);
    FUZZ_CHECK(__builtin_popcount(ask->number[SRV_PLOT_VS]) <= SRV_PLOT_VS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first[SRV_PLOT_TARGET_MAX], second[SRV_PLOT_TARGET_MAX];
    struct srv_plot_ask *ask = calloc(1, sizeof *ask);
    struct wi_error err = {0};
    FUZZ_CHECK(ask);
    if (read_target(ask, (const char *)data, size, &err)) {
        const size_t len = srv_plot_target(ask, first);
        check_caps(ask);
        FUZZ_CHECK(len == strlen(first) && len < SRV_PLOT_TARGET_MAX);
        for (size_t i = 0; i < len; i++)
            FUZZ_CHECK(first[i] > 0x20 && first[i] < 0x7f && !strchr("<>\"'\\", first[i]));
        /* The grid's target has the tensor of a layer, of which it takes the seed alone; so for alg. */
        if (ask->plot->has_shape) {
            struct srv_plot_ask *again = calloc(1, sizeof *again);
            FUZZ_CHECK(again && read_target(again, first, len, &err));
            srv_plot_target(again, second);
            FUZZ_CHECK(!strcmp(first, second));
            free(again);
        }
    }
    free(ask);
    return 0;
}
