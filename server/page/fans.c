/* Which dimension of the shape is in? See page.h. */
#include <math.h>
#include <string.h>

#include "page/page.h"

/* Where a layout has its channels, counted from the front, or as -1, -2 from the back; what is between them and an end is
 * the kernel. */
static const struct place {
    int in, out;
    const char *in_name, *out_name;
} places[] = {
    [WI_LAYOUT_IO] = {-2, -1, "in", "out"},
    [WI_LAYOUT_OI] = {1, 0, "in", "out"},
    [WI_LAYOUT_IOHW] = {0, 1, "in", "out"},
    [WI_LAYOUT_HWOI] = {-1, -2, "in", "out"},
    [WI_LAYOUT_HWCM] = {-2, -1, "channels", "multiplier"},
};

struct view {
    const struct wi_tensor *tensor;
    const struct place *place;
    unsigned in, out;
};

static unsigned from_front(int place, unsigned rank)
{
    return (unsigned)(place < 0 ? (int)rank + place : place);
}

/* Write the dimensions of the kernel, which lie side by side; returns how many there are. */
static unsigned put_kernel(struct srv_text *out, const struct view *v)
{
    unsigned n = 0;
    for (unsigned i = 0; i < v->tensor->rank; i++)
        if (i != v->in && i != v->out)
            srv_text_format(out, "%s%llu", n++ ? SRV_PAGE_TIMES : "", (unsigned long long)v->tensor->shape[i]);
    return n;
}

static void put_shape(struct srv_text *out, const struct view *v)
{
    bool kernel = false;
    for (unsigned i = 0; i < v->tensor->rank; i++) {
        if (i == v->in || i == v->out) {
            srv_text_format(out, "<span class=\"dim\">%s %llu</span> ",
                            i == v->in ? v->place->in_name : v->place->out_name,
                            (unsigned long long)v->tensor->shape[i]);
        } else if (!kernel) {
            srv_text_put(out, "<span class=\"dim\">kernel ");
            put_kernel(out, v);
            srv_text_put(out, "</span> ");
            kernel = true;
        }
    }
}

/* A fan as the product that it is, 3 x 3 x 64 = 576; groups= and fan_in= make other fans. */
static void put_fan(struct srv_text *out, const struct view *v, unsigned channels, double fan)
{
    double product = (double)v->tensor->shape[channels];
    for (unsigned i = 0; i < v->tensor->rank; i++)
        product *= i == v->in || i == v->out ? 1 : (double)v->tensor->shape[i];
    if (product == fan && put_kernel(out, v))
        srv_text_format(out, SRV_PAGE_TIMES "%llu = ", (unsigned long long)v->tensor->shape[channels]);
    srv_text_real(out, fan, 12);
}

static void put_std(struct srv_text *out, double variance)
{
    srv_text_put(out, "</td><td>");
    if (isfinite(variance))
        srv_text_real(out, sqrt(variance), 4);
    else
        srv_text_put(out, "\xe2\x80\x93");
}

static void put_row(struct srv_text *out, const struct wi_tensor *t, enum wi_layout layout)
{
    const struct place *place = &places[layout];
    const struct view v = {t, place, from_front(place->in, t->rank), from_front(place->out, t->rank)};
    put_shape(out, &v);
    srv_text_put(out, "</td><td>");
    put_fan(out, &v, v.in, t->fan_in);
    srv_text_put(out, "</td><td>");
    put_fan(out, &v, v.out, t->fan_out);
    put_std(out, 2 / t->fan_in);
    put_std(out, 2 / (t->fan_in + t->fan_out));
    put_std(out, 1 / t->fan_in);
}

/* The row of a layout, or why the tensor has none; returns its fan_in, NaN for none. */
static double layout_row(struct srv_text *out, const struct srv_page *page, enum wi_layout layout)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    const bool good = srv_page_plan_as(page->state, layout, &plan, &err);
    srv_text_format(out, "<tr><th scope=\"row\"><code>%s</code></th><td%s>", wi_param_row(WI_P_LAYOUT)->choice(layout),
                    good ? "" : " colspan=\"6\"");
    if (good)
        put_row(out, &plan.part.tensor, layout);
    else
        srv_text_html(out, err.text, strlen(err.text));
    srv_text_put(out, "</td></tr>\n");
    return good ? plan.part.tensor.fan_in : NAN;
}

static void put_verdict(struct srv_text *out, double io, double oi)
{
    if (io == oi) {
        srv_text_put(out, "<p>Both layouts give this shape the same fan_in.</p>\n");
    } else if (io > 0 && oi > 0) {
        srv_text_put(out, "<p class=\"warning\">The wrong layout makes the std of He and LeCun ");
        srv_text_real(out, sqrt(io > oi ? io / oi : oi / io), 3);
        srv_text_put(out, " times too large or too small in every such layer.</p>\n");
    }
}

void srv_part_fans(struct srv_text *out, const struct srv_page *page)
{
    static const char *const columns[] = {"layout", "the shape is", "fan_in",   "fan_out",
                                          "He std", "Xavier std",   "LeCun std"};
    if (!page->state->has_plan)
        return;
    if (page->state->plan.part.tensor.rank < 2) {
        srv_text_put(out, "<p>Fans need a shape of two dimensions or more.</p>");
        return;
    }
    srv_text_put(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Fans of both layouts\"><table>"
                      "<tr>");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        srv_text_format(out, "<th scope=\"col\">%s</th>", columns[i]);
    srv_text_put(out, "</tr>\n");
    const enum wi_layout own = (enum wi_layout)page->state->plan.req.value[WI_P_LAYOUT].choice;
    const double io = layout_row(out, page, WI_LAYOUT_IO), oi = layout_row(out, page, WI_LAYOUT_OI);
    if (own != WI_LAYOUT_IO && own != WI_LAYOUT_OI)
        layout_row(out, page, own);
    srv_text_put(out, "</table></div>\n");
    put_verdict(out, io, oi);
}
