/* The pictures of the page: figures whose files are resources of this server. See page.h.
 *
 * A figure has its picture in two sizes, and a disclosure that says what it is of, with links to its numbers, which page.js
 * shows as a table.
 * Browsers fetch those in view; nothing of the page waits for them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page/page.h"

#define AND "&amp;"

/* What the pictures of two sizes measure, so that the page does not move when they come. */
#define SRV_PAGE_PLOT_WIDTH "640"
#define SRV_PAGE_PLOT_HEIGHT "300"
#define SRV_PAGE_SMALL_WIDTH "360"
#define SRV_PAGE_SMALL_HEIGHT "240"

struct picture {
    const char *id, *name;
    const char *query; /* of /plot/NAME.svg, in HTML; NULL: that of the state */
    const char *of;    /* whose numbers it shows */
    const char *alt;   /* what it shows, for who does not see it */
    bool of_network;   /* query NULL: the state's network, not its tensor */
};

/* clang-format off */
static const struct picture pictures[] = {
    {"histogram", "histogram", NULL, "this tensor", "How often which value occurs, and the density they are drawn from", false},
    {"sweep", "sweep", NULL, "this network", "Size of activations and gradients in every layer, with theory and what chance does", true},
    {"zero", "symmetry", "scheme=zeros&amp;activation=tanh", "zeros with tanh", "Units of a small network while it learns: with zeros none moves", false},
    {"broken", "symmetry", "scheme=xavier_normal&amp;activation=tanh&amp;seed=7", "xavier_normal with tanh", "The same network with Xavier: eight units go eight ways", false},
    {"random", "sweep", "scheme=random&amp;activation=tanh&amp;seed=7", "random with tanh", "Small random weights with tanh: activations and gradients vanish", false},
    {"xavier-tanh", "sweep", "scheme=xavier_uniform&amp;activation=tanh&amp;seed=7", "xavier_uniform with tanh", "Xavier with tanh: both lines lose one power of ten", false},
    {"xavier-relu", "sweep", "scheme=xavier_uniform&amp;activation=relu&amp;seed=7", "xavier_uniform with relu", "Xavier with ReLU: both lines fall by eight powers of ten", false},
    {"he-relu", "sweep", "scheme=he_normal&amp;activation=relu&amp;seed=7", "he_normal with relu", "He with ReLU: both lines stay level", false},
    {"lecun-selu", "sweep", "scheme=lecun_normal&amp;activation=selu&amp;seed=7", "lecun_normal with selu", "LeCun with SELU: activations stay at 1, the band is narrow", false},
    {"orthogonal", "spectrum", "scheme=orthogonal&amp;seed=7", "orthogonal, linear", "Singular values of products of orthogonal matrices: all 1, after one layer as after fifty", false},
    {"lecun-linear", "spectrum", "scheme=lecun_normal&amp;seed=7", "lecun_normal, linear", "The same of random matrices: after fifty layers they span over ten powers of ten", false},
    {"sparse", "heat", "scheme=sparse&amp;shape=256,128&amp;sparsity=0.9&amp;seed=7", NULL, "128 x 128 numbers: nine of ten points are white, as many in each column", false},
    {"versus", "versus", "scheme=he_normal&amp;shape=512,512&amp;vs=torch,jax,tfjs&amp;seed=7", "the four", "Densities: native and torch reach 0.27, jax and tfjs are cut", false},
};
/* clang-format on */

static void links(struct srv_text *out, const struct picture *p, const char *query)
{
    srv_text_format(out, "<details class=\"numbers\"><summary>Numbers of %s</summary>", p->of);
    srv_text_format(out, "<a href=\"/plot/%s.json?%s\">json</a> ", p->name, query);
    srv_text_format(out, "<a href=\"/plot/%s.csv?%s\">csv</a></details>", p->name, query);
}

/* A point for each number, three pixels wide. */
static void points(struct srv_text *out, const struct picture *p)
{
    srv_text_format(out,
                    "<figure class=\"plot\"><img class=\"points\" src=\"/plot/heat.png?%s" AND "size=s\" width=\"384\" "
                    "height=\"384\" alt=\"%s\" loading=\"lazy\"></figure>\n",
                    p->query, p->alt);
}

