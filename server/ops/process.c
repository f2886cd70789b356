/* see process.h */
#include "ops/process.h"

#include <dirent.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void print(FILE *out, const char *name, const char *type, const char *help, double value)
{
    fprintf(out, "# HELP process_%s %s\n# TYPE process_%s %s\nprocess_%s %.17g\n", name, help, name, type, name, value);
}

static unsigned open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;
    if (!dir)
        return 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n > 3 ? n - 3 : 0; /* ".", ".." and the one that reads */
}

/* Fields of /proc/self/stat by their number in proc(5); 0 if they cannot be read. */
static void stat_fields(unsigned long long *threads, unsigned long long *start, unsigned long long *virtual_bytes,
                        unsigned long long *resident_pages)
{
    char line[1024] = "";
    FILE *f = fopen("/proc/self/stat", "re");
    if (!f)
        return;
    if (!fgets(line, sizeof line, f))
        *line = '\0';
    fclose(f);
    const char *after_name = strrchr(line, ')'); /* the name may have blanks */
    if (after_name)
        sscanf(after_name + 2,
               "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %*s %llu %llu %llu", threads,
               start, virtual_bytes, resident_pages);
}

/* When the system was started, in seconds since 1970. */
static double boot_time(void)
{
    struct timespec now, up;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &up);
    return (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9;
}

void srv_process_print(FILE *out)
{
    unsigned long long threads = 0, start = 0, virtual_bytes = 0, resident_pages = 0;
    struct timespec cpu;
    struct rlimit files = {0};
    stat_fields(&threads, &start, &virtual_bytes, &resident_pages);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    getrlimit(RLIMIT_NOFILE, &files);
    print(out, "cpu_seconds_total", "counter", "Processor time spent.", (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
    print(out, "resident_memory_bytes", "gauge", "Memory in use.",
          (double)resident_pages * (double)sysconf(_SC_PAGESIZE));
    print(out, "virtual_memory_bytes", "gauge", "Address space in use.", (double)virtual_bytes);
    print(out, "open_fds", "gauge", "Open file descriptors.", open_files());
    print(out, "max_fds", "gauge", "Most file descriptors that may be open.", (double)files.rlim_cur);
    print(out, "threads", "gauge", "Threads.", (double)threads);
    print(out, "start_time_seconds", "gauge", "When the process started, since 1970.",
          boot_time() + (double)start / (double)sysconf(_SC_CLK_TCK));
}
