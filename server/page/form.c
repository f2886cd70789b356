/* The form of the page: a control for each parameter, from the tables, with the error at the one that is wrong. See
 * page.h. */
#include <stdio.h>
#include <string.h>

#include "page/page.h"

/* The fields that every tensor has, and what they are called. Parameters that are not here bear their own name. */
static const enum wi_param of_tensor[] = {WI_P_SCHEME, WI_P_SHAPE, WI_P_LAYOUT, WI_P_DTYPE, WI_P_SEED, WI_P_LIKE};
static const enum wi_param of_file[] = {WI_P_STREAM, WI_P_SLICE, WI_P_PADDING, WI_P_FORMAT};
static const struct {
    enum wi_param param;
    const char *label;
} labels[] = {{WI_P_DTYPE, "type"}, {WI_P_LIKE, "numbers of"}, {WI_P_PADDING, "zero row"}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *label_of(enum wi_param p)
{
    for (size_t i = 0; i < COUNT(labels); i++)
        if (labels[i].param == p)
            return labels[i].label;
    return wi_param_row(p)->name;
}

#define LIST_MAX 120 /* bytes of a list of what is allowed; longer ones are choices of the control beside it */

/* ---- what is wrong --------------------------------------------------------------------------------------------- */

static void sentence(struct srv_text *out, const struct wi_error *err)
{
    const size_t len = strlen(err->text);
    srv_text_html(out, err->text, len);
    srv_text_put(out, len && err->text[len - 1] == '.' ? "" : ".");
    if (*err->nearest) {
        srv_text_put(out, " Did you mean ");
        srv_text_html(out, err->nearest, strlen(err->nearest));
        srv_text_put(out, "?");
    }
    if (*err->allowed && strlen(err->allowed) <= LIST_MAX) {
        srv_text_put(out, " Allowed: ");
        srv_text_html(out, err->allowed, strlen(err->allowed));
        srv_text_put(out, ".");
    }
}

static bool is_wrong(const struct srv_page *page, const char *name)
{
    return page->state->err.code != WI_OK && !strcmp(page->state->err.param, name);
}

static void error_at(struct srv_text *out, const struct srv_page *page, const char *name)
{
    if (is_wrong(page, name)) {
        srv_text_format(out, "<p class=\"error\" id=\"e-%s\">", name);
        sentence(out, &page->state->err);
        srv_text_put(out, "</p>");
    }
    srv_text_put(out, "</div>\n");
}

static void begin(struct srv_text *out, const char *name, const char *label)
{
    srv_text_format(out, "<div class=\"field\"><label for=\"f-%s\">%s</label>", name, label);
}

static void attributes(struct srv_text *out, const struct srv_page *page, const char *name)
{
    srv_text_format(out, " id=\"f-%s\" name=\"%s\"", name, name);
    if (is_wrong(page, name))
        srv_text_format(out, " aria-invalid=\"true\" aria-describedby=\"e-%s\"", name);
}

/* ---- controls -------------------------------------------------------------------------------------------------- */

static bool same(const struct srv_value *value, const char *name)
{
    return value->text && strlen(name) == value->len && !memcmp(value->text, name, value->len);
}

static void option(struct srv_text *out, const char *name, size_t len, bool selected)
{
    srv_text_put(out, selected ? "<option selected>" : "<option>");
    srv_text_html(out, name, len);
    srv_text_put(out, "</option>");
}

/* The choices; a value that is none of them, too, so that it stays where the error says what is wrong with it. */
static void choices(struct srv_text *out, const struct srv_value *value, const char *chosen,
                    const char *(*at)(const void *ctx, unsigned i), const void *ctx)
{
    bool found = !value->text || value->len == 0;
    const char *name;
    for (unsigned i = 0; (name = at(ctx, i)); i++) {
        const bool selected = chosen ? !strcmp(chosen, name) : same(value, name);
        found |= selected;
        option(out, name, strlen(name), selected);
    }
    if (!found)
        option(out, value->text, value->len, true);
}

static const char *scheme_at(const void *like, unsigned i)
{
    const struct wi_scheme_info *scheme = wi_like_scheme_at(like, i);
    return scheme ? scheme->name : NULL;
}

static const char *choice_at(const void *row, unsigned i)
{
    return ((const struct wi_param_row *)row)->choice(i);
}

static const char *activation_at(const void *ctx, unsigned i)
{
    (void)ctx;
    const struct wi_nonlinearity *row = wi_nonlinearity_at(i);
    return row && srv_page_activates(row) ? row->name : NULL; /* softmax is the last */
}

static void input(struct srv_text *out, const struct srv_page *page, const char *name, const struct srv_value *value)
{
    srv_text_put(out, "<input");
    attributes(out, page, name);
    if (value->text && value->len) {
        srv_text_put(out, " value=\"");
        srv_text_html(out, value->text, value->len);
        srv_text_put(out, "\"");
    }
    srv_text_put(out, ">");
}

/* What a choice is called that was taken by an alias, "float32" for f32. */
static const char *canonical(const struct srv_page_state *state, enum wi_param p)
{
    const struct wi_param_row *row = wi_param_row(p);
    if (!state->has_plan || !state->tensor[p].text || !row->choice)
        return NULL;
    return row->choice(state->plan.req.value[p].choice);
}

static void select_choice(struct srv_text *out, const struct srv_page *page, enum wi_param p)
{
    const struct wi_param_row *row = wi_param_row(p);
    srv_text_put(out, "<select");
    attributes(out, page, row->name);
    srv_text_put(out, ">");
    if (!row->common || p == WI_P_LAYOUT) { /* the empty value: not given */
        const bool known = p == WI_P_LAYOUT && page->state->has_plan && !page->state->tensor[p].text;
        srv_text_format(out, "<option value=\"\">default%s%s</option>", known ? ": " : "",
                        known ? row->choice(page->state->plan.req.value[p].choice) : "");
    }
    choices(out, &page->state->tensor[p], canonical(page->state, p), choice_at, row);
    srv_text_put(out, "</select>");
}

static void select_scheme(struct srv_text *out, const struct srv_page *page)
{
    const struct wi_scheme_info *scheme = page->state->scheme;
    srv_text_put(out, "<select data-live");
    attributes(out, page, "scheme");
    srv_text_put(out, ">");
    choices(out, &page->state->tensor[WI_P_SCHEME], scheme ? scheme->name : NULL, scheme_at, page->state->like);
    srv_text_put(out, "</select>");
}

static void field(struct srv_text *out, const struct srv_page *page, enum wi_param p)
{
    const struct wi_param_row *row = wi_param_row(p);
    begin(out, row->name, label_of(p));
    if (p == WI_P_SCHEME)
        select_scheme(out, page);
    else if (row->choice)
        select_choice(out, page, p);
    else
        input(out, page, row->name, &page->state->tensor[p]);
    error_at(out, page, row->name);
}

/* ---- groups ---------------------------------------------------------------------------------------------------- */

void srv_part_tensor_fields(struct srv_text *out, const struct srv_page *page)
{
    for (size_t i = 0; i < COUNT(of_tensor); i++)
        field(out, page, of_tensor[i]);
}

static uint64_t bits(const enum wi_param *list, size_t n)
{
    uint64_t set = 0;
    for (size_t i = 0; i < n; i++)
        set |= WI_P_BIT(list[i]);
    return set;
}

/* What the scheme takes beside that, and what was given though it does not. */
void srv_part_scheme_fields(struct srv_text *out, const struct srv_page *page)
{
    const uint64_t elsewhere = bits(of_tensor, COUNT(of_tensor)) | bits(of_file, COUNT(of_file));
    const struct wi_scheme_info *scheme = page->state->scheme;
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const bool taken = (scheme && scheme->params >> p & 1) || page->state->tensor[p].given;
        if (taken && !(elsewhere >> p & 1))
            field(out, page, (enum wi_param)p);
    }
}

