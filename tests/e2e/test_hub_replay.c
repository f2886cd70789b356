/* What real clients of the hub asked for, replayed: tests/vectors/hub.txt. Every answer is judged by what the
 * clients need of it: status, X-Repo-Commit, ETag, lengths, ranges, errors that they know, and bodies that agree
 * with each other. */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "support/server.h"
#include "support/sha256.h"
#include "support/test.h"

TEST_SERVER_GROUP("--log", "off")

#define REPOS_MAX 40
#define TAGS_MAX 400
#define PATH_CAP 256

/* ---- what the server says of a repository ------------------------------------------------------------------------ */

struct repo {
    char id[128], commit[41];
    json_t *tree; /* every file by its path: its entry */
};
static struct repo repos[REPOS_MAX];
static size_t n_repos;

/* The content that an entity tag stands for. */
static struct {
    char etag[96];
    char sha256[65];
} tags[TAGS_MAX];
static size_t n_tags;

static json_t *get_json(const char *format, ...)
{
    char target[512];
    struct test_answer answer;
    va_list args;
    va_start(args, format);
    vsnprintf(target, sizeof target, format, args);
    va_end(args);
    test_get(server, target, &answer);
    if (answer.status != 200)
        fail_msg("%s: %d %.*s", target, answer.status, (int)answer.length, (const char *)answer.body);
    json_t *doc = json_loadb((const char *)answer.body, answer.length, 0, NULL);
    assert_non_null(doc);
    test_answer_free(&answer);
    return doc;
}

static const char *text_of(const json_t *doc, const char *key)
{
    const char *text = json_string_value(json_object_get(doc, key));
    if (!text)
        fail_msg("no member %s", key);
    return text;
}

