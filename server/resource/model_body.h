/* model_body.h - the files of a model as answers: what /models, the hub and POST /model send.
 *
 *     struct srv_model_ask ask;                                              model_ask.h: which model
 *     struct srv_job *job;
 *     srv_model_file_get(srv, &ask, "model.safetensors", &job);       laid out, or being laid out; never NULL
 *     srv_job_code(job) == SRV_PENDING: wait, as for any job (srv_reply.again)
 *     const struct srv_model_file *file = srv_model_file_of(job);            once the code is SRV_OK
 *     if (!file->found || file->err.code) ...                                there is no such file; the model is faulty
 *     srv_model_file_etag(file, ask.seed, etag)                              HEAD needs no more than this and file->bytes
 *     srv_model_file_reply(srv, req, job, ask.seed, reply)                    conditions, ranges, digests, body
 *
 * A file is its text, which memory holds, and its tensors, which are made as they are read. Both it and the checkpoint
 * it is a file of are values of the cache, which count in its bytes, are shared by all seeds, and are never written to
 * disk. Errors of the model (a field, a tensor) are values as well. */
#ifndef SRV_RESOURCE_MODEL_BODY_H
#define SRV_RESOURCE_MODEL_BODY_H

#include "base/sha256.h"
#include "model/file.h"
#include "resource/model_ask.h"

struct srv_model_file {
    struct wi_error err; /* code WI_OK: the model is good */
    char label[72];      /* what values made of it are counted under */
    bool found;          /* it has this file; the fields below hold then */
    const struct srv_checkpoint *checkpoint;
    const struct srv_file_format *format;
    uint32_t shard; /* or SRV_ALL_SHARDS */
    struct srv_file_layout layout;
    uint64_t bytes;                     /* of the whole file */
    uint8_t identity[SRV_SHA256_BYTES]; /* follows from its content, but for the seed */
};

/* The file of that name: in the model's folder ("config.json", "model-00001-of-00004.safetensors"), or, behind a dot, a
 * format
 * (".safetensors": all tensors in one file, ".json", ".sha256"). The ask is copied. */
enum srv_how srv_model_file_get(struct srv_server *srv, const struct srv_model_ask *ask, const char *name,
                                struct srv_job **job);
/* What a job with the code SRV_OK has made; borrowed from the job. */
const struct srv_model_file *srv_model_file_of(const struct srv_job *job);

/* The file's strong entity tag, in quotes: 32 hex digits that follow from its content alone. */
void srv_model_file_etag(const struct srv_model_file *file, uint64_t seed, char out[SRV_ETAG_CAP]);

/* The job whose blob is the SHA-256 (32 bytes) of the file with this seed. It takes as long as making the file; its
 * value is kept. file: a job that is done; borrowed. */
enum srv_how srv_model_file_sha256(struct srv_server *srv, struct srv_job *file, uint64_t seed, struct srv_job **job);

/* False: the model is faulty, or has no such file, and the reply says so. */
bool srv_model_file_check(const struct srv_model_file *file, const struct srv_request *req, struct srv_reply *reply);

/* Answer a request with a file that was found: Content-Type, entity tag, conditions, ranges, digests, body. Caching and
 * further header fields are for the caller to set before. file: a job that is done; borrowed. */
void srv_model_file_reply(struct srv_server *srv, const struct srv_request *req, struct srv_job *file, uint64_t seed,
                          struct srv_reply *reply);

#endif
