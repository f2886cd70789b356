/* identity - digests of bodies, for comparing builds, instruction levels and machines.
 *
 *   identity [OPTION]... walk       every scheme and dtype: "sha256 bodies framework/scheme dtype", one line each
 *   identity [OPTION]... list       the requests of the walk: "sha256 bytes request"
 *   identity [OPTION]... requests   the requests on standard input: lines "sha256 bytes request", or the request alone
 *   identity [OPTION]... study      numbers of pictures: "sha256 numbers name"
 *   identity levels                 the instruction levels there are here
 *
 *     --level NAME    not above this instruction level: baseline, avx2, avx512
 *     --chunk N       read bodies in pieces of N bytes, the last piece first
 *     --threads N     build whole matrices with N threads
 *
 * Needs libwi and nothing else, so that it can be built for any machine. Output is a function of libwi's numbers alone.
 * Exit code 2: a request in the list cannot be served. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/sha256.h"
#include "identity/study.h"
#include "identity/walk.h"
#include "support/body.h"

enum { LINE_CAP = 4096, ALIGN = 64 };

/* The walk leaves out what needs more: tensors without random access that are huge. */
static const struct wi_limits walk_limits = {1 << 21, 1 << 24};

static size_t chunk_bytes;
static struct wi_exec threads;

/* ---- threads --------------------------------------------------------------------------------------------------- */

struct crew {
    void (*task)(void *arg, size_t i);
    void *arg;
    size_t n;
    atomic_size_t next;
};

static void *crew_member(void *ctx)
{
    struct crew *crew = ctx;
    size_t i;
    while ((i = atomic_fetch_add(&crew->next, 1)) < crew->n)
        crew->task(crew->arg, crew->n - 1 - i);
    return NULL;
}

static void parallel(void *ctx, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    const struct wi_exec *exec = ctx;
    struct crew crew = {.task = task, .arg = arg, .n = n};
    pthread_t members[WI_BUILD_WIDTH];
    unsigned width = 0;
    while (width + 1 < exec->width && pthread_create(&members[width], NULL, crew_member, &crew) == 0)
        width++;
    crew_member(&crew);
    while (width)
        pthread_join(members[--width], NULL);
}

/* ---- bodies ---------------------------------------------------------------------------------------------------- */

static void *memory(uint64_t n)
{
    void *p = aligned_alloc(ALIGN, (size_t)((n + ALIGN) / ALIGN * ALIGN));
    if (!p) {
        fputs("identity: out of memory\n", stderr);
        exit(2);
    }
    return p;
}

static void read_backwards(const struct wi_plan *plan, void *keep, uint8_t *bytes, uint64_t n, size_t step)
{
    for (uint64_t end = n; end;) {
        uint64_t at = (end - 1) / step * step;
        body_read_plan(plan, keep, at, bytes + at, (size_t)(end - at));
        end = at;
    }
}

/* The whole body, and what it was built from released. */
static uint8_t *read_body(const struct wi_plan *plan)
{
    void *keep = NULL;
    if (plan->part.tensor.keep_bytes) {
        void *scratch = memory(plan->part.tensor.scratch_bytes);
        keep = memory(plan->part.tensor.keep_bytes);
        wi_build(&plan->part.tensor, keep, scratch, threads.width > 1 ? &threads : NULL);
        free(scratch);
    }
    uint8_t *bytes = memory(plan->total_bytes);
    uint64_t step = chunk_bytes ? chunk_bytes : plan->total_bytes;
    read_backwards(plan, keep, bytes, plan->total_bytes, (size_t)step);
    free(keep);
    return bytes;
}

/* ---- modes ----------------------------------------------------------------------------------------------------- */

static void print_digest(const void *bytes, uint64_t n, const char *request)
{
    char hex[SHA256_HEX_CAP];
    sha256_hex(bytes, (size_t)n, hex);
    printf("%s %llu %s\n", hex, (unsigned long long)n, request);
}

/* The bodies of one scheme and dtype, as they are visited. */
struct visited {
    struct sha256 sha;
    unsigned bodies;
    bool list;
};

