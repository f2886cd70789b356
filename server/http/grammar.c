/* see grammar.h */
#include "http/grammar.h"

#include <string.h>

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* For each byte, where it may stand: 0 nowhere, 1 in field values (RFC 9110 section 5.5: visible characters, blanks,
 * tabs and obs-text), 2 also in tokens (section 5.6.2), 3 also in host names (RFC 3986 section 3.2.2, without
 * sub-delims). */
static const char places[] = "0000000001000000"
                             "0000000000000000"
                             "1212232211221331"
                             "3333333333111111"
                             "1333333333333333"
                             "3333333333311123"
                             "2333333333333333"
                             "3333333333312130"
                             "1111111111111111"
                             "1111111111111111"
                             "1111111111111111"
                             "1111111111111111"
                             "1111111111111111"
                             "1111111111111111"
                             "1111111111111111"
                             "1111111111111111";

static char place_of(char c)
{
    return places[(unsigned char)c];
}

/* The lowest place among the bytes of the text. */
static char places_of(const char *text, size_t len)
{
    char fewest = '3';
    for (size_t i = 0; i < len; i++)
        fewest = place_of(text[i]) < fewest ? place_of(text[i]) : fewest;
    return fewest;
}

bool srv_is_token(const char *text, size_t len)
{
    return len > 0 && places_of(text, len) >= '2';
}

bool srv_is_field_value(const char *text, size_t len)
{
    return places_of(text, len) >= '1';
}

bool srv_is_host(const char *text, size_t len)
{
    size_t i = 0;
    if (len > 0 && text[0] == '[') {
        for (i = 1; i < len && (is_alnum(text[i]) || (text[i] && strchr(":.%", text[i]))); i++)
            ;
        if (i == len || text[i++] != ']' || i < 4)
            return false;
    } else {
        while (i < len && place_of(text[i]) == '3')
            i++;
        if (i == 0)
            return false;
    }
    if (i < len && text[i++] != ':')
        return false;
    for (; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

bool srv_method_known(const char *method)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(method, known[i]))
            return true;
    return false;
}
