/* see host.h */
#include "http/host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "http/fields.h"

#define ADDRESS_MAX 64

static bool is_word(const char *word, const char *text, size_t len)
{
    return strlen(word) == len && !strncasecmp(word, text, len);
}

static bool is_address(int family, const char *text, size_t len)
{
    char copy[ADDRESS_MAX];
    unsigned char address[16];
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    copy[strcspn(copy, "%")] = '\0'; /* the zone of an IPv6 address */
    return inet_pton(family, copy, address) == 1;
}

static bool is_local(const char *host, size_t len)
{
    static const char below[] = ".localhost";
    const size_t n = sizeof below - 1;
    return is_word("localhost", host, len) || (len > n && is_word(below, host + len - n, n));
}

bool srv_host_is_served(const char *names, const char *authority, size_t len)
{
    struct srv_item name;
    if (len > 0 && *authority == '[') {
        const char *end = memchr(authority, ']', len);
        return end && is_address(AF_INET6, authority + 1, (size_t)(end - authority - 1));
    }
    const char *port = memchr(authority, ':', len);
    len = port ? (size_t)(port - authority) : len;
    if (len > 0 && authority[len - 1] == '.') /* the root of all names */
        len--;
    if (is_address(AF_INET, authority, len) || is_local(authority, len))
        return true;
    while (names && srv_list_next(&names, &name))
        if (name.len == len && !strncasecmp(name.text, authority, len))
            return true;
    return false;
}
