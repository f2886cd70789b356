/* A Range field against a body of any length: parts lie within the body, in order of their request, and never overlap a
 * neighbour. The first line of the input is the length. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/range.h"

const char *const fuzz_seeds[] = {
    "100\nbytes=0-9",
    "100\nbytes=-5",
    "100\nbytes=90-",
    "100\nbytes=0-1,4-5,8-9,-1",
    "18446744073709551615\nbytes=18446744073709551614-18446744073709551615,0-0",
    "0\nbytes=0-",
    "10\nbytes=5-4, 3-99999999999999999999999999",
    "7\nitems=0-1",
    NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = 0;
    char *field = strchr(text, '\n');
    uint64_t length = strtoull(text, NULL, 10);
    struct srv_range parts[SRV_RANGES_MAX];
    size_t n = 0;
    if (field && srv_range_read(field + 1, length, parts, &n) == SRV_RANGE_PARTIAL) {
        FUZZ_CHECK(n >= 1 && n <= SRV_RANGES_MAX);
        for (size_t i = 0; i < n; i++) {
            FUZZ_CHECK(parts[i].length >= 1);
            FUZZ_CHECK(parts[i].first < length && parts[i].length <= length - parts[i].first);
        }
    }
    free(text);
    return 0;
}
