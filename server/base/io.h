/* io.h - writing to file descriptors. */
#ifndef SRV_BASE_IO_H
#define SRV_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Write all bytes with the given write(2), and continue after short writes and signals. False: errno says why; it is
 * ENOSPC when write returns 0. */
bool srv_write_all(ssize_t (*write)(int fd, const void *bytes, size_t n), int fd, const void *bytes, size_t n);

#endif
