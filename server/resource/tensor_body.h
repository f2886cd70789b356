/* tensor_body.h - the body of a plan: from the cache, computed into it, or streamed.
 *
 *     a digest                        computed once, kept                    key: the canonical request
 *     a body the cache admits         computed once, kept                    key: the canonical request
 *     anything larger, or a range     read at any offset as it is sent       nothing is kept
 *
 * What a whole-matrix scheme must compute first (plan.part.tensor.keep_bytes) is a cached value of its own, under the
 * canonical text of the tensor: every format, slice and range of one matrix shares it. */
#ifndef SRV_RESOURCE_TENSOR_BODY_H
#define SRV_RESOURCE_TENSOR_BODY_H

#include "http/message.h"

/* Bytes of the body: what HEAD says and ranges refer to. */
uint64_t srv_tensor_bytes(const struct wi_plan *plan);

/* Give the reply its body and the Cache-Status that tells where it came from. canonical: the text of the body.
 * ranged: only a part is wanted, so do not make the whole for it. On failure the reply is a problem. */
void srv_tensor_body(struct srv_server *srv, const struct srv_request *req, const struct wi_plan *plan,
                     const char *canonical, bool ranged, struct srv_reply *reply);

/* The job whose blob is the matrix of a plan with keep_bytes > 0, which every reader of it shares. */
enum srv_how srv_tensor_keep(struct srv_cache *cache, const struct wi_plan *plan, struct srv_job **job);

/* Give the reply the compressed body, which is kept like a body. Only for bodies that the cache admits. */
void srv_tensor_gzip(struct srv_server *srv, const struct wi_plan *plan, const char *canonical,
                     struct srv_reply *reply);
/* The length of the compressed body, SRV_LENGTH_UNKNOWN if it is not in memory. */
uint64_t srv_tensor_gzip_bytes(struct srv_server *srv, const char *canonical);

/* Give the reply the job that makes the SHA-256 of its plain body; the digest is kept like a body. */
void srv_tensor_digest(struct srv_server *srv, const struct wi_plan *plan, const char *canonical,
                       struct srv_reply *reply);

#endif
