/* revision.h - revisions of a repository, and the commits that stand for them.
 *
 * A revision chooses seed and dtype: "main" (also "HEAD", "refs/heads/main") is seed 0 in the repository's own dtype,
 * "seed-7" another seed, "seed-7-bf16" another dtype as well, "bf16" seed 0 in it. Each has one spelling.
 *
 * A commit is 40 hexadecimal digits that any server turns back into the revision without having seen it before:
 *
 *     bytes  0..7   seed, most significant byte first
 *            8      dtype
 *            9      version of the numbers, WI_ALG
 *            10..15 the identity of the repository: a digest of all that its files follow from but seed and dtype
 *            16..19 a digest of the bytes before and of the whole identity
 *
 * So a commit of another repository, of another version of its files or of the program, and one with a flipped digit
 * are known as such. Pure: no memory. */
#ifndef SRV_HUB_REVISION_H
#define SRV_HUB_REVISION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sha256.h"
#include "model/dtype.h"

struct srv_hub_revision {
    uint64_t seed;
    enum srv_dtype dtype; /* of float tensors; SRV_DTYPE_FLOAT: as a manifest says */
};

#define SRV_HUB_COMMIT_CHARS 41 /* with the terminator */

/* A revision by its name. own: the repository's dtype. False: the text is no name. */
bool srv_hub_revision_read(const char *text, enum srv_dtype own, struct srv_hub_revision *out);

/* The dtypes that revisions name: "f32" ... NULL after the last. */
const char *srv_hub_revision_dtype_at(unsigned i);

void srv_hub_commit(struct srv_hub_revision revision, const uint8_t identity[SRV_SHA256_BYTES],
                    char out[SRV_HUB_COMMIT_CHARS]);

/* The revision of a commit. False: it is none of the repository with this identity. */
bool srv_hub_commit_read(const char *text, const uint8_t identity[SRV_SHA256_BYTES], struct srv_hub_revision *out);

#endif
