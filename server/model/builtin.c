/* see builtin.h. The list of files is made by the Makefile: whatever lies in arch/ is built in. */
#include "model/builtin.h"

#include <string.h>

/* The assembler puts the bytes of a file into the program. */
#define FILE(name, path)                                                    \
    __asm__(".section .rodata\nsrv_file_" #name ":\n.incbin \"" path "\"\n" \
            "srv_file_end_" #name ":\n.byte 0\n.previous\n");               \
    extern const char srv_file_##name[], srv_file_end_##name[];
#include "model_files.h"
#undef FILE

const struct srv_builtin *srv_builtin_at(unsigned i)
{
    static const struct srv_builtin files[] = {
#define FILE(name, path) {#name, srv_file_##name, srv_file_end_##name},
#include "model_files.h"
#undef FILE
    };
    return i < sizeof files / sizeof *files ? &files[i] : NULL;
}

json_t *srv_builtin_json(const char *name, struct wi_error *err)
{
    for (unsigned i = 0; srv_builtin_at(i); i++) {
        const struct srv_builtin *file = srv_builtin_at(i);
        size_t len = (size_t)(file->end - file->text);
        if (strcmp(file->name, name) == 0)
            return srv_model_json(file->text, len, name, len, len, err);
    }
    return NULL;
}
