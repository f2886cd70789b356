/* model_reader.h - a file of a model with a seed, read at any offset.
 *
 * It holds the matrices that must be built whole, as long as bytes of theirs are read: prepare begins to build what a
 * range needs, and says which job to wait for; read needs them to be there.
 * Threads: one thread prepares; between two calls of it any number may read. */
#ifndef SRV_RESOURCE_MODEL_READER_H
#define SRV_RESOURCE_MODEL_READER_H

#include <stdatomic.h>

#include "replay.h"
#include "resource/model_body.h"

/* A matrix that is being built, or was. */
struct srv_model_built {
    uint64_t part;
    struct srv_job *job;
    bool used; /* since bytes were last read */
};

/* A file with a seed, read at any offset. It holds the matrices of the parts that are being read. */
struct srv_model_reader {
    struct srv_job *job; /* srv_model_file_get's, done */
    const struct srv_model_file *file;
    struct srv_cache *cache;
    uint64_t seed;
    struct wi_body body;
    struct srv_model_built *built;
    size_t n_built, room;
    struct wi_replay *replay; /* of like=: the generator of the seed; NULL: the parts are weightd's own */
    atomic_bool was_read;     /* since srv_model_reader_prepare was last called */
};

/* job: srv_model_file_get's, done; a reference is taken. False: no memory; the reader must be deinitialized all the
 * same. */
bool srv_model_reader_init(struct srv_model_reader *r, struct srv_cache *cache, struct srv_job *job, uint64_t seed);
void srv_model_reader_deinit(struct srv_model_reader *r);

/* Members of struct srv_reader (http/message.h), whose ctx is the reader. */
size_t srv_model_reader_read(void *ctx, uint64_t offset, uint8_t *buf, size_t cap);
bool srv_model_reader_prepare(void *ctx, uint64_t offset, uint64_t n, struct srv_job **job);

/* Prepare, and wait for the jobs. Not for network threads. */
enum srv_code srv_model_reader_wait(struct srv_model_reader *r, uint64_t offset, uint64_t n);

#endif
