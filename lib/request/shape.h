/* shape.h - the text of shape=: 256,128 or 256x128. */
#ifndef WI_REQUEST_SHAPE_H
#define WI_REQUEST_SHAPE_H

#include "wi.h"

#define WI_SHAPE_TEXT \
    190 /* bytes of the longest shape: 8 dimensions, 7 commas and the terminator, with room to spare */

/* Read a text into req->shape and req->rank. NULL: done; else what is wrong with it, and the shape is half read. */
const char *wi_shape_read(struct wi_request *req, const char *text);

/* A shape as other programs write it, in our spelling: "(256, 128)", "[256,128]" and "256 128" are 256,128. False:
 * there is more in it than numbers, brackets and what stands between, or it is no shape. */
bool wi_shape_plain(const char *text, char plain[WI_SHAPE_TEXT]);

/* Record that shape= was given once more. The text joins what was given before with what was given now. */
enum wi_status wi_shape_repeated(const struct wi_request *req, const char *text, struct wi_error *err);

#endif
