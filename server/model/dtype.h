/* dtype.h - element types of checkpoints, in the order in which safetensors sorts them. */
#ifndef SRV_MODEL_DTYPE_H
#define SRV_MODEL_DTYPE_H

#include <stdbool.h>
#include <stddef.h>

enum srv_dtype {
    SRV_DTYPE_U64,
    SRV_DTYPE_I64,
    SRV_DTYPE_F64,
    SRV_DTYPE_C64,
    SRV_DTYPE_F32,
    SRV_DTYPE_U32,
    SRV_DTYPE_I32,
    SRV_DTYPE_BF16,
    SRV_DTYPE_F16,
    SRV_DTYPE_U16,
    SRV_DTYPE_I16,
    SRV_DTYPE_F8_E8M0,
    SRV_DTYPE_F8_E4M3,
    SRV_DTYPE_F8_E5M2,
    SRV_DTYPE_I8,
    SRV_DTYPE_U8,
    SRV_DTYPE_BOOL,
    SRV_DTYPE_COUNT,
    SRV_DTYPE_FLOAT = SRV_DTYPE_COUNT /* in architecture files: the type of the model */
};

const char *srv_dtype_name(enum srv_dtype dtype); /* "BF16" */
unsigned srv_dtype_bytes(enum srv_dtype dtype);
bool srv_dtype_is_float(enum srv_dtype dtype);
/* By safetensors' name; false when there is none. */
bool srv_dtype_find(const char *name, size_t len, enum srv_dtype *out);

#endif
