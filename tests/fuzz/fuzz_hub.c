/* What clients of the hub name: a path, matched against the hub's patterns; a revision by name or commit; a
 * repository. What is taken for a revision comes back from its commit; a name without fault is a segment that no
 * pattern takes for its own. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/target.h"
#include "hub/folder.h"
#include "hub/revision.h"
#include "resource/route.h"

const char *const fuzz_seeds[] = {
    "/weightd/tiny-llama/resolve/main/config.json",
    "/weightd/tiny-llama/resolve/seed-7-bf16/1_Pooling/config.json?download=true",
    "/tinygpt2/raw/refs%2Fheads%2Fmain/a//b/../%2e%2e/%2f",
    "/api/models/weightd/tiny-llama/tree/0123456789abcdef0123456789abcdef01234567/x?recursive=true",
    "/resolve/resolve/resolve/resolve/resolve",
    "/f32/seed-18446744073709551615/resolve/seed-18446744073709551616-f16",
    "/api/models/refs/refs",
    NULL,
};

static const char *const patterns[] = {"/{org?}/{name}/resolve/{rev}/{file...}", "/api/models/{org?}/{name}/refs",
                                       "/api/models/{org?}/{name}/tree/{rev}/{folder...}", "/{path...}"};

static void check_revision(const char *text)
{
    static const uint8_t identity[SRV_SHA256_BYTES] = {1};
    struct srv_hub_revision revision, back;
    char commit[SRV_HUB_COMMIT_CHARS];
    if (!srv_hub_revision_read(text, SRV_DTYPE_F32, &revision) && !srv_hub_commit_read(text, identity, &revision))
        return;
    srv_hub_commit(revision, identity, commit);
    FUZZ_CHECK(srv_hub_commit_read(commit, identity, &back));
    FUZZ_CHECK(back.seed == revision.seed && back.dtype == revision.dtype);
}

static void check_name(const char *text)
{
    if (!srv_hub_name_fault(text, true))
        FUZZ_CHECK(!strchr(text, '/') && !strstr(text, "..") && strcmp(text, "resolve") &&
                   strlen(text) <= SRV_HUB_NAME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srv_target target;
    struct wi_error err = {0};
    char *raw = malloc(size + 1), *storage = malloc(srv_target_storage(size));
    memcpy(raw, data, size);
    raw[size] = 0;
    if (srv_target_parse(&target, raw, strlen(raw), storage, &err) == 200)
        for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
            struct srv_request req = {0};
            if (!srv_route_matches(patterns[i], &target, &req))
                continue;
            FUZZ_CHECK(req.n_args <= SRV_ARGS_MAX && req.n_args + req.n_tail <= target.n_segments + 1);
            for (size_t k = 0; k < req.n_args; k++)
                FUZZ_CHECK(!req.args[k] || *req.args[k]);
            for (size_t k = 0; k < target.n_segments; k++) {
                check_revision(target.segments[k]);
                check_name(target.segments[k]);
            }
        }
    free(storage);
    free(raw);
    return 0;
}
