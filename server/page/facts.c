/* What the page says of the tensor that its query names. See page.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "page/page.h"
#include "resource/tensor_body.h"
#include "resource/tensor_name.h"

#define AND "&amp;"

/* ---- names and queries ----------------------------------------------------------------------------------------- */

void srv_part_request(struct srv_text *out, const struct srv_page *page)
{
    srv_text_put(out, "/init?");
    srv_page_query(out, page->state, 0, AND);
}

void srv_part_query(struct srv_text *out, const struct srv_page *page)
{
    srv_page_query(out, page->state, 0, AND);
}

void srv_part_link(struct srv_text *out, const struct srv_page *page)
{
    srv_page_link_query(out, page->state, AND);
}

void srv_part_heading(struct srv_text *out, const struct srv_page *page)
{
    char shape[SRV_SHAPE_CAP];
    if (!page->state->has_plan) {
        srv_text_put(out, "No tensor yet: the form says what is wrong.");
        return;
    }
    srv_text_put(out, page->state->plan.part.tensor.scheme->name);
    srv_text_put(out, ", ");
    srv_text_put(out, srv_shape_text(&page->state->plan, SRV_PAGE_TIMES, shape));
}

void srv_part_status(struct srv_text *out, const struct srv_page *page)
{
    const struct wi_tensor *tensor = &page->state->plan.part.tensor;
    if (!page->state->has_plan) {
        srv_text_put(out, "The tensor cannot be made: ");
        srv_part_trouble(out, page);
        return;
    }
    srv_part_heading(out, page);
    if (page->measured) {
        srv_text_put(out, ": standard deviation ");
        srv_text_real(out, page->measured->std, 4);
    }
    if (tensor->has_std) {
        srv_text_put(out, page->measured ? ", by formula " : ": standard deviation by formula ");
        srv_text_real(out, tensor->std, 4);
    }
    srv_text_put(out, ".");
}

void srv_part_download(struct srv_text *out, const struct srv_page *page)
{
    if (!page->state->has_plan)
        return;
    srv_text_put(out, "<a id=\"get\" data-live href=\"");
    srv_part_request(out, page);
    srv_text_put(out, "\">Download these bytes</a>");
}

/* ---- facts ----------------------------------------------------------------------------------------------------- */

static void fact(struct srv_text *out, const char *name)
{
    srv_text_format(out, "<div><dt>%s</dt><dd>", name);
}

static void fact_real(struct srv_text *out, const char *name, double value, int digits)
{
    fact(out, name);
    srv_text_real(out, value, digits);
    srv_text_put(out, "</dd></div>\n");
}

static void fact_count(struct srv_text *out, const char *name, uint64_t value)
{
    fact(out, name);
    srv_text_integer(out, value);
    srv_text_put(out, "</dd></div>\n");
}

static void fact_text(struct srv_text *out, const char *name, const char *text)
{
    if (!*text)
        return;
    srv_text_format(out, "<div class=\"wide\"><dt>%s</dt><dd>", name);
    srv_text_html(out, text, strlen(text));
    srv_text_put(out, "</dd></div>\n");
}

/* The standard error of a measured std: std sqrt((kurtosis - 1) / (4 n)). */
static double error_of(const struct srv_measured *m)
{
    return m->kurtosis > 1 ? m->std * sqrt((m->kurtosis - 1) / (4 * m->read)) : 0;
}

static void measured_facts(struct srv_text *out, const struct srv_measured *m)
{
    fact(out, "std, of these values");
    srv_text_real(out, m->std, 5);
    srv_text_put(out, " \xc2\xb1 ");
    srv_text_real(out, error_of(m), 2);
    srv_text_put(out, "</dd></div>\n");
    fact_real(out, "mean", m->mean, 3);
    fact(out, "range");
    srv_text_real(out, m->least, 4);
    srv_text_put(out, " \xe2\x80\xa6 ");
    srv_text_real(out, m->largest, 4);
    srv_text_put(out, "</dd></div>\n");
    fact_count(out, "zeros", (uint64_t)m->zeros);
    if (m->chi_square < 0 || !m->degrees)
        return;
    fact(out, "\xcf\x87\xc2\xb2 against the density");
    srv_text_real(out, m->chi_square, 4);
    srv_text_format(out, ", %u degrees of freedom</dd></div>\n", m->degrees);
}

static const char *remark(const struct srv_page *page)
{
    const struct wi_tensor *tensor = &page->state->plan.part.tensor;
    return tensor->n_elems == 0          ? "a dimension of 0: the tensor is empty, and so is its picture"
           : tensor->rank == 0           ? "a scalar: one value, without dimensions"
           : tensor->rank == 1           ? "a vector: its length is both its fan_in and its fan_out"
           : !page->measured             ? "too large to be measured here: its pictures are of the first numbers"
           : tensor->rank == WI_RANK_MAX ? "as many dimensions as a tensor may have"
                                         : "";
}

/* How many there are, of how many without the slice. */
static void elements(struct srv_text *out, const struct wi_part *part)
{
    fact(out, "elements");
    srv_text_integer(out, part->out_elems);
    if (part->out_elems != part->tensor.n_elems) {
        srv_text_put(out, " of ");
        srv_text_integer(out, part->tensor.n_elems);
    }
    srv_text_put(out, "</dd></div>\n");
}

void srv_part_facts(struct srv_text *out, const struct srv_page *page)
{
    const struct wi_plan *plan = &page->state->plan;
    const struct wi_tensor *tensor = &plan->part.tensor;
    if (!page->state->has_plan)
        return;
    elements(out, &plan->part);
    fact_count(out, "bytes", srv_tensor_bytes(plan));
    fact(out, "fan_in, fan_out");
    srv_text_real(out, tensor->fan_in, 12);
    srv_text_put(out, ", ");
    srv_text_real(out, tensor->fan_out, 12);
    srv_text_put(out, "</dd></div>\n");
    if (tensor->has_std)
        fact_real(out, "std, by formula", tensor->std, 6);
    if (tensor->has_bound)
        fact_real(out, "bound", tensor->bound, 6);
    if (page->measured && tensor->n_elems)
        measured_facts(out, page->measured);
    fact_text(out, "formula", tensor->scheme->formula);
    fact_text(out, "shape", remark(page));
    if (tensor->exactness != WI_EXACT)
        fact_text(out, "exactness", "approximate");
    fact_text(out, "why", tensor->exactness_note);
    fact_text(out, "note", tensor->note);
    fact_text(out, "SHA-256", page->sha256);
}
