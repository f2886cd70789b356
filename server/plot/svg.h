/* svg.h - a picture's frame, axes and lines as SVG.
 *
 * Colours are classes and one constant style, with the light theme's as attributes for programs that know no style; theme=page
 * has the classes alone, for a page that gives them colours. No user text is ever in it. Everything that hangs on a colour has another sign beside it: dashes, dots, words. */
#ifndef SRV_PLOT_SVG_H
#define SRV_PLOT_SVG_H

#include "base/text.h"
#include "plot/ask.h"

enum srv_ink { SRV_INK_TEXT, SRV_INK_SOFT, SRV_INK_FIRST, SRV_INK_SECOND, SRV_INK_THIRD, SRV_INK_FOURTH, SRV_INKS };
enum srv_stroke { SRV_SOLID, SRV_DASHED, SRV_DOTTED, SRV_DASH_DOT };

struct srv_axis {
    double low, high; /* of the numbers */
    double from, to;  /* of the picture, in pixels */
};

struct srv_svg {
    struct srv_text *out;
    enum srv_plot_theme theme;
    double width, height;
    struct srv_axis x, y;
    double key_from;         /* where the next key of a small picture begins */
    unsigned keys, key_rows; /* of a line above the picture, and such lines; 0: three, one */
};

/* Begin: the root with title and description (plain words, no markup), style, ground and the axes' lines. */
void srv_svg_begin(struct srv_svg *svg, struct srv_text *out, const struct srv_plot_ask *ask, const char *title,
                   const char *description);
/* The same without axes, of another height, and at least that wide whatever the size. */
void srv_svg_begin_bare(struct srv_svg *svg, struct srv_text *out, const struct srv_plot_ask *ask, const char *title,
                        const char *description, double least_width, double height);
/* Words at a place in pixels; anchor: start, middle, end. */
void srv_svg_words(struct srv_svg *svg, enum srv_ink ink, double x, double y, const char *anchor, const char *text);
void srv_svg_end(struct srv_svg *svg);

/* Ticks at round numbers within the axis, at most about `count`, with their labels. decades: the axis is log10. */
void srv_svg_ticks_x(struct srv_svg *svg, unsigned count, const char *label);
void srv_svg_ticks_y(struct srv_svg *svg, unsigned count, bool decades, const char *label);

/* A line through n points; points that are not finite interrupt it, those beyond the y axis are left out: the line ends at its edge. */
void srv_svg_line(struct srv_svg *svg, enum srv_ink ink, enum srv_stroke stroke, const double *x, const double *y,
                  size_t n);
/* The area between two lines, as far as the y axis reaches. */
void srv_svg_band(struct srv_svg *svg, enum srv_ink ink, const double *x, const double *low, const double *high,
                  size_t n);
/* n bars of equal width from the x axis up, across the whole axis: one area. */
void srv_svg_bars(struct srv_svg *svg, enum srv_ink ink, const double *heights, size_t n);
/* A point with a radius in pixels. */
void srv_svg_dot(struct srv_svg *svg, enum srv_ink ink, double x, double y, double radius);
/* A horizontal line across at y, with words at its right end. */
void srv_svg_limit(struct srv_svg *svg, double y, const char *words);
/* Words in the middle of the picture, the i-th line of them. */
void srv_svg_note(struct srv_svg *svg, unsigned i, const char *words);
/* Words with a sample of their stroke, side by side above the picture, the i-th. */
void srv_svg_key(struct srv_svg *svg, unsigned i, enum srv_ink ink, enum srv_stroke stroke, const char *words);

/* The hash of the style for the Content-Security-Policy, "sha256-..."; "" where there is none. */
#define SRV_SVG_HASH_MAX 64
void srv_svg_style_hash(enum srv_plot_theme theme, char out[SRV_SVG_HASH_MAX]);

#endif
