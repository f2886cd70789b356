/* sort.h - orders of a table's rows. */
#ifndef SRV_MODEL_SORT_H
#define SRV_MODEL_SORT_H

#include "model/table.h"

/* The order of a safetensors file: by dtype in the order of enum srv_dtype, then by name, bytewise. out has room for
 * n_file numbers. False when memory is short. */
bool srv_sort_file(const struct srv_table *table, uint32_t *out);

/* By name alone, as json.dumps(sort_keys=True); of a finished table. */
bool srv_sort_names(const struct srv_table *table, uint32_t *out);

/* The order in which save_pretrained deals tensors to shards: that of the state_dict, or by the state_dict's names,
 * with numbers between dots compared as numbers, where the file's names differ. */
bool srv_sort_shards(const struct srv_table *table, uint32_t *out);

#endif
