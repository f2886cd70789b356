/* Orthogonal matrices in f64; see job.h */
#define REAL double
#define DRAW wi_draw_f64
#include "ortho/tile_body.h"
#include "ortho/panel_body.h"
#include "ortho/group_body.h"

const struct wi_ortho_ops WI_ISA_NAME(wi_ortho_ops_f64) = {make_panel, make_group};
