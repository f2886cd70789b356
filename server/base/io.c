/* see io.h */
#include "base/io.h"

#include <errno.h>
#include <stdint.h>

bool srv_write_all(ssize_t (*write)(int fd, const void *bytes, size_t n), int fd, const void *bytes, size_t n)
{
    for (const uint8_t *at = bytes; n > 0;) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done == 0)
            errno = ENOSPC;
        if (done <= 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}
