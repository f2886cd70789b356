/* see svg.h */
#include "plot/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "plot/plot.h"
#include "plot/svg_parts.h"

/* ---- colours ----------------------------------------------------------------------------------------------------- */

/* Contrast with the ground is 5.2 or more in light, 5.9 in dark. */
static const struct {
    char class[2], light[8], dark[8];
} inks[SRV_INKS] = {[SRV_INK_TEXT] = {"t", "#1b1f24", "#e6edf3"},  [SRV_INK_SOFT] = {"s", "#57606a", "#9198a1"},
                    [SRV_INK_FIRST] = {"a", "#0b62c4", "#58a6ff"}, [SRV_INK_SECOND] = {"b", "#c2410c", "#ff9d5c"},
                    [SRV_INK_THIRD] = {"c", "#117a3d", "#56d364"}, [SRV_INK_FOURTH] = {"d", "#7c3aed", "#bc8cff"}};

#define STYLE_MAX 1024

static size_t put_rules(char *out, size_t cap, bool dark)
{
    const char *ground = dark ? "#0d1117" : "#fff";
    size_t len = (size_t)snprintf(out, cap, ".g{fill:%s}.h{stroke:%s}", ground, ground);
    for (unsigned i = 0; i < 2 * SRV_INKS; i++) {
        const unsigned ink = i < SRV_INKS ? i : (i + SRV_INK_FIRST) % SRV_INKS;
        len += (size_t)snprintf(out + len, cap - len, i < SRV_INKS ? ".%s{fill:%s}" : ".l%s{stroke:%s}",
                                inks[ink].class, dark ? inks[ink].dark : inks[ink].light);
    }
    return len;
}

/* The style of a theme, "" where a page has its own. */
static const char *style_of(enum srv_plot_theme theme, char out[STYLE_MAX])
{
    size_t len = 0;
    *out = '\0';
    if (theme == SRV_THEME_LIGHT || theme == SRV_THEME_AUTO)
        len = put_rules(out, STYLE_MAX, false);
    if (theme == SRV_THEME_AUTO)
        len += (size_t)snprintf(out + len, STYLE_MAX - len, "@media(prefers-color-scheme:dark){");
    if (theme == SRV_THEME_DARK || theme == SRV_THEME_AUTO)
        len += put_rules(out + len, STYLE_MAX - len, true);
    if (theme == SRV_THEME_AUTO)
        snprintf(out + len, STYLE_MAX - len, "}");
    return out;
}

void srv_svg_style_hash(enum srv_plot_theme theme, char out[SRV_SVG_HASH_MAX])
{
    uint8_t digest[SRV_SHA256_BYTES];
    char style[STYLE_MAX];
    *out = '\0';
    if (!*style_of(theme, style))
        return;
    srv_sha256(style, strlen(style), digest);
    memcpy(out, "sha256-", 7);
    srv_base64(digest, sizeof digest, out + 7);
}

const char *srv_svg_paint(const struct srv_svg *svg, const char *attribute, enum srv_ink ink, char out[32])
{
    *out = '\0';
    if (svg->theme != SRV_THEME_PAGE)
        snprintf(out, 32, " %s=\"%s\"", attribute, inks[ink].light);
    return out;
}

/* ---- frame ------------------------------------------------------------------------------------------------------- */

static const struct {
    double width, height;
} sizes[] = {[SRV_SIZE_M] = {640, 300}, [SRV_SIZE_S] = {360, 240}, [SRV_SIZE_L] = {860, 360}};

#define RIGHT 16
#define BOTTOM 44
#define KEY_LINE 16

