/* Request fields with a grammar: Accept, Accept-Encoding, If-None-Match, Want-Repr-Digest. Never a read beyond the
 * text; qualities are thousandths; a tag listed strongly is listed weakly. */
#include <string.h>

#include "http/negotiate.h"
#include "http/conditions.h"
#include "http/fields.h"
#include "fuzz/fuzz.h"

const char *const fuzz_seeds[] = {
    "text/html, application/json;q=0.5, */*;q=0.1",
    "application/x-npy;v=\"a,b\";q=1.000",
    "gzip;q=0.5, identity; q=0, *;q=0",
    "\"abc\", W/\"def\", \"\"",
    "*",
    "sha-256=10, sha-512=0",
    "W/\"unterminated",
    NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = 0;
    FUZZ_CHECK(srv_negotiate_type(text, "application/json") <= 1000);
    FUZZ_CHECK(srv_negotiate_type(text, "text/plain") <= 1000);
    FUZZ_CHECK(srv_negotiate_coding(text, "gzip") <= 1000);
    FUZZ_CHECK(srv_negotiate_coding(text, "identity") <= 1000);
    FUZZ_CHECK(!srv_etag_listed(text, "\"abc\"", SRV_STRONG) || srv_etag_listed(text, "\"abc\"", SRV_WEAK));
    srv_digest_wanted(text);
    free(text);
    return 0;
}
