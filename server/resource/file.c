/* see file.h */
#include "resource/file.h"

#include <stdlib.h>
#include <string.h>

/* A number of the size of size_t. */
#if __SIZEOF_POINTER__ == 8
#define SIZE ".quad "
#else
#define SIZE ".long "
#endif

/* Put a file of the source tree into the read-only data, its length behind it, and make the constant srv_file_NAME of
 * both. The path is relative to the folder in which the compiler runs, the top of the tree; the Makefile knows that
 * this object depends on the files. The length is data, not a symbol at the end of the bytes: s390x wants symbols at
 * even addresses. */
#define FILE_ROW(name, path, type, caching, policy)                                             \
    __asm__(".pushsection .rodata\n"                                                            \
            ".balign 16\n"                                                                      \
            "srv_bytes_of_" #name ":\n"                                                         \
            ".incbin \"" path "\"\n"                                                            \
            "srv_end_of_" #name ":\n"                                                           \
            ".balign 8\n"                                                                       \
            "srv_length_of_" #name ":\n" SIZE "srv_end_of_" #name " - srv_bytes_of_" #name "\n" \
            ".popsection\n");                                                                   \
    extern const uint8_t srv_bytes_of_##name[] __attribute__((visibility("hidden")));           \
    extern const size_t srv_length_of_##name __attribute__((visibility("hidden")));             \
    const struct srv_file srv_file_##name = {path, type, caching, policy, srv_bytes_of_##name, &srv_length_of_##name};

SRV_FILES(FILE_ROW)

void srv_file_reply(const struct srv_file *file, struct srv_reply *reply)
{
    const size_t length = *file->length;
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, file->bytes, length);
        copy[length] = '\0';
    }
    srv_reply_text_take(reply, 200, file->type, copy, length);
    reply->caching = file->caching;
    if (file->policy)
        srv_reply_header(reply, "Content-Security-Policy", "%s", file->policy);
}
