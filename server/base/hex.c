/* see hex.h */
#include "base/hex.h"

int srv_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const int letter = c | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool srv_hex_read(const char *text, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < 2 * len; i++) {
        int digit = srv_hex_digit(text[i]);
        if (digit < 0)
            return false;
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
    }
    return true;
}

void srv_hex(const uint8_t *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < 2 * len; i++)
        out[i] = "0123456789abcdef"[i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4];
    out[2 * len] = '\0';
}
