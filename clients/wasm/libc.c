/* libc.c - the functions of string.h that libwi uses, and memory for one request at a time, for a module without a C library.
 * Compiled with -fno-builtin, so that no loop becomes a call of itself. */
#include <stdint.h>
#include <string.h>

#define PAGE 65536

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    __builtin_memcpy(to, from, n); /* one instruction: -mbulk-memory */
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    __builtin_memmove(to, from, n);
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    __builtin_memset(to, byte, n);
    return to;
}

void *memchr(const void *from, int byte, size_t n)
{
    const unsigned char *p = from;
    for (; n > 0; n--, p++)
        if (*p == (unsigned char)byte)
            return (void *)(uintptr_t)p;
    return NULL;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a, *q = b;
    for (; n > 0; n--, p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

size_t strlen(const char *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++)
        if (!*text)
            return NULL;
    return (char *)(uintptr_t)text;
}

char *strcpy(char *restrict to, const char *restrict from)
{
    memcpy(to, from, strlen(from) + 1);
    return to;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

/* The characters at the start of text that are in the set, or are not. */
static size_t span(const char *text, const char *set, int is_in)
{
    size_t n = 0;
    while (text[n] && (strchr(set, text[n]) != NULL) == is_in)
        n++;
    return n;
}

size_t strspn(const char *text, const char *set)
{
    return span(text, set, 1);
}

size_t strcspn(const char *text, const char *set)
{
    return span(text, set, 0);
}

/* ---- what clang calls for 128-bit arithmetic, by names of its own ---- */

#define LOW(x) ((x)&UINT32_MAX)
#define HIGH(x) ((x) >> 32)

static unsigned __int128 join(uint64_t high, uint64_t low)
{
    union {
        uint64_t word[2];
        unsigned __int128 whole;
    } both = {{low, high}};
    return both.whole;
}

/* The whole product of two words, from four products of halves. */
static unsigned __int128 product(uint64_t a, uint64_t b)
{
    const uint64_t low = LOW(a) * LOW(b);
    const uint64_t middle = HIGH(a) * LOW(b) + HIGH(low);
    const uint64_t other = LOW(a) * HIGH(b) + LOW(middle);
    return join(HIGH(a) * HIGH(b) + HIGH(middle) + HIGH(other), other << 32 | LOW(low));
}

unsigned __int128 __multi3(unsigned __int128 a, unsigned __int128 b);
unsigned __int128 __multi3(unsigned __int128 a, unsigned __int128 b)
{
    union {
        unsigned __int128 whole;
        uint64_t word[2];
    } x = {a}, y = {b}, low = {product(x.word[0], y.word[0])};
    return join(low.word[1] + x.word[0] * y.word[1] + x.word[1] * y.word[0], low.word[0]);
}

/* ---- memory ---- */

/* Where memory begins that the linker has given to nothing. */
extern unsigned char __heap_base;

/* Memory for a request: all that is free from a fixed address on, grown as it is needed. It is lent until the next call.
 * NULL: there is no more. */
void *memory_for(uint64_t bytes);
__attribute__((export_name("memory_for"))) void *memory_for(uint64_t bytes)
{
    const uint64_t begin = ((uint64_t)(uintptr_t)&__heap_base + 63) & ~UINT64_C(63);
    const uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
    if (bytes > UINT32_MAX - begin)
        return NULL;
    const uint64_t need = begin + bytes;
    if (need > have && __builtin_wasm_memory_grow(0, (size_t)((need - have + PAGE - 1) / PAGE)) == SIZE_MAX)
        return NULL;
    return (void *)(uintptr_t)begin;
}
