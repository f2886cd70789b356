/* see table.h */
#include "like/table.h"

/* clang-format off */
static const struct wi_like *const tables[] = {
    &wi_like_native,
    &wi_like_numpy,
    &wi_like_generator,
    &wi_like_torch,
    &wi_like_torch_2_12,
    &wi_like_torch_2_1,
    &wi_like_torch_2_0,
    &wi_like_torch_1_13,
    &wi_like_jax,
    &wi_like_jax_legacy,
    &wi_like_tfjs,
};
/* clang-format on */

const struct wi_like *wi_like_table(unsigned i)
{
    return i < sizeof tables / sizeof *tables ? tables[i] : NULL;
}
