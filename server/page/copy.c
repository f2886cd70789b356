/* "Copy as": the request of the page in several languages, from the templates in web/copy. See page.h.
 *
 * Nothing in a request can leave the string it stands in: values are percent-encoded, and the origin holds letters,
 * digits and .:[]-_/ only. */
#include <stdlib.h>
#include <string.h>

#include "page/page.h"
#include "resource/file.h"
#include "resource/tensor_name.h"

static void query(struct srv_text *out, const struct srv_page *page)
{
    srv_page_query(out, page->state, 0, "&");
}

static void target(struct srv_text *out, const struct srv_page *page)
{
    srv_text_put(out, "/init?");
    query(out, page);
}

void srv_part_origin(struct srv_text *out, const struct srv_page *page)
{
    srv_text_put(out, page->origin);
}

static void url(struct srv_text *out, const struct srv_page *page)
{
    srv_part_origin(out, page);
    target(out, page);
}

static void host(struct srv_text *out, const struct srv_page *page)
{
    const char *at = strstr(page->origin, "//") + 2;
    srv_text_put(out, at);
    const char *bracket = strrchr(at, ']'); /* of an IPv6 address, which has colons of its own */
    srv_text_put(out, strchr(bracket ? bracket : at, ':') ? "" : ":80");
}

static void file(struct srv_text *out, const struct srv_page *page)
{
    const struct wi_format *format = page->state->plan.format;
    srv_text_format(out, "w.%s", strcmp(format->name, "raw") ? format->extension : "bin");
}

static void title(struct srv_text *out, const struct srv_page *page)
{
    char shape[SRV_SHAPE_CAP];
    srv_text_format(out, "%s, %s", page->state->plan.part.tensor.scheme->name,
                    srv_shape_text(&page->state->plan, " x ", shape));
}

/* Parts that are whole lines end them, and stand in the templates without a line end. */

/* ---- checks of the digest --------------------------------------------------------------------------------------- */

static void shell_check(struct srv_text *out, const struct srv_page *page)
{
    if (*page->sha256) {
        srv_text_format(out, "echo '%s  ", page->sha256);
        file(out, page);
        srv_text_put(out, "' | sha256sum -c\n");
    } else if (!page->state->plan.format->digest) {
        srv_text_format(out, "echo \"$(curl '%s/init?", page->origin);
        srv_page_query(out, page->state, WI_P_BIT(WI_P_FORMAT), "&");
        srv_text_format(out, "&format=sha256&of=%s')  ", page->state->plan.format->name);
        file(out, page);
        srv_text_put(out, "\" | sha256sum -c\n");
    }
}

static void check(struct srv_text *out, const struct srv_page *page, const char *before, const char *after)
{
    if (*page->sha256)
        srv_text_format(out, "%s%s%s", before, page->sha256, after);
}

static void python_check(struct srv_text *out, const struct srv_page *page)
{
    check(out, page, "assert hashlib.sha256(data).hexdigest() == \"", "\"\n");
}

static void javascript_check(struct srv_text *out, const struct srv_page *page)
{
    check(out, page, "if (sha256 !== \"", "\") throw new Error(\"other bytes\");\n");
}

static void go_check(struct srv_text *out, const struct srv_page *page)
{
    check(out, page, "\tif digest != \"", "\" {\n\t\tlog.Fatal(\"other bytes\")\n\t}\n");
}

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

/* The types of a dtype's numbers; NULL: the language has none. */
static const struct {
    const char *numpy, *javascript;
} types[WI_DTYPE_COUNT] = {
    [WI_F32] = {"<f4", "Float32Array"},
    [WI_F64] = {"<f8", "Float64Array"},
    [WI_F16] = {"<f2", NULL},
};

static bool is_raw(const struct srv_page *page)
{
    return !strcmp(page->state->plan.format->name, "raw");
}

static void python_array(struct srv_text *out, const struct srv_page *page)
{
    char shape[SRV_SHAPE_CAP];
    const struct wi_plan *plan = &page->state->plan;
    const char *type = types[plan->part.tensor.dtype->id].numpy;
    if (is_raw(page) && type && plan->part.tensor.rank && !plan->part.column_major)
        srv_text_format(out, "# import numpy as np; w = np.frombuffer(data, \"%s\").reshape(%s)\n", type,
                        srv_shape_text(plan, ", ", shape));
}

static void javascript_array(struct srv_text *out, const struct srv_page *page)
{
    const struct wi_plan *plan = &page->state->plan;
    const char *type = types[plan->part.tensor.dtype->id].javascript;
    if (is_raw(page) && type)
        srv_text_format(out, "const w = new %s(data);\n", type);
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static const struct srv_part_row parts[] = {{"url", url},
                                            {"origin", srv_part_origin},
                                            {"host", host},
                                            {"target", target},
                                            {"query", query},
                                            {"file", file},
                                            {"title", title},
                                            {"shell_check", shell_check},
                                            {"python_check", python_check},
                                            {"javascript_check", javascript_check},
                                            {"go_check", go_check},
                                            {"python_array", python_array},
                                            {"javascript_array", javascript_array},
                                            {.name = NULL}};

static const struct {
    const char *id, *name;
    const struct srv_file *file;
} snippets[] = {
    {"curl", "curl", &srv_file_copy_curl},
    {"sha256sum", "curl and sha256sum -c", &srv_file_copy_sha256sum},
    {"python", "Python", &srv_file_copy_python},
    {"c", "C, with libwi", &srv_file_copy_c},
    {"javascript", "JavaScript", &srv_file_copy_javascript},
    {"rust", "Rust", &srv_file_copy_rust},
    {"go", "Go", &srv_file_copy_go},
    {"markdown", "Markdown, as a picture", &srv_file_copy_markdown},
};

void srv_part_copy(struct srv_text *out, const struct srv_page *page)
{
    for (size_t i = 0; page->state->has_plan && i < sizeof snippets / sizeof *snippets; i++) {
        struct srv_text code = {0};
        size_t len;
        srv_page_fill(&code, snippets[i].file, parts, page);
        char *text = srv_text_take(&code, &len);
        srv_text_format(out, "<h3>%s</h3><pre id=\"copy-%s\" tabindex=\"0\">", snippets[i].name, snippets[i].id);
        srv_text_html(out, text ? text : "", len);
        srv_text_put(out, "</pre>\n");
        out->lost |= !text;
        free(text);
    }
}

void srv_part_copied(struct srv_text *out, const struct srv_page *page)
{
    srv_text_put(out, page->state->has_plan ? "" : " hidden");
}
