/* frame.h - the steps of wi_plan_make that concern the file around the elements. */
#ifndef WI_REQUEST_FRAME_H
#define WI_REQUEST_FRAME_H

#include "wi.h"

/* Set plan->format and plan->file. */
enum wi_status wi_frame_choose(struct wi_plan *plan, struct wi_error *err);

/* Set the part's order of elements, once its slice is known. */
void wi_frame_order(struct wi_plan *plan);

/* Everything around the cells, which are written when they are read: header, cells' size, suffix, total. */
enum wi_status wi_frame_measure(struct wi_plan *plan, struct wi_error *err);

#endif
