/* folder.h - an operator's own repositories, read from a folder (--models DIR) into memory.
 *
 *     DIR/ORG/NAME/ or DIR/NAME/    a repository, if it has a config.json or a manifest.json
 *         config.json               the model; its tensors are made from it
 *         manifest.json             names, shapes and dtypes of tensors (docs/MODELS.md), instead
 *         anything else             served as it is
 *
 * Everything is read at once, so that what is served does not change until the folder is read again. Refused, each
 * with a report that names it: names that could be taken for something else, links that leave the repository, files
 * that change while they are read, what is too large, and files of weights, because weights are made. A hidden name
 * is passed over.
 * Memory: reference counted. Threads: read-only once loaded; the shelf may be used by any thread. */
#ifndef SRV_HUB_FOLDER_H
#define SRV_HUB_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"
#include "base/sha256.h"
#include "model/dtype.h"

#define SRV_HUB_REPOS_MAX 1000
#define SRV_HUB_FILES_MAX 1000            /* of a repository */
#define SRV_HUB_DEPTH_MAX 4               /* folders of a repository, one within another */
#define SRV_HUB_NAME_MAX 96               /* bytes of an organization's, a repository's, a folder's or a file's name */
#define SRV_HUB_FILE_BYTES (32u << 20)    /* of a file */
#define SRV_HUB_FOLDER_BYTES (256u << 20) /* of all files */

struct srv_hub_own_file {
    char *path;  /* in the repository: "tokenizer.json", "1_Pooling/config.json" */
    char *bytes; /* with a NUL behind them */
    size_t len;
};

struct srv_hub_own {
    char *id;                      /* "acme/net" */
    struct srv_hub_own_file *file; /* sorted by path; the manifest is not among them */
    size_t n_files;
    struct srv_hub_own_file manifest;       /* bytes NULL: config.json is the model */
    uint8_t digest[SRV_SHA256_BYTES];       /* of id, paths and bytes */
    uint8_t model_sha256[SRV_SHA256_BYTES]; /* of the file that srv_hub_own_model gives */
    char model_type[64];                    /* of config.json; "": it does not say */
    enum srv_dtype dtype;                   /* of config.json; else f32, and of a manifest what it says */
};

struct srv_hub_folder;

/* Told of everything that is refused: the path below DIR, and why. */
typedef void srv_hub_report(void *arg, const char *path, const char *why);

/* NULL: the folder itself cannot be read, or there is no memory; *error says which. */
struct srv_hub_folder *srv_hub_folder_load(const char *dir, srv_hub_report *report, void *arg, char *error, size_t cap);
struct srv_hub_folder *srv_hub_folder_ref(struct srv_hub_folder *folder);
void srv_hub_folder_unref(struct srv_hub_folder *folder); /* NULL is fine */

const struct srv_hub_own *srv_hub_folder_at(const struct srv_hub_folder *folder, size_t i); /* NULL after the last */
const struct srv_hub_own *srv_hub_folder_find(const struct srv_hub_folder *folder, const char *id);
/* The file of that path; NULL: there is none. */
const struct srv_hub_own_file *srv_hub_own_find(const struct srv_hub_own *own, const char *path);

/* What the tensors are made from: the manifest, or config.json. */
const struct srv_hub_own_file *srv_hub_own_model(const struct srv_hub_own *own);

/* May this be the name of an organization or a repository? NULL: yes; else why not. */
const char *srv_hub_name_fault(const char *name, bool is_repo);

DECLARE_LOCK(shelf_lock);

/* The folder that is served now; it may be replaced at any time. */
struct srv_hub_shelf {
    pthread_mutex_t lock;
    struct srv_hub_folder *folder GUARDED_BY(shelf_lock); /* reference; NULL: there is none */
};
void srv_hub_shelf_init(struct srv_hub_shelf *shelf) UNCHECKED;
void srv_hub_shelf_deinit(struct srv_hub_shelf *shelf) UNCHECKED;
/* Put a folder there, which is taken. */
void srv_hub_shelf_put(struct srv_hub_shelf *shelf, struct srv_hub_folder *folder);
/* A reference to what is there; NULL: nothing. */
struct srv_hub_folder *srv_hub_shelf_get(struct srv_hub_shelf *shelf);

#endif