static bool is_hex(const char *text, size_t n)
{
    return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

static void load(struct repo *repo)
{
    json_t *info = get_json("/api/models/%s", repo->id);
    snprintf(repo->commit, sizeof repo->commit, "%s", text_of(info, "sha"));
    assert_true(is_hex(repo->commit, 40));
    json_decref(info);
    json_t *tree = get_json("/api/models/%s/tree/%s?recursive=true", repo->id, repo->commit), *entry;
    size_t i;
    repo->tree = json_object();
    json_array_foreach(tree, i, entry) if (!strcmp(text_of(entry, "type"), "file"))
        json_object_set(repo->tree, text_of(entry, "path"), entry);
    json_decref(tree);
    assert_true(json_object_size(repo->tree) > 1);
}

static const struct repo *repo_of(const char *id)
{
    for (size_t i = 0; i < n_repos; i++)
        if (!strcmp(repos[i].id, id))
            return &repos[i];
    assert_true(n_repos < REPOS_MAX);
    struct repo *repo = &repos[n_repos++];
    snprintf(repo->id, sizeof repo->id, "%s", id);
    load(repo);
    return repo;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

struct line {
    char method[8], target[512], range[64], body[256];
    bool none_match, authorization;
    int status;
    const struct repo *repo;      /* NULL: of none, or of one that there is not */
    char rev[64], path[PATH_CAP]; /* of resolve and raw */
};

/* Cut the repository out of a target, and what follows it. */
static void find_repo(struct line *line)
{
    static const char *const marks[] = {"/resolve/", "/raw/",     "/tree/",       "/revision/",
                                        "/refs",     "/commits/", "/paths-info/", "/manifests/"};
    static const char *const prefixes[] = {"/api/models/", "/v2/", "/"};
    char id[128];
    const char *at = line->target, *end = at + strcspn(at, "?");
    for (size_t i = 0; at == line->target; i++)
        at += strncmp(at, prefixes[i], strlen(prefixes[i])) ? 0 : strlen(prefixes[i]);
    if (!strncmp(line->target, "/api/", 5) && at == line->target + 1)
        return;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *mark = strstr(at, marks[i]);
        if (!mark || mark >= end)
            continue;
        end = mark;
        if (i < 2) {
            mark += strlen(marks[i]);
            sscanf(mark, "%63[^/]/%255[^?]", line->rev, line->path);
        }
    }
    snprintf(id, sizeof id, "%.*s", (int)(end - at), at);
    line->repo = strstr(id, "nope") ? NULL : repo_of(id);
}

static json_int_t size_of(const struct line *line)
{
    return json_integer_value(json_object_get(json_object_get(line->repo->tree, line->path), "size"));
}

/* Put `by` where `what` stands, once. */
static void replace(char *text, size_t cap, const char *what, const char *by)
{
    char whole[1024], *at = strstr(text, what);
    if (!at)
        return;
    snprintf(whole, sizeof whole, "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
    assert_true(strlen(whole) < cap);
    memcpy(text, whole, strlen(whole) + 1);
}

static void expand(struct line *line)
{
    char number[24];
    replace(line->target, sizeof line->target, "~", "/weightd/tiny-");
    find_repo(line);
    if (line->repo) {
        replace(line->target, sizeof line->target, "@", line->repo->commit);
        replace(line->rev, sizeof line->rev, "@", line->repo->commit);
    }
    if (strstr(line->range, "{n")) {
        const json_int_t n = size_of(line);
        snprintf(number, sizeof number, "%lld", (long long)n - 1);
        replace(line->range, sizeof line->range, "{n-1}", number);
        snprintf(number, sizeof number, "%lld", (long long)n);
        replace(line->range, sizeof line->range, "{n}", number);
    }
}

/* METHOD TARGET STATUS [bytes=...] [if-none-match] [authorization] [BODY] */
static void parse(char *text, struct line *line)
{
    int used = 0;
    *line = (struct line){.status = 0};
    text[strcspn(text, "\n")] = '\0';
    if (sscanf(text, "%7s %511s %d%n", line->method, line->target, &line->status, &used) != 3)
        fail_msg("not a line: %s", text);
    for (char *rest, *word = strtok_r(text + used, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (!strncmp(word, "bytes=", 6))
            snprintf(line->range, sizeof line->range, "%s", word);
        else if (!strcmp(word, "if-none-match"))
            line->none_match = true;
        else if (!strcmp(word, "authorization"))
            line->authorization = true;
        else
            snprintf(line->body, sizeof line->body, "%s", word);
    }
    expand(line);
}

static void ask(const struct line *line, struct test_answer *answer)
{
    char range[96], none_match[128];
    const char *headers[6];
    size_t n = 0;
    if (*line->range) {
        snprintf(range, sizeof range, "Range: %s", line->range);
        headers[n++] = range;
    }
    if (line->none_match) {
        test_request(server, "HEAD", line->target, NULL, answer);
        snprintf(none_match, sizeof none_match, "If-None-Match: %s", test_field(answer, "ETag"));
        test_answer_free(answer);
        headers[n++] = none_match;
    }
    if (line->authorization)
        headers[n++] = "Authorization: Bearer hf_anything";
    if (*line->body)
        headers[n++] =
            *line->body == '{' ? "Content-Type: application/json" : "Content-Type: application/x-www-form-urlencoded";
    headers[n] = NULL;
    test_send(server, line->method, line->target, headers, *line->body ? line->body : NULL, strlen(line->body), answer);
}

/* ---- judging ----------------------------------------------------------------------------------------------------- */

#define HOLDS(what, line)                                                                       \
    do {                                                                                        \
        if (!(what))                                                                            \
            fail_msg("%s %s %s: not %s", (line)->method, (line)->target, (line)->range, #what); \
    } while (0)

static const char *field(const struct test_answer *answer, const char *name)
{
    const char *value = test_field(answer, name);
    return value ? value : "";
}

/* A cache names files by entity tags: two contents must never share one. */
static void note_tag(const struct line *line, const char *etag, const struct test_answer *answer)
{
    char hex[65];
    sha256_hex(answer->body, answer->length, hex);
    for (size_t i = 0; i < n_tags; i++)
        if (!strcmp(tags[i].etag, etag)) {
            HOLDS(!strcmp(tags[i].sha256, hex), line);
            return;
        }
    assert_true(n_tags < TAGS_MAX);
    snprintf(tags[n_tags].etag, sizeof tags->etag, "%s", etag);
    memcpy(tags[n_tags++].sha256, hex, sizeof hex);
}

/* The tree says the truth about the content. */
static void judge_content(const struct line *line, const struct test_answer *answer)
{
    const json_t *entry = json_object_get(line->repo->tree, line->path), *lfs = json_object_get(entry, "lfs");
    char hex[65];
    if (lfs) {
        sha256_hex(answer->body, answer->length, hex);
        HOLDS(!strcmp(text_of(lfs, "oid"), hex), line);
        HOLDS(json_integer_value(json_object_get(lfs, "size")) == (json_int_t)answer->length, line);
    } else if (!strstr(line->path, ".safetensors") || strstr(line->path, ".json")) {
        srv_git_blob(answer->body, answer->length, hex);
        HOLDS(!strcmp(text_of(entry, "oid"), hex), line);
    }
}

/* Bytes of the answer, from what was asked of a file of n bytes. */
static unsigned long long part_of(const struct line *line, unsigned long long n, unsigned long long *first)
{
    unsigned long long last = n - 1;
    *first = 0;
    if (!*line->range || line->status != 206)
        return n;
    assert_true(sscanf(line->range, "bytes=%llu-%llu", first, &last) >= 1);
    return (last < n ? last : n - 1) - *first + 1;
}

static void judge_file(const struct line *line, const struct test_answer *answer)
{
    char etag[96], text[96];
    const unsigned long long n = (unsigned long long)size_of(line);
    unsigned long long first, length = part_of(line, n, &first);
    const bool confirmed = answer->status == 304, head = !strcmp(line->method, "HEAD");
    snprintf(etag, sizeof etag, "%s", field(answer, "ETag"));
    const size_t len = strlen(etag);
    HOLDS(len >= 34 && len <= 66 && etag[0] == '"' && etag[len - 1] == '"', line);
    HOLDS(strspn(etag + 1, "0123456789abcdef") == len - 2, line);
    const bool is_main = !strcmp(field(answer, "X-Repo-Commit"), line->repo->commit);
    HOLDS(is_hex(field(answer, "X-Repo-Commit"), 40) && is_main == (strcmp(line->rev, "seed-7") != 0), line);
    HOLDS(!test_field(answer, "Location") && !test_field(answer, "Content-Encoding"), line);
    HOLDS(!test_field(answer, "X-Xet-Hash") && !test_field(answer, "Transfer-Encoding"), line);
    if (test_field(answer, "X-Linked-ETag"))
        HOLDS(!strcmp(field(answer, "X-Linked-ETag"), etag), line);
    if (confirmed)
        return;
    HOLDS(!strcmp(field(answer, "Accept-Ranges"), "bytes"), line);
    HOLDS(strtoull(field(answer, "Content-Length"), NULL, 10) == length, line);
    HOLDS(answer->length == (head ? 0 : length), line);
    if (test_field(answer, "X-Linked-Size"))
        HOLDS(strtoull(field(answer, "X-Linked-Size"), NULL, 10) == n, line);
    if (answer->status == 206) {
        snprintf(text, sizeof text, "bytes %llu-%llu/%llu", first, first + length - 1, n);
        HOLDS(!strcmp(field(answer, "Content-Range"), text), line);
    } else if (!head && is_main) {
        note_tag(line, etag, answer);
        judge_content(line, answer);
    }
}

static void judge_error(const struct line *line, const struct test_answer *answer)
{
    const char *code = field(answer, "X-Error-Code");
    if (!strcmp(line->rev, "v9") || strstr(line->target, "/v9"))
        HOLDS(!strcmp(code, "RevisionNotFound"), line);
    else if (!line->repo)
        HOLDS(!strcmp(code, "RepoNotFound"), line);
    else
        HOLDS(!strcmp(code, "EntryNotFound"), line);
    if (line->repo && !strstr(line->target, "/v9"))
        HOLDS(!strcmp(field(answer, "X-Repo-Commit"), line->repo->commit), line);
    if (!strcmp(line->method, "HEAD"))
        return;
    json_t *doc = json_loadb((const char *)answer->body, answer->length, 0, NULL);
    HOLDS(json_is_string(json_object_get(doc, "error")), line);
    HOLDS(!strcmp(text_of(doc, "error"), field(answer, "X-Error-Message")), line);
    json_decref(doc);
}

/* Every entry has what clients read; sizes are those of the files. */
static void judge_entries(const struct line *line, const json_t *list)
{
    json_t *entry;
    size_t i;
    HOLDS(json_array_size(list) > 0, line);
    json_array_foreach(list, i, entry)
    {
        const bool is_file = !strcmp(text_of(entry, "type"), "file");
        HOLDS(is_hex(text_of(entry, "oid"), 40) && json_is_integer(json_object_get(entry, "size")), line);
        const json_t *known = json_object_get(line->repo->tree, text_of(entry, "path"));
        HOLDS(is_file == (known != NULL), line);
        HOLDS(!is_file || json_equal(json_object_get(entry, "size"), json_object_get(known, "size")), line);
        const bool expand = strcasestr(line->target, "expand=true") || strcasestr(line->body, "expand");
        const json_t *commit = json_object_get(entry, "lastCommit");
        HOLDS(!expand || !strcmp(text_of(commit, "id"), line->repo->commit), line);
    }
}

static void judge_info(const struct line *line, const json_t *doc)
{
    json_t *sibling;
    size_t i;
    HOLDS(!strcmp(text_of(doc, "id"), line->repo->id), line);
    HOLDS(!strcmp(text_of(doc, "sha"), line->repo->commit) != (strstr(line->target, "seed-7") != NULL), line);
    HOLDS(json_is_false(json_object_get(doc, "private")) && json_is_false(json_object_get(doc, "gated")), line);
    HOLDS(*text_of(doc, "library_name"), line);
    HOLDS(json_array_size(json_object_get(doc, "siblings")) == json_object_size(line->repo->tree), line);
    json_array_foreach(json_object_get(doc, "siblings"), i, sibling)
    {
        const json_t *known = json_object_get(line->repo->tree, text_of(sibling, "rfilename"));
        HOLDS(known, line);
        if (strcasestr(line->target, "blobs=true"))
            HOLDS(json_equal(json_object_get(known, "size"), json_object_get(sibling, "size")) &&
                      is_hex(text_of(sibling, "blobId"), 40),
                  line);
    }
}

static void judge_refs(const struct line *line, const json_t *doc)
{
    const json_t *main_ref = json_array_get(json_object_get(doc, "branches"), 0);
    HOLDS(!strcmp(text_of(main_ref, "name"), "main") && !strcmp(text_of(main_ref, "targetCommit"), line->repo->commit),
          line);
    HOLDS(json_is_array(json_object_get(doc, "tags")) && json_is_array(json_object_get(doc, "converts")), line);
}

static void judge_api(const struct line *line, const struct test_answer *answer)
{
    json_t *doc = json_loadb((const char *)answer->body, answer->length, JSON_REJECT_DUPLICATES, NULL);
    HOLDS(doc, line);
    HOLDS(!strncmp(field(answer, "Content-Type"), "application/json", 16), line);
    if (strstr(line->target, "/tree/") || strstr(line->target, "/paths-info/"))
        judge_entries(line, doc);
    else if (strstr(line->target, "/refs"))
        judge_refs(line, doc);
    else if (strstr(line->target, "/manifests/"))
        HOLDS(json_object_get(line->repo->tree, text_of(json_object_get(doc, "ggufFile"), "rfilename")), line);
    else if (strstr(line->target, "/commits/"))
        HOLDS(!strcmp(text_of(json_array_get(doc, 0), "id"), line->repo->commit), line);
    else if (line->repo)
        judge_info(line, doc);
    else
        HOLDS(json_array_size(doc) > 0 && *text_of(json_array_get(doc, 0), "id"), line);
    json_decref(doc);
}

/* A file that the client looked for in vain may be here. */
static void correct(struct line *line)
{
    if (line->status == 404 && line->repo && *line->path && strcmp(line->rev, "v9") &&
        json_object_get(line->repo->tree, line->path))
        line->status = 200;
}

static void replay(struct line *line)
{
    struct test_answer answer;
    correct(line);
    ask(line, &answer);
    if (answer.status != line->status)
        fail_msg("%s %s %s: %d, not %d: %.*s", line->method, line->target, line->range, answer.status, line->status,
                 (int)(answer.length < 300 ? answer.length : 300), (const char *)answer.body);
    if (answer.status >= 400)
        judge_error(line, &answer);
    else if (*line->path)
        judge_file(line, &answer);
    else
        judge_api(line, &answer);
    test_answer_free(&answer);
}

TEST(test_every_recorded_request_is_answered)
{
    FILE *file = fopen("tests/vectors/hub.txt", "r");
    char text[1024];
    unsigned scenarios = 0, requests = 0;
    assert_non_null(file);
    while (fgets(text, sizeof text, file)) {
        struct line line;
        if (*text == '#')
            continue;
        scenarios += *text == '=';
        if (*text == '=')
            continue;
        parse(text, &line);
        replay(&line);
        requests++;
    }
    fclose(file);
    print_message("%u scenarios, %u requests, %zu repositories, %zu entity tags\n", scenarios, requests, n_repos,
                  n_tags);
    assert_true(scenarios > 100 && requests > 1200 && n_tags > 40);
    for (size_t i = 0; i < n_repos; i++)
        json_decref(repos[i].tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_recorded_request_is_answered),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
