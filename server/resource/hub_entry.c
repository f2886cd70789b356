/* Files as the api lists them. See hub.h. */
#include <stdio.h>
#include <string.h>

#include "resource/hub.h"

bool srv_hub_digests_wait(struct srv_server *srv, const struct srv_hub_asked *asked, struct srv_job **job,
                          const uint8_t **digests, struct srv_reply *reply)
{
    *job = NULL;
    *digests = NULL;
    if (!srv_hub_has_digests(asked->index))
        return true;
    srv_hub_digests_get(srv, asked, job);
    if (srv_job_code(*job) == SRV_OK) {
        *digests = srv_job_blob(*job)->bytes;
        return true;
    }
    reply->job = *job;
    reply->again = true;
    return false;
}

/* Git LFS keeps a pointer in git, and the file elsewhere. */
static void point_to(const uint8_t *digest, struct srv_hub_entry *entry)
{
    char pointer[200];
    srv_hex(digest, SRV_SHA256_BYTES, entry->sha256);
    const int n =
        snprintf(pointer, sizeof pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %llu\n",
                 entry->sha256, (unsigned long long)entry->file->bytes);
    entry->pointer_size = (size_t)n;
    srv_git_blob(pointer, entry->pointer_size, entry->oid);
}

void srv_hub_entry_of(const struct srv_hub_asked *asked, unsigned i, const uint8_t *digests,
                      struct srv_hub_entry *entry)
{
    const struct srv_hub_index *index = asked->index;
    char name[SRV_HUB_ID_MAX + SRV_HUB_PATH_MAX + 64];
    *entry = (struct srv_hub_entry){.file = &index->file[i]};
    if (entry->file->text) {
        memcpy(entry->oid, entry->file->oid, sizeof entry->oid);
        return;
    }
    for (unsigned k = 0; digests && k < i; k++)
        digests += index->file[k].weights ? SRV_SHA256_BYTES : 0;
    if (digests) {
        point_to(digests, entry);
        return;
    }
    const int n = snprintf(name, sizeof name, "%s %s %s", asked->repo.id, asked->commit, entry->file->path);
    srv_git_blob(name, (size_t)n, entry->oid);
}
