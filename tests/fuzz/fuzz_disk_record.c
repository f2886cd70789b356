/* The header of a disk-tier file: a decoded header fits the file; an encoded one decodes to itself; a changed byte of
 * header or key never matches. The input is the key, from which a good header is made, and the place and kind of the
 * damage. */
#include <string.h>

#include "cache/disk_record.h"
#include "fuzz/fuzz.h"

const char *const fuzz_seeds[] = {
    "/init?alg=1&scheme=orthogonal&shape=8,8",
    "k",
    "weightd",
    NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srv_disk_record entry = {.body_bytes = size * 3, .cost_ns = size * 1000}, decoded;
    uint8_t header[SRV_DISK_RECORD_BYTES], raw[SRV_DISK_RECORD_BYTES] = {0};
    if (size == 0)
        return 0;
    memcpy(raw, data, size < sizeof raw ? size : sizeof raw); /* any bytes as a header */
    if (srv_disk_record_decode(&decoded, raw, size))
        FUZZ_CHECK(srv_disk_record_file_bytes(&decoded) == size);

    uint32_t key_bytes = (uint32_t)(size < 4096 ? size : 4096);
    entry.key_bytes = key_bytes;
    memset(entry.body_sha256, data[0], sizeof entry.body_sha256);
    srv_disk_record_encode(&entry, data, header);
    FUZZ_CHECK(srv_disk_record_decode(&decoded, header, srv_disk_record_file_bytes(&entry)));
    FUZZ_CHECK(decoded.key_bytes == entry.key_bytes && decoded.body_bytes == entry.body_bytes);
    FUZZ_CHECK(decoded.cost_ns == entry.cost_ns);
    FUZZ_CHECK(srv_disk_record_matches(&decoded, header, data, data, key_bytes));
    FUZZ_CHECK(!srv_disk_record_decode(&decoded, header, srv_disk_record_file_bytes(&entry) + 1));

    size_t at = (size_t)data[size / 2] % SRV_DISK_RECORD_BYTES;
    header[at] ^= (uint8_t)(1 << (data[size - 1] % 8));
    FUZZ_CHECK(!srv_disk_record_decode(&decoded, header, srv_disk_record_file_bytes(&entry)) ||
               !srv_disk_record_matches(&decoded, header, data, data, key_bytes));
    return 0;
}