static void figure(struct srv_text *out, const struct picture *p, const char *query, const char *alt)
{
    const bool live = !p->query;
    if (live)
        srv_text_format(out, "<figure id=\"p-%s\" class=\"plot\" data-live><picture>", p->id);
    else
        srv_text_put(out, "<figure class=\"plot\"><picture>");
    srv_text_format(out, "<source media=\"(max-width: 819px)\" srcset=\"/plot/%s.svg?%s" AND "size=s\"", p->name,
                    query);
    srv_text_put(out, " width=\"" SRV_PAGE_SMALL_WIDTH "\" height=\"" SRV_PAGE_SMALL_HEIGHT "\">");
    srv_text_format(out,
                    "<img src=\"/plot/%s.svg?%s\" width=\"" SRV_PAGE_PLOT_WIDTH "\" height=\"" SRV_PAGE_PLOT_HEIGHT
                    "\" alt=\"%s\"%s></picture>",
                    p->name, query, alt, live ? "" : " loading=\"lazy\"");
    links(out, p, query);
    srv_text_put(out, "</figure>\n");
}

void srv_part_heat(struct srv_text *out, const struct srv_page *page)
{
    srv_text_put(out, "/plot/heat.png?");
    srv_page_picture_query(out, page->state, AND);
    srv_text_put(out, AND "size=s");
}

void srv_part_points(struct srv_text *out, const struct srv_page *page)
{
    if (!page->state->has_plan)
        return;
    srv_text_put(out, "<figure id=\"p-heat\" class=\"plot\" data-live><img class=\"points\" src=\"");
    srv_part_heat(out, page);
    srv_text_put(
        out, "\" width=\"256\" height=\"256\" alt=\"Numbers as points, 128 \xc3\x97 128 at most: blue below zero, red "
             "above\"></figure>\n");
}

/* The histogram as a part of the document; an image where the tensor is too large to be waited for. */
static void histogram(struct srv_text *out, const struct srv_page *page, const struct picture *p, const char *query)
{
    if (!*page->histogram) {
        figure(out, p, query, p->alt);
        return;
    }
    srv_text_format(out, "<figure id=\"p-%s\" class=\"plot\" data-live>", p->id);
    srv_text_put(out, page->histogram);
    links(out, p, query);
    srv_text_put(out, "</figure>\n");
}

bool srv_part_picture(struct srv_text *out, const struct srv_page *page, const char *rest, size_t len)
{
    size_t i = 0, n;
    while (i < sizeof pictures / sizeof *pictures &&
           (strlen(pictures[i].id) != len || memcmp(pictures[i].id, rest, len) != 0))
        i++;
    if (i == sizeof pictures / sizeof *pictures)
        return false;
    if (!strcmp(pictures[i].name, "heat")) {
        points(out, &pictures[i]);
        return true;
    }
    if (pictures[i].query) {
        figure(out, &pictures[i], pictures[i].query, pictures[i].alt);
        return true;
    }
    struct srv_text text = {0};
    if (pictures[i].of_network)
        srv_page_sweep_query(&text, page->state, AND);
    else
        srv_page_picture_query(&text, page->state, AND);
    char *query = srv_text_take(&text, &n);
    if (query && page->state->has_plan && !pictures[i].of_network)
        histogram(out, page, &pictures[i], query);
    else if (query && page->state->has_plan)
        figure(out, &pictures[i], query, *page->sweep ? page->sweep : pictures[i].alt);
    out->lost |= !query;
    free(query);
    return true;
}

void srv_part_depth(struct srv_text *out, const struct srv_page *page)
{
    static const char name[] = "sweep";
    if (!page->state->has_plan)
        return;
    if (page->state->depth_err.code == WI_OK) {
        if (page->state->like != wi_like_at(0))
            srv_text_put(out, "<p>Every layer has the next seed.</p>\n");
        srv_part_picture(out, page, name, sizeof name - 1);
        srv_text_format(
            out,
            "<div class=\"script-only readout\" hidden><label for=\"layer\">layer by layer</label><input id=\"layer\" "
            "type=\"range\" min=\"0\" max=\"%u\" value=\"%u\"><output id=\"readout\" for=\"layer\"></output>"
            "</div>\n",
            page->state->number[SRV_PAGE_DEPTH], page->state->number[SRV_PAGE_DEPTH]);
        return;
    }
    srv_text_put(out, "<p class=\"warning\">No network of such layers: ");
    srv_text_html(out, page->state->depth_err.text, strlen(page->state->depth_err.text));
    srv_text_put(out, ".</p>\n");
}