void srv_part_file_fields(struct srv_text *out, const struct srv_page *page)
{
    for (size_t i = 0; i < COUNT(of_file); i++)
        field(out, page, of_file[i]);
}

void srv_part_network_fields(struct srv_text *out, const struct srv_page *page)
{
    for (unsigned own = 0; own < SRV_PAGE_PARAMS; own++) {
        const struct srv_page_row *row = &srv_page_rows[own];
        const struct srv_value *value = &page->state->own[own];
        char number[16];
        const int n = snprintf(number, sizeof number, "%u", row->initially);
        const struct srv_value initially = {number, (size_t)n, false};
        begin(out, row->name, row->label);
        if (own == SRV_PAGE_ACTIVATION) {
            srv_text_put(out, "<select");
            attributes(out, page, row->name);
            srv_text_put(out, ">");
            const char *chosen = is_wrong(page, row->name) ? NULL : page->state->activation->name;
            choices(out, value, chosen, activation_at, NULL);
            srv_text_put(out, "</select>");
        } else {
            input(out, page, row->name, value->given ? value : &initially);
        }
        error_at(out, page, row->name);
    }
}

void srv_part_was(struct srv_text *out, const struct srv_page *page)
{
    char was[SRV_PAGE_WAS_CAP];
    srv_page_was(page->state, was);
    srv_text_put(out, was);
}

/* A disclosure shows the field that is wrong. */
void srv_part_more(struct srv_text *out, const struct srv_page *page)
{
    const char *name = page->state->err.param;
    const enum wi_param p = page->state->err.code == WI_OK ? WI_P_COUNT : wi_param_find(name, strlen(name));
    if (p != WI_P_COUNT && !(bits(of_tensor, COUNT(of_tensor)) >> p & 1))
        srv_text_put(out, " open");
}

/* Is there a field for the parameter that is wrong? */
static bool has_field(const struct srv_page *page)
{
    const char *name = page->state->err.param;
    const enum wi_param p = wi_param_find(name, strlen(name));
    for (unsigned own = 0; own < SRV_PAGE_PARAMS; own++)
        if (!strcmp(srv_page_rows[own].name, name))
            return true;
    if (p == WI_P_COUNT)
        return false;
    const uint64_t always = bits(of_tensor, COUNT(of_tensor)) | bits(of_file, COUNT(of_file));
    const uint64_t of_scheme = page->state->scheme ? page->state->scheme->params : 0;
    return (always | of_scheme) >> p & 1 || page->state->tensor[p].given;
}

void srv_part_trouble(struct srv_text *out, const struct srv_page *page)
{
    const struct wi_error *err = &page->state->err;
    if (err->code == WI_OK)
        return;
    if (!has_field(page)) {
        sentence(out, err);
        return;
    }
    srv_text_put(out, "<a href=\"#f-");
    srv_text_html(out, err->param, strlen(err->param));
    srv_text_put(out, "\">");
    srv_text_html(out, err->param, strlen(err->param));
    srv_text_put(out, "</a>: ");
    sentence(out, err);
}
