/* see ortho_ref.h */
#include "support/ortho_ref.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "draw.h"

static void *ref_alloc(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p)
        abort();
    return p;
}

#define REAL float
#define REF_NAME(name) name##_f32
#define REF_DRAW wi_draw_f32
#include "support/ortho_ref_body.h"
#undef REAL
#undef REF_NAME
#undef REF_DRAW

#define REAL double
#define REF_NAME(name) name##_f64
#define REF_DRAW wi_draw_f64
#include "support/ortho_ref_body.h"
