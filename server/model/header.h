/* header.h - what checkpoints say about their tensors: the header of a safetensors file, shards, and their index.
 *
 * Functions that write text return its length and write only when `out` is not NULL: call twice. */
#ifndef SRV_MODEL_HEADER_H
#define SRV_MODEL_HEADER_H

#include "model/table.h"

#define SRV_ALL_SHARDS UINT32_MAX

/* The 8 bytes of the length and the header, padded as the library does, of one shard or of the file that holds all.
 * metadata: with {"format":"pt"}, as save_pretrained writes. */
size_t srv_header_safetensors(const struct srv_table *table, uint32_t shard, bool metadata, char *out);

/* Deal the tensors to files of at most max_bytes of data, as save_pretrained(max_shard_size=) does. A larger tensor
 * gets a file of its own; pieces of one tensor in memory stay together, as they share a storage in torch. Sets the
 * rows' `shard` from 0 on and returns how many there are; 0: no memory. */
uint32_t srv_header_deal(struct srv_table *table, uint64_t max_bytes);
/* The bytes of data of a shard. */
uint64_t srv_header_shard_bytes(const struct srv_table *table, uint32_t shard);

/* "model-00001-of-00005.safetensors"; one shard: "model.safetensors". */
#define SRV_SHARD_NAME_MAX 48
size_t srv_header_shard_name(uint32_t shard, uint32_t n_shards, char out[SRV_SHARD_NAME_MAX]);

/* model.safetensors.index.json; 0: no memory. */
size_t srv_header_index(const struct srv_table *table, uint32_t n_shards, char *out);

/* Bytes that neither of the two texts exceeds: room for one call that writes. */
size_t srv_header_bound(const struct srv_table *table);

#endif
