/* see file.h */
#include "resource/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "http/coding.h"

/* A number of the size of size_t. */
#if __SIZEOF_POINTER__ == 8
#define SIZE ".quad "
#else
#define SIZE ".long "
#endif

/* Put a file of the source tree, compressed by the Makefile, into the read-only data, its length behind it, and make the
 * constant srv_file_NAME of both. The length is data, not a symbol at the end of the bytes: s390x wants symbols at even
 * addresses. */
#define FILE_ROW(name, path, type, caching, policy)                                             \
    __asm__(".pushsection .rodata\n"                                                            \
            ".balign 16\n"                                                                      \
            "srv_bytes_of_" #name ":\n"                                                         \
            ".incbin \"" path ".gz\"\n"                                                         \
            "srv_end_of_" #name ":\n"                                                           \
            ".balign 8\n"                                                                       \
            "srv_length_of_" #name ":\n" SIZE "srv_end_of_" #name " - srv_bytes_of_" #name "\n" \
            ".popsection\n");                                                                   \
    extern const uint8_t srv_bytes_of_##name[] __attribute__((visibility("hidden")));           \
    extern const size_t srv_length_of_##name __attribute__((visibility("hidden")));             \
    const struct srv_file srv_file_##name = {path, type, caching, policy, srv_bytes_of_##name, &srv_length_of_##name};

SRV_FILES(FILE_ROW)

/* A gzip file ends with the CRC-32 and the length of what was compressed (RFC 1952, section 2.3.1). */
enum { TRAILER_BYTES = 8, TRAILER_LENGTH = 4 };

static const uint8_t *trailer_of(const struct srv_file *file)
{
    return file->gzip + *file->gzip_length - TRAILER_BYTES;
}

static size_t length_of(const struct srv_file *file)
{
    const uint8_t *const at = trailer_of(file) + TRAILER_LENGTH;
    return at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

char *srv_file_read(const struct srv_file *file, size_t *length)
{
    *length = length_of(file);
    char *bytes = malloc(*length + 1);
    if (bytes && srv_gunzip(file->gzip, *file->gzip_length, (uint8_t *)bytes, *length) != *length) {
        free(bytes);
        return NULL;
    }
    if (bytes)
        bytes[*length] = '\0';
    return bytes;
}

void srv_file_checksum(const struct srv_file *file, char hex[SRV_FILE_CHECKSUM_CAP])
{
    srv_hex(trailer_of(file), TRAILER_BYTES, hex);
}

/* The bytes as they are carried. */
static char *copy_gzip(const struct srv_file *file, size_t *length)
{
    *length = *file->gzip_length;
    char *copy = malloc(*length);
    return copy ? memcpy(copy, file->gzip, *length) : NULL;
}

void srv_file_reply(const struct srv_file *file, const struct srv_request *req, struct srv_reply *reply)
{
    size_t length;
    const bool gzip = *file->gzip_length < length_of(file) && srv_gzip_wanted(req);
    char *bytes = (gzip ? copy_gzip : srv_file_read)(file, &length);
    srv_reply_text_take(reply, 200, file->type, bytes, length);
    reply->gzip = gzip;
    reply->vary |= SRV_BIT(SRV_FIELD_ACCEPT_ENCODING);
    reply->caching = file->caching;
    if (file->policy)
        srv_reply_header(reply, "Content-Security-Policy", "%s", file->policy);
}
