/* cc w.c $(pkg-config --cflags --libs wi) -o w && ./w > {{file}}: the same bytes, without a server */
#include <stdio.h>
#include <stdlib.h>
#include <wi.h>

int main(void)
{
    static const char query[] = "{{query}}";
    struct wi_sizes sizes;
    struct wi_error err = {0};
    wi_get(query, NULL, 0, &sizes, NULL);
    void *memory = malloc(sizes.memory_bytes);
    if (!memory || wi_get(query, memory, sizes.memory_bytes, &sizes, &err) != WI_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    fwrite(memory, 1, sizes.body_bytes, stdout);
    free(memory);
    return 0;
}