static void add_body(void *ctx, const char *request)
{
    struct visited *visited = ctx;
    struct wi_request req;
    struct wi_plan plan;
    if (body_request(&req, request, NULL) != WI_OK || wi_plan_make(&plan, &req, &walk_limits, NULL) != WI_OK ||
        plan.format->digest)
        return;
    char canonical[WI_CANONICAL_MAX];
    size_t len = wi_plan_canonical(&plan, WI_CANONICAL_BODY, canonical);
    uint8_t *bytes = read_body(&plan);
    if (visited->list)
        print_digest(bytes, plan.total_bytes, canonical);
    sha256_add(&visited->sha, canonical, len + 1);
    sha256_add(&visited->sha, bytes, (size_t)plan.total_bytes);
    visited->bodies++;
    free(bytes);
}

/* A line of walk.txt, or the list of its bodies. The mark stands behind the scheme's name. */
static void print_line(const struct wi_like_info *like, const struct wi_scheme_info *scheme,
                       const struct wi_dtype *dtype, bool later, bool list)
{
    struct visited visited = {.list = list};
    char hex[SHA256_HEX_CAP];
    sha256_begin(&visited.sha);
    (later ? walk_later : walk_scheme)(like, scheme, dtype, add_body, &visited);
    sha256_end(&visited.sha, hex);
    if (!list && visited.bodies)
        printf("%s %u %s/%s%s %s\n", hex, visited.bodies, like->name, scheme->name, later ? "+" : "", dtype->name);
}

static void walk_all(bool list)
{
    if (!list)
        puts("# Digests of all bodies that tests/identity makes of a scheme and dtype: SHA-256, bodies, "
             "framework/scheme, dtype.");
    const struct wi_like_info *like;
    const struct wi_dtype *dtype;
    for (int later = 0; later < 2; later++)
        for (unsigned l = 0; (like = wi_like_at(l)); l++)
            for (unsigned s = 0; s < like->n_schemes; s++)
                for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++)
                    print_line(like, wi_like_scheme_at(like, s), dtype, later, list);
}

static bool digest_line(const char *request)
{
    struct wi_error err = {0};
    struct wi_plan plan;
    if (body_plan(&plan, request, &err) != WI_OK || plan.format->digest) {
        fprintf(stderr, "identity: %s\n%s: %s\n", request, err.param, err.text);
        return false;
    }
    uint8_t *bytes = read_body(&plan);
    print_digest(bytes, plan.total_bytes, request);
    free(bytes);
    return true;
}

static int digest_requests(void)
{
    char line[LINE_CAP];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        const char *request = strstr(line, "/init?");
        if (line[0] != '#' && request && !digest_line(request))
            return 2;
    }
    return 0;
}

static int print_levels(void)
{
    for (int level = 0; level <= (int)wi_isa_level(); level++)
        printf("%s\n", wi_isa_name((enum wi_isa)level));
    return 0;
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static bool limit_level(const char *name)
{
    for (int level = 0; level < WI_ISA_COUNT; level++)
        if (strcmp(wi_isa_name((enum wi_isa)level), name) == 0)
            return wi_isa_limit((enum wi_isa)level) == (enum wi_isa)level;
    return false;
}

static bool set_option(const char *option, const char *value)
{
    long n = strtol(value, NULL, 10);
    if (strcmp(option, "--level") == 0)
        return limit_level(value);
    if (strcmp(option, "--chunk") == 0 && n > 0)
        chunk_bytes = (size_t)n;
    else if (strcmp(option, "--threads") == 0 && n > 0 && n <= WI_BUILD_WIDTH)
        threads = (struct wi_exec){parallel, &threads, (unsigned)n};
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2)
        if (!set_option(argv[i], argv[i + 1])) {
            fprintf(stderr, "identity: %s %s is not possible here\n", argv[i], argv[i + 1]);
            return 2;
        }
    const char *mode = i == argc - 1 ? argv[i] : "";
    if (strcmp(mode, "levels") == 0)
        return print_levels();
    if (strcmp(mode, "requests") == 0)
        return digest_requests();
    if (strcmp(mode, "study") == 0) {
        study_all(threads.width > 1 ? &threads : NULL);
        return 0;
    }
    if (strcmp(mode, "walk") != 0 && strcmp(mode, "list") != 0) {
        fputs("usage: identity [--level NAME] [--chunk N] [--threads N] walk|list|requests|study|levels\n", stderr);
        return 2;
    }
    walk_all(strcmp(mode, "list") == 0);
    return 0;
}
