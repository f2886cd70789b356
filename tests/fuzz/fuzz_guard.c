/* Header fields, one per line ("Name: value"), and the verdict: never a crash, and an accepted header has one Host
 * without blanks or controls, at most one length, and not both framings. */
#include <string.h>
#include <strings.h>

#include "fuzz/fuzz.h"
#include "http/guard.h"

const char *const fuzz_seeds[] = {
    "Host: a\nContent-Length: 5",
    "Host: a:80\nTransfer-Encoding: chunked\nAccept: */*",
    "Host: a\nHost: b",
    "Host: [::1]:8080\nContent-Length: 5\nContent-Length: 6",
    "Host: a\nContent-Length: 1\nTransfer-Encoding: chunked",
    "Host: user@x/\nRange: bytes=0-1\nIf-None-Match: *",
    NULL,
};

struct seen {
    unsigned hosts, lengths, codings;
};

static void feed(struct srv_guard *guard, struct seen *seen, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name = colon ? (size_t)(colon - line) : len, skip = colon && name + 1 < len && colon[1] == ' ';
    size_t at = colon ? name + 1 + skip : len;
    srv_guard_field(guard, line, name, line + at, len - at);
    seen->hosts += name == 4 && !strncasecmp(line, "Host", 4);
    seen->lengths += name == 14 && !strncasecmp(line, "Content-Length", 14);
    seen->codings += name == 17 && !strncasecmp(line, "Transfer-Encoding", 17);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srv_guard guard = {0};
    struct seen seen = {0};
    const char *detail = NULL, *at = (const char *)data, *end = at + size;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        feed(&guard, &seen, at, len);
        at += len + 1;
    }
    const char *slug = srv_guard_verdict(&guard, "GET", "HTTP/1.1", &detail);
    if (!slug) {
        FUZZ_CHECK(seen.hosts == 1 && seen.lengths <= 1 && seen.codings <= 1);
        FUZZ_CHECK(!(seen.lengths && seen.codings));
    }
    return 0;
}
