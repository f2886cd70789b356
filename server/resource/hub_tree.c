/* /api/models/{repo}/tree/{rev}/{folder} and POST paths-info: files and folders. See hub.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "http/json.h"
#include "http/target.h"
#include "model/json.h"
#include "resource/hub.h"
#include "resource/resource.h"
#include "server.h"

#define PAGE_MAX 1000

/* A list of entries that is being made. */
struct list {
    const struct srv_hub_asked *asked;
    const uint8_t *digests;
    bool expand;
    json_t *entries;
};

static void add(struct list *list, json_t *entry)
{
    if (list->expand)
        json_object_set_new(
            entry, "lastCommit",
            json_pack("{s:s, s:s, s:s}", "id", list->asked->commit, "title", "made by weightd", "date", SRV_HUB_DATE));
    json_array_append_new(list->entries, entry);
}

static void add_file(struct list *list, unsigned i)
{
    struct srv_hub_entry entry;
    srv_hub_entry_of(list->asked, i, list->digests, &entry);
    json_t *doc = json_pack("{s:s, s:s, s:I, s:s}", "type", "file", "oid", entry.oid, "size",
                            (json_int_t)entry.file->bytes, "path", entry.file->path);
    if (*entry.sha256)
        json_object_set_new(doc, "lfs",
                            json_pack("{s:s, s:I, s:I}", "oid", entry.sha256, "size", (json_int_t)entry.file->bytes,
                                      "pointerSize", (json_int_t)entry.pointer_size));
    add(list, doc);
}

/* A folder is the first n bytes of a path. */
static void add_folder(struct list *list, const char *path, size_t n)
{
    char name[SRV_HUB_ID_MAX + SRV_HUB_PATH_MAX + 64], oid[SRV_GIT_BLOB_HEX];
    const int len = snprintf(name, sizeof name, "%s %s %.*s/", list->asked->repo.id, list->asked->commit, (int)n, path);
    srv_git_blob(name, (size_t)len, oid);
    add(list, json_pack("{s:s, s:s, s:i, s:s%}", "type", "directory", "oid", oid, "size", 0, "path", path, n));
}

/* Is the path in the folder ("": the top)? Returns where its name in the folder begins; 0: it is not, or is the
 * folder. */
static size_t below(const char *path, const char *folder, bool *is_in)
{
    const size_t n = strlen(folder);
    *is_in = !n || (!strncmp(path, folder, n) && path[n] == '/');
    return n ? n + 1 : 0;
}

/* The length of the folder of a path that begins at `from` and that the path before it was not in; 0: there is none. */
static size_t new_folder(const char *path, size_t from, const char *before)
{
    const char *slash = strchr(path + from, '/');
    const size_t n = slash ? (size_t)(slash - path) : 0;
    return n && !(before && !strncmp(before, path, n + 1)) ? n : 0;
}

/* ---- tree -------------------------------------------------------------------------------------------------------- */

/* The entries of a folder in the order of paths, folders before what is in them. False: there is no such folder. */
static bool walk(struct list *list, const char *folder, bool recursive)
{
    const struct srv_hub_index *index = list->asked->index;
    const char *before = NULL;
    bool found = !*folder;
    for (unsigned i = 0; i < index->n_files; i++) {
        const char *path = index->file[i].path;
        bool is_in;
        size_t from = below(path, folder, &is_in), n;
        if (!is_in)
            continue;
        found = true;
        const bool nested = strchr(path + from, '/');
        while ((n = new_folder(path, from, before)) || (recursive && strchr(path + from, '/'))) {
            if (n)
                add_folder(list, path, n);
            if (!recursive)
                break;
            from = (size_t)(strchr(path + from, '/') - path) + 1;
        }
        if (recursive || !nested)
            add_file(list, i);
        before = path;
    }
    return found;
}

static size_t read_number(const struct srv_request *req, const char *key, size_t otherwise, size_t most)
{
    const char *text = srv_hub_param(req, key);
    size_t n = 0;
    for (; text && *text >= '0' && *text <= '9' && n <= most; text++)
        n = 10 * n + (size_t)(*text - '0');
    return !text || *text ? otherwise : n < most ? n : most;
}

/* Where the next page is. */
static void link_next(const struct srv_request *req, size_t limit, size_t at, struct srv_reply *reply)
{
    size_t len = 0;
    const char *host = srv_target_authority(req->target, strlen(req->target), &len);
    if (!host) {
        host = srv_request_field(req, SRV_FIELD_HOST);
        len = host ? strcspn(host, " \t") : 0;
    }
    if (!len)
        return;
    const char *path = strstr(req->target, "/api/models/");
    srv_reply_header(reply, "Link", "<%s://%.*s%.*s?recursive=%s&expand=%s&limit=%zu&cursor=%zu>; rel=\"next\"",
                     req->secure ? "https" : "http", (int)len, host, path ? (int)strcspn(path, "?") : 0,
                     path ? path : "", srv_hub_flag(req, "recursive") ? "true" : "false",
                     srv_hub_flag(req, "expand") ? "true" : "false", limit, at);
}

/* Cut the page out of the list. */
static void page(const struct srv_request *req, struct list *list, struct srv_reply *reply)
{
    const size_t limit = read_number(req, "limit", PAGE_MAX, PAGE_MAX), most = json_array_size(list->entries);
    const size_t at = read_number(req, "cursor", 0, most), n = limit ? limit : 1;
    json_t *entries = json_array();
    for (size_t i = at; i < most && i - at < n; i++)
        json_array_append(entries, json_array_get(list->entries, i));
    json_decref(list->entries);
    srv_hub_json(list->asked, entries, reply);
    if (most - at > n)
        link_next(req, n, at + n, reply);
}