void srv_svg_begin_bare(struct srv_svg *svg, struct srv_text *out, const struct srv_plot_ask *ask, const char *title,
                        const char *description, double least_width, double height)
{
    const enum srv_plot_theme theme = (enum srv_plot_theme)ask->number[SRV_PLOT_THEME];
    const char *name = ask->plot->name;
    char style[STYLE_MAX];
    svg->out = out;
    svg->theme = theme;
    svg->width = fmax(sizes[ask->number[SRV_PLOT_SIZE]].width, least_width);
    svg->height = height;
    svg->x.from = LEFT;
    svg->x.to = svg->width - RIGHT;
    svg->y.from = svg->height - BOTTOM;
    svg->y.to = TOP + KEY_LINE * (svg->key_rows > 1 ? svg->key_rows - 1 : 0);
    srv_text_format(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
        "role=\"img\" aria-labelledby=\"%s-title %s-desc\" font-family=\"system-ui,sans-serif\" "
        "font-size=\"13\">\n<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n",
        svg->width, svg->height, svg->width, svg->height, name, name, name, title, name, description);
    if (*style_of(theme, style))
        srv_text_format(out, "<style>%s</style>\n", style);
    if (theme != SRV_THEME_PAGE)
        srv_text_format(out, "<rect class=\"g\" width=\"100%%\" height=\"100%%\" fill=\"%s\"/>\n",
                        theme == SRV_THEME_DARK ? "#0d1117" : "#fff");
}

void srv_svg_begin(struct srv_svg *svg, struct srv_text *out, const struct srv_plot_ask *ask, const char *title,
                   const char *description)
{
    srv_svg_begin_bare(svg, out, ask, title, description, 0, sizes[ask->number[SRV_PLOT_SIZE]].height);
    srv_text_format(out, "<path class=\"ls\" d=\"M%d %.0fV%.0fH%.0f\" fill=\"none\"%s/>\n", LEFT, svg->y.to,
                    svg->y.from, svg->x.to, STROKE(svg, SRV_INK_SOFT));
}

void srv_svg_end(struct srv_svg *svg)
{
    srv_text_put(svg->out, "</svg>\n");
}

/* ---- paths and places ---------------------------------------------------------------------------------------------- */

/* The end of a path that is being written, in tenths of a pixel. Its first point is absolute, the others are steps. */
struct pen {
    struct srv_text *out;
    long x, y;
    bool down;
};

void srv_svg_put_tenths(struct srv_text *out, const char *before, long tenths)
{
    const long size = tenths < 0 ? -tenths : tenths;
    srv_text_format(out, size % 10 ? "%s%s%ld.%ld" : "%s%s%ld", before, tenths < 0 ? "-" : "", size / 10, size % 10);
}

static void draw(struct pen *pen, double x, double y)
{
    const long to_x = lround(10 * x), to_y = lround(10 * y), dy = pen->down ? to_y - pen->y : to_y;
    srv_svg_put_tenths(pen->out, pen->down ? "l" : "M", pen->down ? to_x - pen->x : to_x);
    srv_svg_put_tenths(pen->out, dy < 0 ? "" : " ", dy);
    *pen = (struct pen){pen->out, to_x, to_y, true};
}

double srv_svg_place(const struct srv_axis *axis, double value)
{
    const double low = fmin(axis->low, axis->high), high = fmax(axis->low, axis->high);
    const double inside = fmin(fmax(value, low), high);
    return axis->from + (inside - axis->low) / (axis->high - axis->low) * (axis->to - axis->from);
}

static void attribute(struct srv_text *out, const char *name, double pixels)
{
    srv_text_format(out, " %s=\"", name);
    srv_svg_put_tenths(out, "", lround(10 * pixels));
    srv_text_put(out, "\"");
}

void srv_svg_begin_words(struct srv_svg *svg, enum srv_ink ink, double x, double y, const char *anchor)
{
    srv_text_format(svg->out, "<text class=\"%s\"", inks[ink].class);
    attribute(svg->out, "x", x);
    attribute(svg->out, "y", y);
    if (strcmp(anchor, "start"))
        srv_text_format(svg->out, " text-anchor=\"%s\"", anchor);
    srv_text_put(svg->out, FILL(svg, ink));
}

