/* GET /assets/{hash}/{name}: style and scripts of the page. The path bears a checksum of the content, so caches may
 * keep it for ever; any other checksum is answered 404. See page.h. */
#include <stdio.h>
#include <string.h>

#include "http/problem.h"
#include "page/page.h"
#include "resource/file.h"
#include "resource/resource.h"

enum asset { CSS, JS, CHECK, READER, ICON, ASSETS };
static const struct {
    const char *name;
    const struct srv_file *file;
} assets[ASSETS] = {{"page.css", &srv_file_css},
                    {"page.js", &srv_file_js},
                    {"check.js", &srv_file_check},
                    {"reader.js", &srv_file_reader},
                    {"icon.svg", &srv_file_icon}};

static void write_path(enum asset asset, char out[64])
{
    char checksum[SRV_FILE_CHECKSUM_CAP];
    srv_file_checksum(assets[asset].file, checksum);
    snprintf(out, 64, "/assets/%s/%s", checksum, assets[asset].name);
}

static void put_path(struct srv_text *out, enum asset asset)
{
    char path[64];
    write_path(asset, path);
    srv_text_put(out, path);
}

void srv_part_css(struct srv_text *out, const struct srv_page *page)
{
    (void)page;
    put_path(out, CSS);
}

void srv_part_js(struct srv_text *out, const struct srv_page *page)
{
    (void)page;
    put_path(out, JS);
}

void srv_part_check(struct srv_text *out, const struct srv_page *page)
{
    (void)page;
    put_path(out, CHECK);
}

void srv_part_reader(struct srv_text *out, const struct srv_page *page)
{
    (void)page;
    put_path(out, READER);
}

void srv_part_icon(struct srv_text *out, const struct srv_page *page)
{
    if (page->state->has_plan)
        srv_part_heat(out, page);
    else
        put_path(out, ICON);
}

void srv_handle_asset(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    char path[64];
    for (unsigned i = 0; i < ASSETS; i++) {
        write_path((enum asset)i, path);
        if (strcmp(req->path, path))
            continue;
        srv_file_reply(assets[i].file, req, reply);
        srv_reply_header(reply, "X-Content-Type-Options", "nosniff");
        return;
    }
    write_path(CSS, path);
    const struct wi_error err = {.text = "No file of this name has this checksum; the page names those of today."};
    srv_problem_repaired(reply, req, "not-found", &err, path);
}
