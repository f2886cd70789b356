/* see models.h */
#include "models.h"

#include <stdio.h>

#include "cache/cache.h"
#include "config.h"
#include "resource/hub.h"
#include "server.h"

struct tally {
    unsigned good, refused;
};

static void refuse(void *arg, const char *path, const char *why)
{
    struct tally *tally = arg;
    printf("refused %s: %s\n", path, why);
    tally->refused++;
}

static void print_repo(const struct srv_hub_repo *repo, const struct srv_hub_index *index)
{
    unsigned made = 0;
    for (unsigned i = 0; i < index->n_files; i++)
        made += index->file[i].weights != NULL;
    printf("%s: %s, %llu parameters, %llu bytes of tensors in %u %s, %u small files\n", repo->id,
           *repo->kind->arch ? repo->kind->arch : "a manifest", (unsigned long long)index->n_parameters,
           (unsigned long long)index->weight_bytes, made, made == 1 ? "file" : "files", index->n_files - made);
}

/* Make the index of a repository, as the first request for it would. */
static void check_repo(struct srv_server *srv, const struct srv_hub_repo *repo, struct tally *tally)
{
    struct srv_job *job;
    srv_hub_index_get(srv, repo, repo->ask.dtype, &job);
    if (srv_job_wait(job) != SRV_OK) {
        refuse(tally, repo->id, "there is not enough memory for it");
    } else {
        const struct srv_hub_index *index = srv_hub_index_of(job);
        if (index->err.code)
            refuse(tally, repo->id, index->err.text);
        else
            print_repo(repo, index);
        tally->good += !index->err.code;
    }
    srv_job_unref(job);
}

int srv_models_check(struct srv_server *srv)
{
    struct tally tally = {0};
    struct srv_hub_repo repo;
    char error[256];
    struct srv_hub_folder *folder = srv_hub_folder_load(srv->config->models, refuse, &tally, error, sizeof error);
    if (!folder) {
        fprintf(stderr, "weightd: --models: %s\n", error);
        return 1;
    }
    srv_hub_shelf_put(&srv->shelf, folder);
    for (unsigned i = 0; srv_hub_repo_at(srv, i, &repo); i++) {
        if (repo.own)
            check_repo(srv, &repo, &tally);
        srv_hub_repo_drop(&repo);
    }
    printf("%u repositories, %u refused\n", tally.good, tally.refused);
    return tally.refused > 0;
}
