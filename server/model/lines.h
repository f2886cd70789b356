/* lines.h - the texts that have a line for each tensor: the header of a safetensors file, and the index of shards. Their
 * lengths are counted, and their bytes made as they are read: no memory holds them.
 *
 * Threads: read-only once made. */
#ifndef SRV_MODEL_LINES_H
#define SRV_MODEL_LINES_H

#include "model/shard.h"

struct srv_lines;

/* The 8 bytes of the length and the header, padded as the library does, of one shard or of the file that holds all
 * (SRV_ALL_SHARDS), with {"format":"pt"} as save_pretrained writes. The table must outlive the lines. NULL: no memory. */
struct srv_lines *srv_lines_header(const struct srv_table *table, uint32_t shard);
/* model.safetensors.index.json, of a table whose shards are dealt. */
struct srv_lines *srv_lines_index(const struct srv_table *table, uint32_t n_shards);
void srv_lines_free(struct srv_lines *lines);

size_t srv_lines_bytes(const struct srv_lines *lines);  /* of the text */
size_t srv_lines_memory(const struct srv_lines *lines); /* bytes */

/* Bytes [at, at + cap) of the text; fewer at its end. Returns how many. */
size_t srv_lines_read(const struct srv_lines *lines, uint64_t at, void *buf, size_t cap);

/* The length of such a header. */
size_t srv_lines_header_bytes(const struct srv_table *table, uint32_t shard);

#endif
