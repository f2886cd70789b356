/* The query of the page. Whatever it says, the page is UTF-8 without control characters, no value of it becomes markup,
 * and the request that the page shows is that of the tensor it speaks of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/target.h"
#include "page/page.h"

const char *const fuzz_seeds[] = {
    "/?scheme=he_normal&shape=256,128&seed=7&activation=relu",
    "/?scheme=orthogonal&shape=3,3,8,16&gain=2&dtype=f16&seed=0x10&layout=oi&stream=a+b%26c",
    "/?like=torch&scheme=xavier_normal&shape=8,4&slice=0:2,:&padding=&format=npy",
    "/?scheme=%3Cscript%3E&shape=%22%27%3C%3E%26&activation=%ff%c3%01&depth=0&width=513&batch=x",
    "/?scheme=constant&value=0.5&a&b=&shape=",
    "/?was=torch,linear_default&scheme=linear_default&std=1&gain=2&shape=8,4",
    NULL,
};

/* What the page of a good request has. */
static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static void check_text(const char *text, size_t len)
{
    FUZZ_CHECK(strlen(text) == len);
    FUZZ_CHECK(count(text, "<script") == 1);
    FUZZ_CHECK(count(text, "<form") == 3);
    FUZZ_CHECK(count(text, "<img") == count(text, "<figure") + 1 && count(text, "<svg") == 0);
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK((unsigned char)text[i] >= 0x20 || text[i] == '\n' || text[i] == '\t');
}

/* The request that is shown makes the tensor that was planned. */
static void check_request(const struct srv_page_state *state)
{
    char shown[WI_CANONICAL_MAX], planned[WI_CANONICAL_MAX];
    struct srv_text query = {0};
    struct wi_request request;
    struct wi_plan plan;
    size_t len;
    srv_page_query(&query, state, 0, "&");
    char *text = srv_text_take(&query, &len);
    wi_request_init(&request);
    FUZZ_CHECK(text && wi_request_query(&request, text, NULL) == WI_OK);
    FUZZ_CHECK(wi_plan_make(&plan, &request, NULL, NULL) == WI_OK);
    wi_plan_canonical(&plan, WI_CANONICAL_BODY, shown);
    wi_plan_canonical(&state->plan, WI_CANONICAL_BODY, planned);
    FUZZ_CHECK(!strcmp(shown, planned));
    free(text);
}

static void check_page(const struct srv_request *req)
{
    static const struct srv_config config = {.max_bytes = 1 << 30, .work_bytes = 1 << 30};
    const struct wi_limits limits = {config.max_bytes, config.work_bytes};
    struct srv_page_state *state = malloc(sizeof *state);
    struct srv_text out = {0};
    size_t len;
    FUZZ_CHECK(state);
    const bool good = srv_page_read(state, req, &limits);
    FUZZ_CHECK(good == (state->err.code == WI_OK) && (!good || state->has_plan));
    const struct srv_page page = {state, &config, "http://127.0.0.1:8080", "", "", NULL, ""};
    srv_page_write(&out, &page);
    char *text = srv_text_take(&out, &len);
    FUZZ_CHECK(text);
    check_text(text, len);
    if (state->has_plan)
        check_request(state);
    free(text);
    free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srv_target target;
    struct wi_error err = {0};
    char *storage = malloc(srv_target_storage(size));
    FUZZ_CHECK(storage);
    if (srv_target_parse(&target, (const char *)data, size, storage, &err) == 200) {
        const struct srv_request req = {
            .method = "GET", .path = target.path, .params = target.params, .n_params = target.n_params};
        check_page(&req);
    }
    free(storage);
    return 0;
}
