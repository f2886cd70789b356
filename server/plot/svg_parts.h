/* svg_parts.h - what the files of svg.h share. */
#ifndef SRV_PLOT_SVG_PARTS_H
#define SRV_PLOT_SVG_PARTS_H

#include "plot/svg.h"

/* Pixels between the picture and its axes. */
#define LEFT 58
#define TOP 34

/* " fill="#57606a"", the colour as an attribute; "" where a page gives colours to classes. */
const char *srv_svg_paint(const struct srv_svg *svg, const char *attribute, enum srv_ink ink, char out[32]);
#define FILL(svg, ink) srv_svg_paint(svg, "fill", ink, (char[32]){0})
#define STROKE(svg, ink) srv_svg_paint(svg, "stroke", ink, (char[32]){0})

/* Tenths of a pixel as a decimal. */
void srv_svg_put_tenths(struct srv_text *out, const char *before, long tenths);
/* Where a number of an axis is, in pixels; beyond its ends, the end. */
double srv_svg_place(const struct srv_axis *axis, double value);
/* A text element up to the ">" of its first tag, which the caller writes. */
void srv_svg_begin_words(struct srv_svg *svg, enum srv_ink ink, double x, double y, const char *anchor);

#endif