void srv_svg_words(struct srv_svg *svg, enum srv_ink ink, double x, double y, const char *anchor, const char *text)
{
    if (!*text)
        return;
    srv_svg_begin_words(svg, ink, x, y, anchor);
    srv_text_format(svg->out, ">%s</text>\n", text);
}

/* ---- marks ------------------------------------------------------------------------------------------------------- */

static const char *const dashes[] = {[SRV_SOLID] = "",
                                     [SRV_DASHED] = " stroke-dasharray=\"7 5\"",
                                     [SRV_DOTTED] = " stroke-dasharray=\"2 4\"",
                                     [SRV_DASH_DOT] = " stroke-dasharray=\"9 4 2 4\""};

/* Where the way from one number to another crosses the ends of the axis: shares of it, in order. */
static unsigned crossings(const struct srv_axis *axis, double from, double to, double share[2])
{
    const double ends[2] = {from < to ? axis->low : axis->high, from < to ? axis->high : axis->low};
    unsigned n = 0;
    for (unsigned i = 0; i < 2; i++) {
        const double at = (ends[i] - from) / (to - from);
        if (at > 0 && at < 1)
            share[n++] = at;
    }
    return n;
}

/* Go from point a to point b, by the places where the way crosses the ends of the axis. */
static void draw_crossings(struct pen *pen, const struct srv_svg *svg, const double *x, const double *y, size_t a,
                           size_t b)
{
    double share[2];
    const unsigned n = crossings(&svg->y, y[a], y[b], share);
    for (unsigned k = 0; k < n; k++)
        draw(pen, srv_svg_place(&svg->x, x[a] + share[k] * (x[b] - x[a])),
             srv_svg_place(&svg->y, y[a] + share[k] * (y[b] - y[a])));
}

static bool is_within(const struct srv_axis *axis, double value)
{
    return value >= axis->low && value <= axis->high;
}

void srv_svg_line(struct srv_svg *svg, enum srv_ink ink, enum srv_stroke stroke, const double *x, const double *y,
                  size_t n)
{
    struct pen pen = {.out = svg->out};
    bool there = false;
    srv_text_format(svg->out, "<path class=\"l%s\" fill=\"none\"%s stroke-width=\"2\"%s d=\"", inks[ink].class,
                    STROKE(svg, ink), dashes[stroke]);
    for (size_t i = 0; i < n; i++) {
        const bool before = there;
        there = isfinite(y[i]) && isfinite(x[i]);
        if (before && there)
            draw_crossings(&pen, svg, x, y, i - 1, i);
        if (there && is_within(&svg->y, y[i]))
            draw(&pen, srv_svg_place(&svg->x, x[i]), srv_svg_place(&svg->y, y[i]));
        else
            pen.down = false;
    }
    srv_text_put(svg->out, "\"/>\n");
}

static void begin_area(struct srv_svg *svg, enum srv_ink ink, const char *opacity)
{
    srv_text_format(svg->out, "<path class=\"%s\"%s fill-opacity=\"%s\" d=\"", inks[ink].class, FILL(svg, ink),
                    opacity);
}

void srv_svg_band(struct srv_svg *svg, enum srv_ink ink, const double *x, const double *low, const double *high,
                  size_t n)
{
    struct pen pen = {.out = svg->out};
    size_t end = 0;
    while (end < n && isfinite(low[end]) && isfinite(high[end]))
        end++;
    if (end < 2)
        return;
    begin_area(svg, ink, ".14");
    for (size_t i = 0; i < end; i++) {
        if (i)
            draw_crossings(&pen, svg, x, high, i - 1, i);
        draw(&pen, srv_svg_place(&svg->x, x[i]), srv_svg_place(&svg->y, high[i]));
    }
    for (size_t i = end; i-- > 0;) {
        if (i + 1 < end)
            draw_crossings(&pen, svg, x, low, i + 1, i);
        draw(&pen, srv_svg_place(&svg->x, x[i]), srv_svg_place(&svg->y, low[i]));
    }
    srv_text_put(svg->out, "Z\"/>\n");
}

