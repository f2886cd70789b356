/* The raw bytes of requests, for programs in other languages that compare them: reads one query per line, such as
 * "like=torch&scheme=normal&shape=3&seed=0", and writes for each a line "ok BYTES EXACTNESS" followed by that many
 * bytes, or a line "error CODE TEXT". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wi.h"

static enum wi_status set_all(struct wi_request *req, char *query, struct wi_error *err)
{
    for (char *part = strtok(query, "&"); part; part = strtok(NULL, "&")) {
        char *value = strchr(part, '=');
        if (!value)
            return WI_E_PARAM_VALUE;
        *value++ = '\0';
        enum wi_status status = wi_request_set(req, part, value, strlen(value), err);
        if (status != WI_OK)
            return status;
    }
    return WI_OK;
}

static void *aligned(uint64_t bytes)
{
    void *memory = aligned_alloc(64, (size_t)(bytes + 64) / 64 * 64);
    if (!memory)
        abort();
    return memory;
}

static void answer(const struct wi_plan *plan)
{
    void *keep = aligned(plan->part.tensor.keep_bytes), *scratch = aligned(plan->part.tensor.scratch_bytes);
    uint8_t *body = aligned(plan->total_bytes);
    wi_build(&plan->part.tensor, keep, scratch, NULL);
    free(scratch);
    struct wi_body laid;
    uint8_t header[WI_HEADER_MAX];
    wi_plan_body(plan, header, &laid);
    size_t n = wi_body_read(&laid, wi_keep_only, keep, 0, body, (size_t)plan->total_bytes);
    printf("ok %zu %s\n", n, plan->part.tensor.exactness == WI_EXACT ? "exact" : "approximate");
    fwrite(body, 1, n, stdout);
    free(body);
    free(keep);
}

int main(void)
{
    static char line[4096];
    static struct wi_plan plan;
    while (fgets(line, sizeof line, stdin)) {
        struct wi_request req;
        struct wi_error err = {0};
        line[strcspn(line, "\n")] = '\0';
        wi_request_init(&req);
        enum wi_status status = set_all(&req, line, &err);
        if (status == WI_OK)
            status = wi_plan_make(&plan, &req, NULL, &err);
        if (status == WI_OK)
            answer(&plan);
        else
            printf("error %s %s\n", wi_status_slug(status), err.text);
        fflush(stdout);
    }
    return 0;
}
