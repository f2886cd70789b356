/* A query, as /init reads it: never a crash; an accepted query has a canonical text that means the same request, and a
 * body that is the same read at once or in pieces. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/target.h"

#define BODY_MAX 4096
#define KEEP_MAX 65536

const char *const fuzz_seeds[] = {
    "/init?scheme=xavier_uniform&shape=8,4&seed=7",
    "/init?scheme=he_normal&shape=3,3,2,5&layout=oi&nonlinearity=leaky_relu&a=0.2&format=json",
    "/init?scheme=orthogonal&shape=5,7&gain=2e0&dtype=f64&format=npy&seed=0xffffffffffffffff",
    "/init?scheme=sparse&shape=9x5&sparsity=0.3&std=1&format=json&flat=1",
    "/init?scheme=variance_scaling&shape=4,4&scale=2&mode=fan_geo_avg&distribution=uniform&slice=1:3,-2:",
    "/init?scheme=dirac&shape=4,2,3&groups=2&dtype=bf16&layout=oi",
    "/init?scheme=normal&shape=&mean=-1e-3&std=0.5&truncated=1&dtype=f16&format=json",
    "/init?scheme=uniform&shape=11&low=-1&high=1.5&stream=layer.0.weight%20x&format=safetensors&name=w%22",
    "/init?scheme=delta_orthogonal&shape=3,3,2,4&alg=1&slice=1,1",
    "/init?scheme=constant&shape=2,2,2,2,2,2,2,2&value=-0&dtype=float64&like=native",
    NULL,
};

static void collect(struct wi_request *req, const struct srv_target *target, struct wi_error *err)
{
    wi_request_init(req);
    for (size_t i = 0; i < target->n_params && err->code == WI_OK; i++) {
        const struct srv_param *p = &target->params[i];
        wi_request_set_n(req, p->key, p->key_len, p->value, p->has_value ? p->value_len : 0, err);
    }
}

static void check_error(const struct wi_error *err)
{
    FUZZ_CHECK(err->code != WI_OK && err->text[0]);
    for (const char *texts[] = {err->param, err->text, err->allowed, err->nearest}, **t = texts; t < texts + 4; t++)
        for (const char *c = *t; *c; c++)
            FUZZ_CHECK(*c >= 0x20 && *c < 0x7f);
}

static void check_body(const struct wi_plan *plan, uint64_t salt)
{
    static _Alignas(64) uint8_t keep[KEEP_MAX];
    uint8_t whole[BODY_MAX], piece[BODY_MAX];
    if (plan->total_bytes > BODY_MAX || plan->part.tensor.keep_bytes > KEEP_MAX ||
        plan->part.tensor.scratch_bytes > (64 << 20))
        return;
    void *scratch = aligned_alloc(64, (size_t)(plan->part.tensor.scratch_bytes + 64) / 64 * 64);
    wi_build(&plan->part.tensor, keep, scratch, NULL);
    free(scratch);
    size_t n = (size_t)plan->total_bytes, at = (size_t)(salt % (n + 1)), len = (size_t)(salt / 7 % (n + 1));
    struct wi_body body;
    uint8_t header[WI_HEADER_MAX];
    wi_plan_body(plan, header, &body);
    FUZZ_CHECK(wi_body_read(&body, wi_keep_only, keep, 0, whole, sizeof whole) == n);
    size_t done = wi_body_read(&body, wi_keep_only, keep, at, piece, len);
    FUZZ_CHECK(done == (len < n - at ? len : n - at));
    FUZZ_CHECK(memcmp(piece, whole + at, done) == 0);
}

static void check_plan(const struct wi_plan *plan, uint64_t salt)
{
    char text[WI_CANONICAL_MAX], again[WI_CANONICAL_MAX];
    static char storage[2 * WI_CANONICAL_MAX + 4];
    static struct wi_plan second;
    struct srv_target target;
    struct wi_request req;
    struct wi_error err = {0};
    size_t n = wi_plan_canonical(plan, WI_CANONICAL_BODY, text);
    FUZZ_CHECK(srv_target_parse(&target, text, n, storage, &err) == 200);
    collect(&req, &target, &err);
    FUZZ_CHECK(err.code == WI_OK && wi_plan_make(&second, &req, NULL, &err) == WI_OK);
    wi_plan_canonical(&second, WI_CANONICAL_BODY, again);
    FUZZ_CHECK(strcmp(text, again) == 0);
    FUZZ_CHECK(second.total_bytes == plan->total_bytes);
    check_body(plan, salt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wi_plan plan;
    struct srv_target target;
    struct wi_request req;
    struct wi_error err = {0};
    char *storage = malloc(srv_target_storage(size));
    uint64_t salt = size;
    for (size_t i = 0; i < size; i++)
        salt = salt * 31 + data[i];
    if (srv_target_parse(&target, (const char *)data, size, storage, &err) == 200) {
        collect(&req, &target, &err);
        if (err.code == WI_OK)
            wi_plan_make(&plan, &req, NULL, &err);
        if (err.code == WI_OK)
            check_plan(&plan, salt);
        else
            check_error(&err);
    }
    free(storage);
    return 0;
}
