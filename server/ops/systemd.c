/* see systemd.h */
#include "ops/systemd.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void srv_systemd(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof address.sun_path || (*path != '/' && *path != '@'))
        return;
    memcpy(address.sun_path, path, len);
    if (*path == '@') /* the abstract name space */
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size) < 0) {
        /* Nobody listens: there is nothing to be done about that. */
    }
    close(fd);
}

void srv_systemd_alive(uint64_t now_ns)
{
    static uint64_t last_ns;
    const char *period = getenv("WATCHDOG_USEC");
    uint64_t half_ns = period ? strtoull(period, NULL, 10) * 500 : 0;
    if (!half_ns || now_ns - last_ns < half_ns)
        return;
    last_ns = now_ns;
    srv_systemd("WATCHDOG=1");
}
