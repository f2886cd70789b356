/* see utf8.h */
#include "request/utf8.h"

#include <stdint.h>

struct sequence {
    unsigned length;
    uint32_t bits;  /* of the character, in the first byte */
    uint32_t least; /* character that needs so many bytes */
};

static struct sequence sequence_of(unsigned char first)
{
    if (first < 0x80)
        return (struct sequence){1, first, 0};
    if (first < 0xc0)
        return (struct sequence){0, 0, 0}; /* the middle of a character */
    if (first < 0xe0)
        return (struct sequence){2, first & 0x1f, 0x80};
    if (first < 0xf0)
        return (struct sequence){3, first & 0x0f, 0x800};
    return (struct sequence){first < 0xf8 ? 4 : 0, first & 0x07, 0x10000};
}

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character <= 0x9f);
}

static bool is_surrogate(uint32_t character)
{
    return character >= 0xd800 && character <= 0xdfff;
}

bool wi_utf8_is_name(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + len;
    while (at < end) {
        struct sequence s = sequence_of(*at);
        if (s.length == 0 || s.length > (size_t)(end - at))
            return false;
        uint32_t character = s.bits;
        for (unsigned i = 1; i < s.length; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return false;
            character = character << 6 | (at[i] & 0x3f);
        }
        if (character < s.least || character > 0x10ffff || is_surrogate(character) || is_control(character))
            return false;
        at += s.length;
    }
    return true;
}
