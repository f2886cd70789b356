/* hub.h - the protocol of the Hugging Face Hub: what its files share. docs/HUB.md says what clients see.
 *
 * A request names a repository and a revision. The repository's index (hub_index.c) lists its files; it is a value
 * of the cache, made once per dtype. A handler that has to wait for it asks to be routed again (srv_reply.again).
 * Nothing else is kept: a commit says repository, seed and dtype, so any server answers for any commit. */
#ifndef SRV_RESOURCE_HUB_H
#define SRV_RESOURCE_HUB_H

#include "hub/folder.h"
#include "hub/kind.h"
#include "hub/revision.h"
#include "http/json.h"
#include "http/problem.h"
#include "resource/model_ask.h"

/* ---- hub_error.c ------------------------------------------------------------------------------------------------- */

/* Errors as the hub's clients expect them: {"error": text}, X-Error-Message, X-Error-Code. */
extern const struct srv_facade srv_hub_facade;

enum srv_hub_error { SRV_HUB_NO_REPO, SRV_HUB_NO_REVISION, SRV_HUB_NO_ENTRY, SRV_HUB_NO_USER, SRV_HUB_BAD_REQUEST };

/* Answer with an error. The reply keeps X-Repo-Commit, so that the absence of a file can be remembered. */
void srv_hub_fail(struct srv_reply *reply, const struct srv_request *req, enum srv_hub_error error, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

/* ---- hub_repo.c: which repositories there are -------------------------------------------------------------------- */

#define SRV_HUB_ID_MAX 200 /* of a repository, with the terminator */

struct srv_hub_repo {
    char id[SRV_HUB_ID_MAX];   /* "weightd/tiny-llama", "tinygpt2" */
    char base[SRV_HUB_ID_MAX]; /* an adapter: the repository of its base model; "" */
    const char *name;          /* the last part of id */
    const struct srv_hub_kind *kind;
    struct srv_model_ask ask;      /* its model, with the dtype of main and seed 0 */
    bool sentences;                /* laid out for sentence-transformers */
    bool gguf;                     /* has GGUF files of several types, and nothing else but a card */
    struct srv_hub_folder *folder; /* reference: where own lies; NULL: the repository is the program's */
    const struct srv_hub_own *own;
};

/* org NULL: a repository without an organization. False: there is none; *near is an id like it, or "". */
bool srv_hub_repo_find(struct srv_server *srv, const char *org, const char *name, struct srv_hub_repo *repo,
                       char near[SRV_HUB_ID_MAX]);
/* The i-th; false after the last. */
bool srv_hub_repo_at(struct srv_server *srv, unsigned i, struct srv_hub_repo *repo);
/* What was found must be dropped. */
void srv_hub_repo_drop(struct srv_hub_repo *repo);

/* ---- hub_index.c: the files of a repository ---------------------------------------------------------------------- */

struct srv_hub_file {
    const char *path;
    uint64_t bytes;
    const char *text;    /* of a small file, `bytes` long, any bytes; NULL: tensors */
    const char *weights; /* of tensors: the file of the model (model_body.h) */
    const char *dtype;   /* of tensors: what it is made with, as dtype= of /models; NULL: the revision's */
    char oid[41];        /* of a small file: git's blob id, which is also its entity tag; tensors: "" */
};

struct srv_hub_index {
    struct wi_error err; /* code WI_OK: the model is good */
    uint8_t identity[SRV_SHA256_BYTES];
    const struct srv_hub_file *file; /* sorted by path */
    unsigned n_files;
    uint64_t bytes;        /* of all files */
    uint64_t weight_bytes; /* of tensors alone */
    uint64_t n_parameters;
};

/* The index of a repository in a dtype; never NULL. */
void srv_hub_index_get(struct srv_server *srv, const struct srv_hub_repo *repo, enum srv_dtype dtype,
                       struct srv_job **job);
/* What a job with the code SRV_OK has made; borrowed from the job. */
const struct srv_hub_index *srv_hub_index_of(const struct srv_job *job);
/* The file of that path; NULL: there is none. */
const struct srv_hub_file *srv_hub_index_find(const struct srv_hub_index *index, const char *path);

/* ---- hub_ask.c: what a request is about -------------------------------------------------------------------------- */

struct srv_hub_asked {
    struct srv_hub_repo repo;
    struct srv_hub_revision revision;
    char commit[SRV_HUB_COMMIT_CHARS];
    bool by_commit;      /* the revision was given as a commit: the answer is for ever */
    struct srv_job *job; /* reference: the index's */
    const struct srv_hub_index *index;
};

/* Repository and revision (NULL: main), with X-Repo-Commit in the reply. False: the reply is an error, or waits for
 * the index. Else srv_hub_close when done. */
bool srv_hub_open(struct srv_server *srv, const struct srv_request *req, const char *org, const char *name,
                  const char *rev, struct srv_hub_asked *asked, struct srv_reply *reply);
void srv_hub_close(struct srv_hub_asked *asked);

/* How long the answer may be kept: what an operator may change is asked for again, but under its commit. */
enum srv_caching srv_hub_caching(const struct srv_hub_asked *asked);

/* The model of that revision, as a file of tensors is made of it. */
void srv_hub_ask(const struct srv_hub_asked *asked, const struct srv_hub_file *file, struct srv_model_ask *ask);

/* The tail of the path with slashes between. False: it is longer than any path. */
#define SRV_HUB_PATH_MAX 256
bool srv_hub_path(const struct srv_request *req, char path[SRV_HUB_PATH_MAX]);

/* Is the parameter given as true, True or 1? */
bool srv_hub_flag(const struct srv_request *req, const char *key);
/* The value of a parameter; NULL: it is not given. */
const char *srv_hub_param(const struct srv_request *req, const char *key);

/* Answer with a document of the api. */
void srv_hub_json(const struct srv_hub_asked *asked, json_t *doc, struct srv_reply *reply);

/* ---- hub_digest.c: SHA-256 of weights, where they are small enough to be made for it ----------------------------- */

/* Does the tree say digests? By the repository alone, so that one commit has one tree. */
bool srv_hub_has_digests(const struct srv_hub_index *index);
/* The job whose blob is the digests of all files of tensors, 32 bytes each, in their order. */
void srv_hub_digests_get(struct srv_server *srv, const struct srv_hub_asked *asked, struct srv_job **job);

/* ---- hub_entry.c: files as the api lists them -------------------------------------------------------------------- */

/* The digests are there, if the repository has any. False: the reply waits for them. *digests: 32 bytes for each
 * file of tensors, borrowed from *job, which the caller drops; both NULL: there are none. */
bool srv_hub_digests_wait(struct srv_server *srv, const struct srv_hub_asked *asked, struct srv_job **job,
                          const uint8_t **digests, struct srv_reply *reply);

/* What the api says of a file. */
struct srv_hub_entry {
    const struct srv_hub_file *file;
    char oid[41];    /* git's blob id: of the file, or of its pointer; of tensors without a digest another 40 digits */
    char sha256[65]; /* of tensors; "": not known */
    size_t pointer_size; /* of the pointer */
};
/* The i-th file. digests: srv_hub_digests_wait's. */
void srv_hub_entry_of(const struct srv_hub_asked *asked, unsigned i, const uint8_t *digests,
                      struct srv_hub_entry *entry);

#define SRV_HUB_DATE "2024-01-01T00:00:00.000Z" /* of every commit: it does not change */

#endif
