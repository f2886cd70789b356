/* Orthogonal matrices in f32; see job.h */
#define REAL float
#define DRAW wi_draw_f32
#include "ortho/tile_body.h"
#include "ortho/panel_body.h"
#include "ortho/group_body.h"

const struct wi_ortho_ops WI_ISA_NAME(wi_ortho_ops_f32) = {make_panel, make_group};
