/* folder_private.h - a folder while it is read. */
#ifndef SRV_HUB_FOLDER_PRIVATE_H
#define SRV_HUB_FOLDER_PRIVATE_H

#include <stdatomic.h>

#include "hub/folder.h"

struct srv_hub_folder {
    atomic_uint refs;
    struct srv_hub_own *own;
    size_t n, room;
    size_t bytes; /* of all files */
};

/* Sort the files, compute the digests, read what config.json says. False: this is no repository, and `why` says why
 * not. */
bool hub_own_finish(struct srv_hub_own *own, char *why, size_t cap);
void hub_own_free(struct srv_hub_own *own);

#endif
