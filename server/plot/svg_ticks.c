/* Ticks of axes, and how they are labelled. See svg.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plot/plot.h"
#include "plot/svg_parts.h"

/* 1, 2 or 5 times a power of ten, so that about `count` of them fill the axis; whole decades are 1 at least. */
static double step_of(const struct srv_axis *axis, unsigned count, bool decades)
{
    const double rough = fmax((axis->high - axis->low) / count, SRV_PLOT_SPAN_MIN);
    double step = 1;
    while (step > rough && !(decades && step == 1))
        step /= 10;
    while (step * 10 <= rough)
        step *= 10;
    static const double times[] = {1, 2, 5, 10};
    unsigned i = 0;
    while (i < 3 && step * times[i] < rough)
        i++;
    return step * times[i];
}

/* Ticks of an axis, the first and how many, and how they are labelled. */
struct ticks {
    double step, first;
    unsigned n;
    bool decades; /* values are powers of ten */
    int exponent; /* labels are multiples of this power of ten; 0: plain numbers */
    int digits;   /* of the longest label at most, 5 at least */
};

#define PLAIN_MAX 99999 /* a label has no room for more digits */
#define PLAIN_MIN 1e-3

/* As many digits as the step has. Numbers that are large or small beside 1 are multiples of a power of ten, unless that takes
 * more digits. */
static void choose_labels(struct ticks *t)
{
    const double largest = fmax(fabs(t->first), fabs(t->first + (t->n - 1) * t->step));
    const int unit = (int)floor(wi_log10(t->step) + 1e-9), top = largest > 0 ? (int)floor(wi_log10(largest) + 1e-9) : 0;
    const bool far = largest > PLAIN_MAX || (largest < PLAIN_MIN && largest > 0);
    if (far && (top - unit <= 2 || abs(top) > 8))
        t->exponent = top;
    t->digits = top - unit < 4 ? 5 : top - unit + 1;
}

static struct ticks ticks_of(const struct srv_axis *axis, unsigned count, bool decades)
{
    struct ticks t = {.step = step_of(axis, count, decades), .decades = decades};
    t.first = ceil(axis->low / t.step - 1e-9) * t.step;
    while (t.first + t.n * t.step <= axis->high + t.step * 1e-9)
        t.n++;
    choose_labels(&t);
    return t;
}

/* value / 10^exponent */
static double scaled(double value, int exponent)
{
    for (; exponent; exponent += exponent < 0 ? 1 : -1)
        value = exponent < 0 ? value * 10 : value / 10;
    return value;
}

static void tick_label(struct srv_svg *svg, double x, double y, const char *anchor, const struct ticks *t, unsigned i)
{
    const double value = t->first + i * t->step;
    const bool zero = fabs(value) < t->step / 1000;
    const double exponent = zero ? 0 : t->decades ? value : t->exponent;
    srv_svg_begin_words(svg, SRV_INK_SOFT, x, y, anchor);
    srv_text_put(svg->out, ">");
    if (zero)
        srv_text_put(svg->out, t->decades ? "1" : "0");
    else if (!t->decades)
        srv_text_real(svg->out, scaled(value, t->exponent), t->digits);
    if (exponent != 0) {
        srv_text_put(svg->out, t->decades ? "10<tspan"
                                          : "\xc2\xb7"
                                            "10<tspan");
        srv_text_put(svg->out, " dy=\"-5\" font-size=\"10\">");
        srv_text_real(svg->out, exponent, 4);
        srv_text_put(svg->out, "</tspan>");
    }
    srv_text_put(svg->out, "</text>\n");
}

/* Small lines below the x axis, or lines across at ticks of the y axis. */
static void draw_ticks(struct srv_svg *svg, const struct srv_axis *axis, const struct ticks *t)
{
    const bool across = axis == &svg->y;
    srv_text_put(svg->out, "<path class=\"ls\" d=\"");
    for (unsigned i = 0; i < t->n; i++) {
        if (across)
            srv_text_format(svg->out, "M%d", LEFT - 5);
        srv_svg_put_tenths(svg->out, across ? " " : "M", lround(10 * srv_svg_place(axis, t->first + i * t->step)));
        srv_text_format(svg->out, across ? "H%.0f" : " %.0fv5", across ? svg->x.to : svg->y.from);
    }
    srv_text_format(svg->out, "\"%s%s/>\n", STROKE(svg, SRV_INK_SOFT), across ? " stroke-opacity=\".25\"" : "");
}

void srv_svg_ticks_x(struct srv_svg *svg, unsigned count, const char *label)
{
    const struct ticks t = ticks_of(&svg->x, count, false);
    draw_ticks(svg, &svg->x, &t);
    for (unsigned i = 0; i < t.n; i++)
        tick_label(svg, srv_svg_place(&svg->x, t.first + i * t.step), svg->y.from + 19, "middle", &t, i);
    srv_svg_words(svg, SRV_INK_SOFT, svg->x.to, svg->height - 7, "end", label);
}

void srv_svg_ticks_y(struct srv_svg *svg, unsigned count, bool decades, const char *label)
{
    const struct ticks t = ticks_of(&svg->y, count, decades);
    draw_ticks(svg, &svg->y, &t);
    for (unsigned i = 0; i < t.n; i++)
        tick_label(svg, LEFT - 8, srv_svg_place(&svg->y, t.first + i * t.step) + 4, "end", &t, i);
    srv_svg_words(svg, SRV_INK_SOFT, 4, TOP - 19, "start", label);
}
