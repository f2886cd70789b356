/* disk_dir.c - see disk_dir.h. */
#include "cache/disk_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/io.h"

#define SUFFIX ".wi"
#define TEMPORARY "weightd-tmp-"
#define TEMPORARY_SECONDS 600

/* ---- system calls ---------------------------------------------------------------------------------------------- */

static int sys_openat(int dir, const char *name, int flags, mode_t mode)
{
    return openat(dir, name, flags, mode);
}

static const struct srv_disk_io system_io = {
    .openat = sys_openat,
    .write = write,
    .pread = pread,
    .fsync = fsync,
    .renameat = renameat,
};

void srv_disk_dir_init(struct srv_disk_dir *dir, const char *path, const struct srv_disk_io *io)
{
    *dir = (struct srv_disk_dir){.path = path, .io = io ? io : &system_io};
    atomic_init(&dir->fd, -1);
    if (getrandom(&dir->nonce, sizeof dir->nonce, 0) != sizeof dir->nonce)
        dir->nonce = (uint64_t)getpid() << 32 | (uint64_t)time(NULL);
}

void srv_disk_dir_deinit(struct srv_disk_dir *dir)
{
    if (dir->fd >= 0)
        close(dir->fd);
}

bool srv_disk_dir_open(struct srv_disk_dir *dir)
{
    if (mkdir(dir->path, 0755) != 0 && errno != EEXIST)
        return false;
    int fd = dir->io->openat(AT_FDCWD, dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (dir->fd < 0) {
        dir->fd = fd;
        return true;
    }
    /* Readers may use the descriptor: replace what it stands for. */
    bool ok = dup3(fd, dir->fd, O_CLOEXEC) >= 0;
    close(fd);
    return ok;
}

bool srv_disk_dir_can_write(const char *path)
{
    char name[64];
    struct srv_disk_dir dir;
    srv_disk_dir_init(&dir, path, NULL);
    const bool made = mkdir(path, 0755) == 0;
    bool good = srv_disk_dir_open(&dir);
    snprintf(name, sizeof name, TEMPORARY "%016llx", (unsigned long long)dir.nonce);
    int fd = good ? openat(dir.fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644) : -1;
    const int failure = errno;
    if (fd >= 0) {
        close(fd);
        unlinkat(dir.fd, name, 0);
    }
    srv_disk_dir_deinit(&dir);
    if (made)
        rmdir(path);
    errno = failure;
    return fd >= 0;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

void srv_disk_dir_name(const uint8_t sha256[SRV_SHA256_BYTES], char name[SRV_DISK_NAME_BYTES])
{
    srv_hex(sha256, SRV_SHA256_BYTES, name);
    memcpy(name + 2 * SRV_SHA256_BYTES, SUFFIX, sizeof SUFFIX);
}

bool srv_disk_dir_parse(const char *name, uint8_t sha256[SRV_SHA256_BYTES])
{
    char ours[SRV_DISK_NAME_BYTES];
    if (!srv_hex_read(name, sha256, SRV_SHA256_BYTES))
        return false;
    srv_disk_dir_name(sha256, ours);
    return strcmp(name, ours) == 0; /* digits of lower case, and the suffix */
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static bool read_all(const struct srv_disk_dir *dir, int fd, void *buf, size_t n, uint64_t offset)
{
    uint8_t *out = buf;
    while (n > 0) {
        ssize_t got = dir->io->pread(fd, out, n, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = 0; /* the file has ended: it is broken */
        if (got <= 0)
            return false;
        out += got;
        offset += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

static enum srv_found unreadable(void)
{
    return errno == 0 ? SRV_BROKEN : SRV_UNREAD;
}

/* Open a file; *file_bytes is its size. */
static enum srv_found open_record(struct srv_disk_dir *dir, const char *name, int *fd, uint64_t *file_bytes)
{
    struct stat st;
    if (dir->fd < 0)
        return SRV_ABSENT;
    *fd = dir->io->openat(dir->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
    if (*fd < 0 && errno == ELOOP)
        return SRV_BROKEN;
    if (*fd < 0)
        return errno == ENOENT ? SRV_ABSENT : SRV_UNREAD;
    if (fstat(*fd, &st) != 0)
        return SRV_UNREAD;
    *file_bytes = (uint64_t)st.st_size;
    return S_ISREG(st.st_mode) ? SRV_FOUND : SRV_BROKEN;
}

/* Open a file and read its header. *fd must be closed, whatever comes out, unless it is -1. */
static enum srv_found open_header(struct srv_disk_dir *dir, const char *name, int *fd,
                                  uint8_t header[SRV_DISK_RECORD_BYTES], struct srv_disk_record *record)
{
    uint64_t file_bytes;
    enum srv_found found = open_record(dir, name, fd, &file_bytes);
    if (found != SRV_FOUND)
        return found;
    if (file_bytes < SRV_DISK_RECORD_BYTES)
        return SRV_BROKEN;
    if (!read_all(dir, *fd, header, SRV_DISK_RECORD_BYTES, 0))
        return unreadable();
    return srv_disk_record_decode(record, header, file_bytes) ? SRV_FOUND : SRV_BROKEN;
}

static enum srv_found read_body(struct srv_disk_dir *dir, int fd, const struct srv_disk_record *record,
                                struct srv_budget *budget, struct srv_blob **out)
{
    uint8_t sha[SRV_SHA256_BYTES];
    struct srv_blob *blob = record->body_bytes < SIZE_MAX ? srv_blob_new(budget, (size_t)record->body_bytes) : NULL;
    if (!blob)
        return SRV_UNREAD;
    enum srv_found found = SRV_FOUND;
    if (!read_all(dir, fd, blob->bytes, blob->size, SRV_DISK_RECORD_BYTES + (uint64_t)record->key_bytes)) {
        found = unreadable();
    } else {
        srv_sha256(blob->bytes, blob->size, sha);
        if (memcmp(sha, record->body_sha256, sizeof sha) != 0)
            found = SRV_BROKEN;
    }
    if (found == SRV_FOUND) {
        srv_blob_sha256_set(blob, sha);
        *out = blob;
    } else {
        srv_blob_unref(blob);
    }
    return found;
}

enum srv_found srv_disk_dir_read(struct srv_disk_dir *dir, const char *name, const void *key, size_t key_len,
                                 struct srv_budget *budget, struct srv_disk_record *record, struct srv_blob **blob)
{
    uint8_t header[SRV_DISK_RECORD_BYTES], stored_key[SRV_KEY_MAX];
    uint64_t producer = record->producer;
    int fd = -1;
    enum srv_found found = open_header(dir, name, &fd, header, record);
    if (found == SRV_FOUND && (record->producer != producer || record->key_bytes != key_len || key_len > SRV_KEY_MAX))
        found = SRV_BROKEN;
    if (found == SRV_FOUND && !read_all(dir, fd, stored_key, key_len, SRV_DISK_RECORD_BYTES))
        found = unreadable();
    if (found == SRV_FOUND && !srv_disk_record_matches(record, header, stored_key, key, key_len))
        found = SRV_BROKEN;
    if (found == SRV_FOUND)
        found = read_body(dir, fd, record, budget, blob);
    if (fd >= 0)
        close(fd);
    return found;
}

enum srv_found srv_disk_dir_peek(struct srv_disk_dir *dir, const char *name, struct srv_disk_record *record)
{
    uint8_t header[SRV_DISK_RECORD_BYTES];
    int fd = -1;
    enum srv_found found = open_header(dir, name, &fd, header, record);
    if (fd >= 0)
        close(fd);
    return found;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static bool write_file(struct srv_disk_dir *dir, int fd, const struct srv_disk_record *record, const void *key,
                       const uint8_t *body)
{
    uint8_t header[SRV_DISK_RECORD_BYTES];
    srv_disk_record_encode(record, key, header);
    return srv_write_all(dir->io->write, fd, header, sizeof header) &&
           srv_write_all(dir->io->write, fd, key, record->key_bytes) &&
           srv_write_all(dir->io->write, fd, body, (size_t)record->body_bytes) && dir->io->fsync(fd) == 0;
}

bool srv_disk_dir_write(struct srv_disk_dir *dir, const char *name, const struct srv_disk_record *record,
                        const void *key, const uint8_t *body)
{
    char temporary[64];
    if (dir->fd < 0) {
        errno = ENOENT;
        return false;
    }
    snprintf(temporary, sizeof temporary, TEMPORARY "%016llx-%llu", (unsigned long long)dir->nonce,
             (unsigned long long)dir->n_temporary++);
    int fd = dir->io->openat(dir->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool ok = write_file(dir, fd, record, key, body);
    int failure = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        failure = errno;
    }
    if (ok && dir->io->renameat(dir->fd, temporary, dir->fd, name) != 0) {
        ok = false;
        failure = errno;
    }
    if (!ok) {
        unlinkat(dir->fd, temporary, 0);
        errno = failure;
        return false;
    }
    return dir->io->fsync(dir->fd) == 0;
}

void srv_disk_dir_remove(struct srv_disk_dir *dir, const char *name)
{
    if (dir->fd >= 0)
        unlinkat(dir->fd, name, 0);
}

/* ---- listing --------------------------------------------------------------------------------------------------- */

static void remove_if_forgotten(struct srv_disk_dir *dir, const char *name)
{
    struct stat st;
    if (strncmp(name, TEMPORARY, sizeof TEMPORARY - 1) == 0 && fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        time(NULL) - st.st_mtime > TEMPORARY_SECONDS)
        srv_disk_dir_remove(dir, name);
}

bool srv_disk_dir_list(struct srv_disk_dir *dir, size_t max, void (*each)(void *arg, const char *name), void *arg)
{
    uint8_t sha256[SRV_SHA256_BYTES];
    int fd = dir->fd < 0 ? -1 : openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    size_t n = 0;
    const struct dirent *file;
    while (n < max && (file = readdir(list))) {
        if (srv_disk_dir_parse(file->d_name, sha256)) {
            each(arg, file->d_name);
            n++;
        } else {
            remove_if_forgotten(dir, file->d_name);
        }
    }
    closedir(list);
    return true;
}
