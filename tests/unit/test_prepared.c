/* server/net/response.c: what a prepared response is charged covers what the library allocates for it. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "net/net_private.h"
#include "support/test.h"

/* Of a sanitizer, whose allocator mallinfo2 does not see. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : mallinfo2().uordblks;
}

TEST(test_a_response_costs_what_is_charged)
{
    enum { N = 200 };
    static const char *const names[] = {"A", "Content-Type", "X-Tensor-Canonical", "Cache-Control", "ETag", "Vary"};
    struct MHD_Response *responses[N];
    struct srv_reply reply;
    srv_reply_init(&reply);
    for (size_t i = 0; i <= sizeof names / sizeof names[0]; i++) {
        const size_t before = allocated();
        for (size_t n = 0; n < N; n++)
            assert_non_null(responses[n] = srv_response_of_memory(&reply, (const uint8_t *)"body", 4));
        const size_t took = (allocated() - before) / N, charged = srv_response_bytes(&reply);
        print_message("%zu fields: %zu bytes, charged %zu\n", reply.n_headers, took, charged);
        assert_true(took > 0 && took <= charged);
        assert_true(charged <= took + 160 + 64 * reply.n_headers);
        for (size_t n = 0; n < N; n++)
            MHD_destroy_response(responses[n]);
        if (i < sizeof names / sizeof names[0])
            srv_reply_header(&reply, names[i], "%0*d", (int)(10 * i) + 1, 7);
    }
    srv_reply_deinit(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_response_costs_what_is_charged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