static void answer_tree(struct srv_server *srv, const struct srv_request *req, struct srv_hub_asked *asked,
                        struct srv_reply *reply)
{
    char folder[SRV_HUB_PATH_MAX];
    struct srv_job *job;
    struct list list = {.asked = asked, .expand = srv_hub_flag(req, "expand")};
    if (!srv_hub_digests_wait(srv, asked, &job, &list.digests, reply))
        return;
    list.entries = json_array();
    const bool fits = srv_hub_path(req, folder);
    const size_t len = fits ? strlen(folder) : 0;
    if (len && folder[len - 1] == '/')
        folder[len - 1] = '\0';
    if (fits && walk(&list, folder, srv_hub_flag(req, "recursive"))) {
        page(req, &list, reply);
    } else {
        json_decref(list.entries);
        srv_hub_fail(reply, req, SRV_HUB_NO_ENTRY, "%.200s does not exist on \"%.64s\"", fits ? folder : "This path",
                     req->args[2]);
    }
    srv_job_unref(job);
}

void srv_handle_hub_tree(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_hub_asked asked;
    if (!srv_hub_open(srv, req, req->args[0], req->args[1], req->args[2], &asked, reply))
        return;
    answer_tree(srv, req, &asked, reply);
    srv_hub_close(&asked);
}

/* ---- paths-info -------------------------------------------------------------------------------------------------- */

#define PATHS_VALUES 100000

/* What was asked for: the paths, and whether entries tell their commit. */
struct wanted {
    json_t *paths; /* an object: a member for each path */
    bool expand;
};

static bool read_json(const struct srv_request *req, struct wanted *wanted, struct wi_error *err)
{
    json_t *doc =
        srv_model_json((const char *)req->content, req->content_len, "the body", req->content_len, PATHS_VALUES, err);
    const json_t *paths = json_object_get(doc, "paths");
    json_t *path;
    size_t i;
    bool good = json_is_array(paths);
    json_array_foreach(paths, i, path) if (json_is_string(path))
        json_object_set_new(wanted->paths, json_string_value(path), json_true());
    else good = false;
    wanted->expand = json_is_true(json_object_get(doc, "expand"));
    json_decref(doc);
    return good;
}

/* paths=a&paths=b&expand=true, as forms send it. */
static bool read_form(const struct srv_request *req, struct wanted *wanted)
{
    const char *p = (const char *)req->content, *end = p + req->content_len;
    while (p < end) {
        const char *stop = memchr(p, '&', (size_t)(end - p));
        char pair[3 * SRV_HUB_PATH_MAX], target[sizeof pair + 2], storage[2 * sizeof target + 4];
        struct srv_target parsed;
        struct wi_error err;
        const size_t n = (size_t)((stop ? stop : end) - p);
        p += n + 1;
        if (n >= sizeof pair) /* longer than any path */
            continue;
        snprintf(target, sizeof target, "/?%.*s", (int)n, p - n - 1);
        if (srv_target_parse(&parsed, target, strlen(target), storage, &err) != 200 || parsed.n_params != 1)
            return false;
        const struct srv_param *param = &parsed.params[0];
        if (!strcmp(param->key, "paths"))
            json_object_set_new(wanted->paths, param->form, json_true());
        else if (!strcmp(param->key, "expand"))
            wanted->expand = !strcasecmp(param->value, "true") || !strcmp(param->value, "1");
    }
    return true;
}

/* Every path that there is, once, in the order of paths. */
static void add_wanted(struct list *list, const struct wanted *wanted)
{
    const struct srv_hub_index *index = list->asked->index;
    const char *before = NULL;
    for (unsigned i = 0; i < index->n_files; i++) {
        const char *path = index->file[i].path;
        size_t from = 0, n;
        for (const char *slash; (slash = strchr(path + from, '/')); from = (size_t)(slash - path) + 1) {
            char folder[SRV_HUB_PATH_MAX];
            n = new_folder(path, from, before);
            snprintf(folder, sizeof folder, "%.*s", (int)n, path);
            if (n && json_object_get(wanted->paths, folder))
                add_folder(list, path, n);
        }
        if (json_object_get(wanted->paths, path))
            add_file(list, i);
        before = path;
    }
}

static void answer_paths(struct srv_server *srv, const struct srv_request *req, struct srv_hub_asked *asked,
                         struct srv_reply *reply)
{
    struct wi_error err = {
        .text = "The body must be {\"paths\": [...], \"expand\": true}, or a form with paths=...&expand=true"};
    struct wanted wanted = {.paths = json_object()};
    struct list list = {.asked = asked};
    struct srv_job *job;
    const bool is_json = req->content_len && memchr("{ \t\r\n", req->content[0], 5);
    if (!(is_json ? read_json(req, &wanted, &err) : read_form(req, &wanted))) {
        srv_hub_fail(reply, req, SRV_HUB_BAD_REQUEST, "%s", err.text);
    } else if (srv_hub_digests_wait(srv, asked, &job, &list.digests, reply)) {
        list.expand = wanted.expand;
        list.entries = json_array();
        add_wanted(&list, &wanted);
        srv_hub_json(asked, list.entries, reply);
        reply->caching = SRV_NO_STORE; /* the answer to a POST */
        srv_job_unref(job);
    }
    json_decref(wanted.paths);
}

void srv_handle_hub_paths(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_hub_asked asked;
    if (!srv_hub_open(srv, req, req->args[0], req->args[1], req->args[2], &asked, reply))
        return;
    answer_paths(srv, req, &asked, reply);
    srv_hub_close(&asked);
}
