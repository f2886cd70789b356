/* png.h - pictures of points with a palette (PNG, W3C 2003: colour type 3). */
#ifndef SRV_PLOT_PNG_H
#define SRV_PLOT_PNG_H

#include "base/text.h"

/* width x height points, row by row, each zoom x zoom pixels; rgb: n_colours <= 256 times red, green, blue. A picture
 * without points gets one of the first colour. */
void srv_png_indexed(struct srv_text *out, const uint8_t *points, unsigned width, unsigned height, unsigned zoom,
                     const uint8_t *rgb, unsigned n_colours);

#endif
