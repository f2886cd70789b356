/* see like.h */
#include "like/like.h"

static const struct wi_like *const tables[] = {
    &wi_like_native,
};

const struct wi_like *wi_like_table(unsigned i)
{
    return i < sizeof tables / sizeof *tables ? tables[i] : NULL;
}