void srv_svg_bars(struct srv_svg *svg, enum srv_ink ink, const double *heights, size_t n)
{
    const double width = (svg->x.to - svg->x.from) / (double)n;
    long x = lround(10 * svg->x.from), y = lround(10 * svg->y.from);
    begin_area(svg, ink, ".45");
    srv_svg_put_tenths(svg->out, "M", x);
    srv_svg_put_tenths(svg->out, " ", y);
    for (size_t i = 0; i < n; i++) {
        const long top = lround(10 * srv_svg_place(&svg->y, heights[i]));
        const long right = lround(10 * (svg->x.from + (double)(i + 1) * width));
        srv_svg_put_tenths(svg->out, "v", top - y);
        srv_svg_put_tenths(svg->out, "h", right - x);
        x = right;
        y = top;
    }
    srv_svg_put_tenths(svg->out, "V", lround(10 * svg->y.from));
    srv_text_put(svg->out, "Z\"/>\n");
}

void srv_svg_dot(struct srv_svg *svg, enum srv_ink ink, double x, double y, double radius)
{
    if (isfinite(x) && isfinite(y))
        srv_text_format(svg->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.0f\"%s/>\n", inks[ink].class,
                        srv_svg_place(&svg->x, x), srv_svg_place(&svg->y, y), radius, FILL(svg, ink));
}

void srv_svg_limit(struct srv_svg *svg, double y, const char *text)
{
    const double at = srv_svg_place(&svg->y, y);
    srv_text_format(svg->out, "<path class=\"ls\" d=\"M%d %.1fH%.0f\"%s%s/>\n", LEFT, at, svg->x.to,
                    STROKE(svg, SRV_INK_SOFT), dashes[SRV_DOTTED]);
    srv_text_format(svg->out,
                    "<text class=\"s h\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\"%s%s stroke-width=\"4\" "
                    "paint-order=\"stroke\">%s</text>\n",
                    svg->x.to - 4, at - 5, FILL(svg, SRV_INK_SOFT),
                    svg->theme == SRV_THEME_PAGE ? "" : " stroke=\"#fff\"", text);
}

void srv_svg_note(struct srv_svg *svg, unsigned i, const char *text)
{
    srv_svg_words(svg, SRV_INK_TEXT, (svg->x.from + svg->x.to) / 2, svg->y.to + 30 + 20 * i, "middle", text);
}

/* Pixels of plain words in a wide font, about. */
static double width_of(const char *words)
{
    double width = 0;
    for (; *words; words++)
        width += strchr("ijl ", *words) ? 4 : strchr("frt", *words) ? 5.5 : strchr("mw", *words) ? 12.5 : 8;
    return width;
}

void srv_svg_key(struct srv_svg *svg, unsigned i, enum srv_ink ink, enum srv_stroke stroke, const char *text)
{
    const unsigned keys = svg->keys ? svg->keys : 3;
    const bool tight = svg->width < 400 && svg->key_rows < 2; /* one behind the other */
    const double x = LEFT + 4 + (tight ? svg->key_from : i % keys * (svg->x.to - LEFT) / keys);
    const double y = TOP - 8 + KEY_LINE * (i / keys), sample = tight ? 18 : 22;
    svg->key_from += sample + 12 + width_of(text);
    srv_text_format(svg->out, "<path class=\"l%s\" d=\"", inks[ink].class);
    srv_svg_put_tenths(svg->out, "M", lround(10 * x));
    srv_text_format(svg->out, " %.0fh%.0f\"%s stroke-width=\"2\"%s/>\n", y, sample, STROKE(svg, ink), dashes[stroke]);
    srv_svg_words(svg, SRV_INK_TEXT, x + sample + (tight ? 4 : 6), y + 4, "start", text);
}
