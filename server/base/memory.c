/* see memory.h */
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096

/* The number in a file; UINT64_MAX: there is none ("max"), or no such file. */
static uint64_t number_in(const char *path)
{
    unsigned long long number;
    FILE *file = fopen(path, "re");
    if (!file)
        return UINT64_MAX;
    const int n = fscanf(file, "%llu", &number);
    fclose(file);
    return n == 1 ? number : UINT64_MAX;
}

/* The least limit of a group and of those above it. In a container the path may lead nowhere: its own group is the
 * root. */
static uint64_t least_upwards(const char *root, const char *hierarchy, const char *group, const char *name)
{
    char path[PATH_BYTES], file[PATH_BYTES + 64];
    uint64_t least = UINT64_MAX;
    const int base = snprintf(path, sizeof path, "%s/sys/fs/cgroup%s", root, hierarchy);
    if (base < 0 || (size_t)base + strlen(group) >= sizeof path)
        return UINT64_MAX;
    strcpy(path + base, group);
    for (char *end = path + strlen(path); end;) {
        *end = '\0';
        snprintf(file, sizeof file, "%s/%s", path, name);
        const uint64_t limit = number_in(file);
        least = limit < least ? limit : least;
        end = strrchr(path + base, '/');
    }
    return least;
}

/* A line of /proc/self/cgroup: "0::/group" of version 2, "4:memory:/group" of version 1. */
static uint64_t limit_of_line(const char *root, const char *line)
{
    const char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return UINT64_MAX;
    group++;
    if (!strncmp(line, "0::", 3))
        return least_upwards(root, "", group, "memory.max");
    return !strncmp(controllers, ":memory:", 8) ? least_upwards(root, "/memory", group, "memory.limit_in_bytes")
                                                : UINT64_MAX;
}

uint64_t srv_memory_cgroup_limit(const char *root)
{
    char line[PATH_BYTES];
    uint64_t least = UINT64_MAX;
    snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        const uint64_t limit = limit_of_line(root, line);
        least = limit < least ? limit : least;
    }
    if (file)
        fclose(file);
    return least;
}

uint64_t srv_memory_limit(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    const uint64_t machine = pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes : UINT64_MAX;
    const uint64_t group = srv_memory_cgroup_limit("");
    return group < machine ? group : machine;
}
