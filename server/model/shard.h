/* shard.h - which tensors lie in which file, when a checkpoint has several. */
#ifndef SRV_MODEL_SHARD_H
#define SRV_MODEL_SHARD_H

#include "model/table.h"

#define SRV_ALL_SHARDS UINT32_MAX /* in place of a shard: the file that holds all */

/* Deal the tensors to files of at most max_bytes of data, as save_pretrained(max_shard_size=) does. A larger tensor
 * gets a file of its own; pieces of one tensor in memory stay together, as they share a storage in torch. Sets the
 * rows' `shard` from 0 on and returns how many there are; 0: no memory. */
uint32_t srv_shards_deal(struct srv_table *table, uint64_t max_bytes);
/* The bytes of data of a shard. */
uint64_t srv_shard_bytes(const struct srv_table *table, uint32_t shard);

/* "model-00001-of-00005.safetensors"; one shard: "model.safetensors". */
#define SRV_SHARD_NAME_MAX 48
size_t srv_shard_name(uint32_t shard, uint32_t n_shards, char out[SRV_SHARD_NAME_MAX]);

#endif
