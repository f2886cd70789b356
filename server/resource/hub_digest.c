/* SHA-256 of a repository's tensors. See hub.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "resource/hub.h"
#include "resource/model_body.h"
#include "server.h"

/* Tensors of more bytes take too long to make for a list of files. */
#define DIGEST_BYTES (32 * 1024 * 1024)

struct arg {
    struct srv_server *srv;
    struct srv_hub_asked asked;
};

static void *copy_arg(const void *arg)
{
    struct arg *copy = malloc(sizeof *copy);
    if (copy) {
        memcpy(copy, arg, sizeof *copy);
        srv_job_ref(copy->asked.job);
        srv_hub_folder_ref(copy->asked.repo.folder);
    }
    return copy;
}

static void drop_arg(void *arg)
{
    srv_hub_close(&((struct arg *)arg)->asked);
    free(arg);
}

static enum srv_code digest_file(const struct arg *a, const struct srv_hub_file *weights, uint8_t out[SRV_SHA256_BYTES])
{
    struct srv_job *file, *digest;
    struct srv_model_ask ask;
    srv_hub_ask(&a->asked, weights, &ask);
    srv_model_file_get(a->srv, &ask, weights->weights, &file);
    enum srv_code code = srv_job_wait(file);
    if (code == SRV_OK) {
        srv_model_file_sha256(a->srv, file, ask.seed, &digest);
        code = srv_job_wait(digest);
        if (code == SRV_OK)
            memcpy(out, srv_job_blob(digest)->bytes, SRV_SHA256_BYTES);
        srv_job_unref(digest);
    }
    srv_job_unref(file);
    return code;
}

static enum srv_code make_digests(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct arg *a = arg;
    const struct srv_hub_index *index = a->asked.index;
    *blob = srv_blob_new(making->budget, (size_t)(index->n_files + 1) * SRV_SHA256_BYTES);
    enum srv_code code = *blob ? SRV_OK : SRV_NO_MEMORY;
    uint8_t *out = *blob ? (*blob)->bytes : NULL;
    for (unsigned i = 0; code == SRV_OK && i < index->n_files; i++)
        if (index->file[i].weights) {
            code = digest_file(a, &index->file[i], out);
            out += SRV_SHA256_BYTES;
        }
    if (code != SRV_OK) {
        srv_blob_unref(*blob);
        *blob = NULL;
    }
    return code;
}

bool srv_hub_has_digests(const struct srv_hub_index *index)
{
    return index->weight_bytes <= DIGEST_BYTES;
}

void srv_hub_digests_get(struct srv_server *srv, const struct srv_hub_asked *asked, struct srv_job **job)
{
    static const struct srv_make digests_make = {
        .make = make_digests, .copy = copy_arg, .drop = drop_arg, .memory_only = true};
    struct arg arg = {srv, *asked};
    char key[SRV_HUB_ID_MAX + 64];
    const int n = snprintf(key, sizeof key, "hub digests %s %s", asked->repo.id, asked->commit);
    srv_cache_get(srv->cache, key, (size_t)n, &digests_make, &arg, job);
}
