/* CPU seconds that building the tensor of a request takes: one query per line in, such as
 * "like=torch&scheme=normal&shape=4194304&seed=1", one number per line out (the best of three). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wi.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const char *query, const char *text)
{
    fprintf(stderr, "%s: %s\n", query, text);
    exit(1);
}

static void make_plan(struct wi_plan *plan, const char *query)
{
    struct wi_request req;
    struct wi_error err = {0};
    char copy[1024];
    snprintf(copy, sizeof copy, "%s", query);
    wi_request_init(&req);
    for (char *part = strtok(copy, "&"); part; part = strtok(NULL, "&")) {
        char *value = strchr(part, '=');
        if (!value)
            fail(query, "a part without '='");
        *value++ = '\0';
        if (wi_request_set(&req, part, value, strlen(value), &err) != WI_OK)
            fail(query, err.text);
    }
    if (wi_plan_make(plan, &req, NULL, &err) != WI_OK)
        fail(query, err.text);
}

static void *memory(uint64_t bytes)
{
    void *at = aligned_alloc(64, (size_t)(bytes + 64) / 64 * 64);
    if (!at)
        exit(1);
    memset(at, 1, (size_t)bytes);
    return at;
}

static double measure(const struct wi_plan *plan)
{
    void *keep = memory(plan->part.tensor.keep_bytes), *scratch = memory(plan->part.tensor.scratch_bytes);
    uint8_t *body =
        plan->part.tensor.keep_bytes ? NULL : memory(plan->total_bytes); /* no keep: reading is what computes */
    struct wi_body laid;
    uint8_t header[WI_HEADER_MAX];
    wi_plan_body(plan, header, &laid);
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        double start = now();
        if (body)
            wi_body_read(&laid, NULL, NULL, 0, body, (size_t)plan->total_bytes);
        else
            wi_build(&plan->part.tensor, keep, scratch, NULL);
        double seconds = now() - start;
        best = seconds < best ? seconds : best;
    }
    free(body);
    free(scratch);
    free(keep);
    return best;
}

int main(void)
{
    static char line[1024];
    static struct wi_plan plan;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        make_plan(&plan, line);
        printf("%.9f\n", measure(&plan));
        fflush(stdout);
    }
    return 0;
}
