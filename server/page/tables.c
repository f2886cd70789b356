/* What the page says of all tensors: tables of schemes, activations and limits. See page.h. */
#include <stdio.h>
#include <string.h>

#include "page/page.h"

/* A cell of words. */
static void cell(struct srv_text *out, const char *text)
{
    srv_text_put(out, strlen(text) > 24 ? "<td class=\"text\">" : "<td>");
    srv_text_html(out, text, strlen(text));
    srv_text_put(out, "</td>");
}

static void cell_real(struct srv_text *out, double value)
{
    srv_text_put(out, "<td class=\"number\">");
    srv_text_real(out, value, 5);
    srv_text_put(out, "</td>");
}

/* ---- schemes --------------------------------------------------------------------------------------------------- */

void srv_part_schemes(struct srv_text *out, const struct srv_page *page)
{
    const struct wi_scheme_info *scheme;
    (void)page;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++) {
        srv_text_format(out, "<tr><th scope=\"row\"><a href=\"/?scheme=%s\">%s</a></th>", scheme->name, scheme->name);
        cell(out, scheme->formula);
        cell(out, scheme->best_for);
        cell(out, scheme->known_problem);
        srv_text_put(out, "</tr>\n");
    }
}

/* ---- activations ----------------------------------------------------------------------------------------------- */

/* A link to the page with this scheme, gain and activation, for the same shape, seed and network. */
static void link_to(struct srv_text *out, const struct srv_page *page, const char *scheme, const char *query,
                    const char *activation, const char *text)
{
    srv_text_format(out, "<a href=\"/?scheme=%s", scheme);
    if (*query) {
        srv_text_put(out, "&amp;");
        srv_text_html(out, query, strlen(query));
    }
    srv_page_kept_query(out, page->state, "&amp;");
    srv_text_format(out, "&amp;activation=%s#depth\">%s</a>", activation, text);
}

/* A gain, which is a link to the depth of he_normal with it. */
static void cell_gain(struct srv_text *out, const struct srv_page *page, const char *activation, double gain)
{
    char query[32];
    snprintf(query, sizeof query, "gain=%.5g", gain);
    srv_text_put(out, "<td class=\"number\">");
    link_to(out, page, "he_normal", query, activation, query + strlen("gain="));
    srv_text_put(out, "</td>");
}

void srv_part_choose(struct srv_text *out, const struct srv_page *page)
{
    const struct wi_nonlinearity *row;
    for (unsigned i = 0; (row = wi_nonlinearity_at(i)) && srv_page_activates(row); i++) {
        srv_text_format(out, "<tr id=\"choose-%s\"><th scope=\"row\">%s</th><td>", row->name, row->name);
        link_to(out, page, row->scheme, row->query, row->name, row->scheme);
        if (*row->query) {
            srv_text_put(out, " ");
            srv_text_html(out, row->query, strlen(row->query));
        }
        srv_text_put(out, "</td>");
        cell_gain(out, page, row->name, row->forward_gain);
        cell_real(out, row->backward_gain);
        cell_real(out, row->elasticity);
        if (row->gain)
            cell_real(out, row->gain(0.01));
        else
            cell(out, "none");
        cell(out, row->depth_note);
        srv_text_put(out, "</tr>\n");
    }
}

/* The table of the study notes: which activation goes with which scheme. */
void srv_part_notes_table(struct srv_text *out, const struct srv_page *page)
{
    static const enum wi_nonlinearity_id of_notes[] = {WI_SIGMOID, WI_TANH, WI_RELU, WI_LEAKY_RELU, WI_SELU};
    for (size_t i = 0; i < sizeof of_notes / sizeof *of_notes; i++) {
        const struct wi_nonlinearity *row = wi_nonlinearity_at(of_notes[i]);
        srv_text_format(out, "<tr><th scope=\"row\">%s</th><td>", row->name);
        link_to(out, page, row->scheme, row->query, row->name, row->scheme);
        srv_text_put(out, "</td>");
        cell(out, row->reason);
        cell(out, row->depth_note);
        srv_text_put(out, "</tr>\n");
    }
}

/* ---- this server ----------------------------------------------------------------------------------------------- */

void srv_part_version(struct srv_text *out, const struct srv_page *page)
{
    (void)page;
    srv_text_put(out, WEIGHTD_VERSION);
}

static void limit(struct srv_text *out, const char *what, uint64_t value, const char *none)
{
    srv_text_format(out, "<div><dt>%s</dt><dd>", what);
    if (value || !none)
        srv_text_integer(out, value);
    else
        srv_text_put(out, none);
    srv_text_put(out, "</dd></div>\n");
}

void srv_part_limits(struct srv_text *out, const struct srv_page *page)
{
    const struct srv_config *config = page->config;
    srv_text_format(out, "<div><dt>version</dt><dd>%s</dd></div>\n<div><dt>alg</dt><dd>%d</dd></div>\n",
                    WEIGHTD_VERSION, WI_ALG);
    limit(out, "bytes of one tensor", config->max_bytes, NULL);
    limit(out, "bytes kept in memory", config->cache_bytes, NULL);
    limit(out, "requests per second and address", config->rate_limit, "any number");
    limit(out, "waiting computations", config->queue, NULL);
}
