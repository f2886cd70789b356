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

const struct srv_builtin *srv_builtin_find(const char *name)
{
    for (unsigned i = 0; srv_builtin_at(i); i++)
        if (strcmp(srv_builtin_at(i)->name, name) == 0)
            return srv_builtin_at(i);
    return NULL;
}
