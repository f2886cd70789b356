/* Reading a folder of repositories. See folder.h.
 *
 * Every name is opened below the descriptor of its repository, and the kernel is told that links must stay below it.
 * Nothing is opened by a path that was checked before. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hub/folder.h"
#include "hub/folder_private.h"

#define PATH_CAP 512
#define TRIES 3 /* to read a file that changes */

struct reading {
    struct srv_hub_folder *folder;
    srv_hub_report *report;
    void *arg;
    struct srv_hub_own own; /* the repository that is read */
    size_t room;            /* for files of it */
    int repo_fd;
    bool lost; /* no memory */
};

static void refuse(const struct reading *r, const char *path, const char *format, ...)
{
    char why[200];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    if (r->report)
        r->report(r->arg, path, why);
}

/* Open a path below a descriptor; links may lead elsewhere below it, but not out of it. */
static int open_below(int fd, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK),
                           .resolve = (uint64_t)RESOLVE_BENEATH | (uint64_t)RESOLVE_NO_MAGICLINKS};
    const int opened = (int)syscall(SYS_openat2, fd, path, &how, sizeof how);
    if (opened >= 0 || errno != ENOSYS)
        return opened;
    return openat(fd, path,
                  flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW); /* an old kernel: no links at all */
}

static const char *open_fault(int error)
{
    return error == EXDEV || error == ELOOP ? "a link that leaves the repository, or leads round in a circle"
                                            : strerror(error);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Read n bytes, and one more to see that there is none. */
static bool read_exactly(int fd, char *bytes, size_t n)
{
    for (size_t at = 0; at <= n;) {
        const ssize_t got = pread(fd, bytes + at, n + 1 - at, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 && at == n;
        at += (size_t)got;
    }
    return false;
}

/* The content of a file that did not change meanwhile. NULL: it did, or there is no memory (r->lost). */
static char *read_steadily(struct reading *r, int fd, size_t *len)
{
    for (unsigned i = 0; i < TRIES; i++) {
        struct stat before, after;
        if (fstat(fd, &before) || before.st_size > SRV_HUB_FILE_BYTES)
            return NULL;
        char *bytes = malloc((size_t)before.st_size + 1);
        if (!bytes) {
            r->lost = true;
            return NULL;
        }
        *len = (size_t)before.st_size;
        if (read_exactly(fd, bytes, *len) && !fstat(fd, &after) && is_same(&before, &after)) {
            bytes[*len] = '\0';
            return bytes;
        }
        free(bytes);
    }
    return NULL;
}

static bool ends_with(const char *name, const char *ending)
{
    const size_t n = strlen(name), e = strlen(ending);
    return n >= e && !strcmp(name + n - e, ending);
}

/* Weights are made, and would be taken for those that are made. */
static bool is_weights(const char *path)
{
    static const char *const endings[] = {".safetensors", ".gguf",    ".bin",  ".pt", ".pth",
                                          ".h5",          ".msgpack", ".onnx", NULL};
    for (const char *const *ending = endings; *ending; ending++)
        if (ends_with(path, *ending))
            return true;
    return !strcmp(path, "model.safetensors.index.json");
}

/* Take the content as the file of that path. */
static void keep(struct reading *r, const char *path, char *bytes, size_t len)
{
    struct srv_hub_own *own = &r->own;
    struct srv_hub_own_file *to = &own->manifest;
    if (strcmp(path, "manifest.json")) {
        if (own->n_files == r->room) {
            const size_t room = r->room ? 2 * r->room : 16;
            struct srv_hub_own_file *file = realloc(own->file, room * sizeof *file);
            if (!file) {
                r->lost = true;
                free(bytes);
                return;
            }
            own->file = file;
            r->room = room;
        }
        to = &own->file[own->n_files++];
    }
    *to = (struct srv_hub_own_file){strdup(path), bytes, len};
    r->lost |= !to->path;
    r->folder->bytes += len;
}

/* shown: the path below DIR, for reports. */
static void read_file(struct reading *r, const char *path, const char *shown, int fd, const struct stat *stat)
{
    size_t len = 0;
    if (is_weights(path))
        refuse(r, shown, "weights are made, not read");
    else if (stat->st_size > SRV_HUB_FILE_BYTES)
        refuse(r, shown, "it has more than %u MiB", SRV_HUB_FILE_BYTES >> 20);
    else if (stat->st_size == 0)
        refuse(r, shown, "it is empty, and some clients cannot fetch an empty file");
    else if (r->folder->bytes + (size_t)stat->st_size > SRV_HUB_FOLDER_BYTES)
        refuse(r, shown, "all files have more than %u MiB", SRV_HUB_FOLDER_BYTES >> 20);
    else if (r->own.n_files == SRV_HUB_FILES_MAX)
        refuse(r, shown, "the repository has more than %u files", SRV_HUB_FILES_MAX);
    else {
        char *bytes = read_steadily(r, fd, &len);
        if (bytes)
            keep(r, path, bytes, len);
        else if (!r->lost)
            refuse(r, shown, "it changes while it is read");
    }
}

/* ---- folders ----------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

/* The names in a folder but hidden ones, sorted. The descriptor is taken. */
static char **list(struct reading *r, int fd, size_t *n)
{
    DIR *dir = fdopendir(fd);
    char **names = NULL;
    size_t room = 0;
    *n = 0;
    if (!dir) {
        close(fd);
        return NULL;
    }
    for (struct dirent *entry; !r->lost && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        if (*n == room) {
            room = room ? 2 * room : 16;
            char **more = realloc(names, room * sizeof *more);
            if (!more) {
                r->lost = true;
                break;
            }
            names = more;
        }
        names[*n] = strdup(entry->d_name);
        r->lost |= !names[*n];
        *n += names[*n] != NULL;
    }
    closedir(dir);
    if (*n)
        qsort(names, *n, sizeof *names, by_name);
    return names;
}

static bool is_plain(const char *name)
{
    for (const char *p = name; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("\\\"%?#<>|*:", *p))
            return false;
    return strlen(name) <= SRV_HUB_NAME_MAX;
}

static void read_folder(struct reading *r, const char *folder, unsigned depth);

static void read_entry(struct reading *r, const char *path, const char *name, unsigned depth)
{
    char shown[2 * PATH_CAP];
    struct stat stat;
    snprintf(shown, sizeof shown, "%s/%s", r->own.id, path);
    if (!is_plain(name)) {
        refuse(r, shown, "a name has printable characters that no path needs to escape, 96 at most");
        return;
    }
    const int fd = open_below(r->repo_fd, path, 0);
    if (fd < 0 || fstat(fd, &stat))
        refuse(r, shown, "%s", open_fault(errno));
    else if (S_ISREG(stat.st_mode))
        read_file(r, path, shown, fd, &stat);
    else if (!S_ISDIR(stat.st_mode))
        refuse(r, shown, "it is neither a file nor a folder");
    else if (depth == SRV_HUB_DEPTH_MAX)
        refuse(r, shown, "more than %u folders, one within another", SRV_HUB_DEPTH_MAX);
    else
        read_folder(r, path, depth + 1);
    if (fd >= 0)
        close(fd);
}

static void read_folder(struct reading *r, const char *folder, unsigned depth)
{
    size_t n;
    const int fd = open_below(r->repo_fd, *folder ? folder : ".", O_DIRECTORY);
    char **names = fd < 0 ? NULL : list(r, fd, &n);
    for (size_t i = 0; names && i < n && !r->lost; i++) {
        char path[PATH_CAP];
        if ((size_t)snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", names[i]) < 240)
            read_entry(r, path, names[i], depth);
        else
            refuse(r, folder, "paths in it are longer than 240 bytes");
    }
    free_names(names, names ? n : 0);
}

/* ---- repositories ------------------------------------------------------------------------------------------------ */

/* Put the repository that was read into the folder, if it is one. */
static void finish_repo(struct reading *r)
{
    struct srv_hub_folder *folder = r->folder;
    if (folder->n == folder->room) {
        const size_t room = folder->room ? 2 * folder->room : 16;
        struct srv_hub_own *own = realloc(folder->own, room * sizeof *own);
        if (!own) {
            r->lost = true;
            hub_own_free(&r->own);
            return;
        }
        folder->own = own;
        folder->room = room;
    }
    folder->own[folder->n++] = r->own;
    r->own = (struct srv_hub_own){.id = NULL};
}

/* A repository; the descriptor stays the caller's. */
static void read_repo(struct reading *r, const char *id, int fd)
{
    if (r->folder->n == SRV_HUB_REPOS_MAX) {
        refuse(r, id, "there are more than %u repositories", SRV_HUB_REPOS_MAX);
        return;
    }
    r->own = (struct srv_hub_own){.id = strdup(id)};
    r->room = 0;
    r->repo_fd = fd;
    r->lost |= !r->own.id;
    if (!r->lost)
        read_folder(r, "", 1);
    if (r->lost) {
        hub_own_free(&r->own);
        return;
    }
    char why[160];
    if (hub_own_finish(&r->own, why, sizeof why)) {
        finish_repo(r);
        return;
    }
    refuse(r, id, "%s", why);
    hub_own_free(&r->own);
}

static bool is_repo(int fd)
{
    return !faccessat(fd, "config.json", F_OK, AT_SYMLINK_NOFOLLOW) ||
           !faccessat(fd, "manifest.json", F_OK, AT_SYMLINK_NOFOLLOW);
}

/* Repositories of the folder `fd`, which is DIR (org NULL) or that of an organization. The descriptor is taken. */
static void read_repos(struct reading *r, const char *org, int fd)
{
    size_t n;
    const int kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    char **names = list(r, fd, &n);
    for (size_t i = 0; names && i < n && !r->lost; i++) {
        char id[2 * PATH_CAP];
        struct stat stat;
        snprintf(id, sizeof id, "%s%s%s", org ? org : "", org ? "/" : "", names[i]);
        const int below = open_below(kept, names[i], 0);
        if (below < 0 || fstat(below, &stat)) {
            refuse(r, id, "%s", open_fault(errno));
        } else if (S_ISDIR(stat.st_mode)) {
            const bool repo = org || is_repo(below);
            const char *fault = srv_hub_name_fault(names[i], repo);
            if (fault)
                refuse(r, id, "%s", fault);
            else if (repo)
                read_repo(r, id, below);
            else
                read_repos(r, names[i], fcntl(below, F_DUPFD_CLOEXEC, 0));
        } else if (org || !ends_with(names[i], ".json")) { /* those of DIR itself are architectures and presets */
            refuse(r, id, "it is no folder of a repository");
        }
        if (below >= 0)
            close(below);
    }
    free_names(names, names ? n : 0);
    if (kept >= 0)
        close(kept);
}

struct srv_hub_folder *srv_hub_folder_load(const char *dir, srv_hub_report *report, void *arg, char *error, size_t cap)
{
    struct reading r = {.folder = calloc(1, sizeof *r.folder), .report = report, .arg = arg};
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        snprintf(error, cap, "cannot read the folder %.200s: %s", dir, strerror(errno));
    if (fd < 0 || !r.folder) {
        if (fd >= 0) {
            close(fd);
            snprintf(error, cap, "out of memory");
        }
        free(r.folder);
        return NULL;
    }
    atomic_init(&r.folder->refs, 1);
    read_repos(&r, NULL, fd);
    if (!r.lost)
        return r.folder;
    snprintf(error, cap, "out of memory");
    srv_hub_folder_unref(r.folder);
    return NULL;
}
