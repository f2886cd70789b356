/* see dtype.h */
#include "model/dtype.h"

#include <string.h>

static const struct {
    const char *name;
    unsigned bytes;
    bool is_float;
} rows[SRV_DTYPE_COUNT] = {
    [SRV_DTYPE_U64] = {"U64", 8, false},        [SRV_DTYPE_I64] = {"I64", 8, false},
    [SRV_DTYPE_F64] = {"F64", 8, true},         [SRV_DTYPE_C64] = {"C64", 8, false},
    [SRV_DTYPE_F32] = {"F32", 4, true},         [SRV_DTYPE_U32] = {"U32", 4, false},
    [SRV_DTYPE_I32] = {"I32", 4, false},        [SRV_DTYPE_BF16] = {"BF16", 2, true},
    [SRV_DTYPE_F16] = {"F16", 2, true},         [SRV_DTYPE_U16] = {"U16", 2, false},
    [SRV_DTYPE_I16] = {"I16", 2, false},        [SRV_DTYPE_F8_E8M0] = {"F8_E8M0", 1, true},
    [SRV_DTYPE_F8_E4M3] = {"F8_E4M3", 1, true}, [SRV_DTYPE_F8_E5M2] = {"F8_E5M2", 1, true},
    [SRV_DTYPE_I8] = {"I8", 1, false},          [SRV_DTYPE_U8] = {"U8", 1, false},
    [SRV_DTYPE_BOOL] = {"BOOL", 1, false},
};

const char *srv_dtype_name(enum srv_dtype dtype)
{
    return rows[dtype].name;
}

unsigned srv_dtype_bytes(enum srv_dtype dtype)
{
    return rows[dtype].bytes;
}

bool srv_dtype_is_float(enum srv_dtype dtype)
{
    return rows[dtype].is_float;
}

bool srv_dtype_find(const char *name, size_t len, enum srv_dtype *out)
{
    for (unsigned i = 0; i < SRV_DTYPE_COUNT; i++)
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0) {
            *out = (enum srv_dtype)i;
            return true;
        }
    return false;
}
