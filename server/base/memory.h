/* memory.h - how much memory this process may use. */
#ifndef SRV_BASE_MEMORY_H
#define SRV_BASE_MEMORY_H

#include <stdint.h>

/* Bytes: the machine's memory, or the least limit of the process's cgroups and of those above them, of either version,
 * if that is less. */
uint64_t srv_memory_limit(void);

/* The least limit of a cgroup alone, with /proc and /sys below that folder ("": the system's); UINT64_MAX: none. */
uint64_t srv_memory_cgroup_limit(const char *root);

#endif
