#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "files.h"

const int vz_o_path = O_PATH;
const int vz_o_noatime = O_NOATIME;
const int vz_o_tmpfile = O_TMPFILE;
const unsigned vz_rename_no_replace = RENAME_NOREPLACE;

static int open_resolving(int directory, const char *path, int flags, unsigned mode, uint64_t resolve) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = resolve;
    for (int attempt = 0;; attempt++) {
        long fd = syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || attempt == 100) return (int)fd;
    }
}

int vz_open_beneath(int directory, const char *path, int flags, unsigned mode) {
    return open_resolving(
        directory, path, flags, mode,
        RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

int vz_look_in_root(int directory, const char *path) {
    return open_resolving(directory, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int vz_status_at(int directory, const char *name, struct vz_status *out) {
    struct statx x;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name[0] ? 0 : AT_EMPTY_PATH);
    if (statx(directory, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &x) != 0) return -1;
    out->inode = x.stx_ino;
    out->mount = (x.stx_mask & STATX_MNT_ID) ? x.stx_mnt_id : 0;
    out->size = x.stx_size;
    out->blocks = x.stx_blocks;
    out->atime_s = x.stx_atime.tv_sec, out->atime_ns = x.stx_atime.tv_nsec;
    out->mtime_s = x.stx_mtime.tv_sec, out->mtime_ns = x.stx_mtime.tv_nsec;
    out->ctime_s = x.stx_ctime.tv_sec, out->ctime_ns = x.stx_ctime.tv_nsec;
    out->mode = x.stx_mode, out->links = x.stx_nlink, out->user = x.stx_uid, out->group = x.stx_gid;
    out->device_major = x.stx_rdev_major, out->device_minor = x.stx_rdev_minor;
    return 0;
}

int vz_rename(int from, const char *old_name, int to, const char *new_name, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, old_name, to, new_name, flags);
}

int vz_get_flags(int fd, uint32_t *flags) {
    int value = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &value) != 0) return -1;
    *flags = (uint32_t)value;
    return 0;
}
int vz_set_flags(int fd, uint32_t flags) {
    int value = (int)flags;
    return ioctl(fd, FS_IOC_SETFLAGS, &value);
}

int vz_allocate(int fd, int64_t size) { return fallocate(fd, 0, 0, size); }
void *vz_map(int fd, size_t size) {
    void *base = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return base == MAP_FAILED ? 0 : base;
}
int64_t vz_seek_data(int fd, int64_t offset) { return lseek(fd, offset, SEEK_DATA); }
int64_t vz_seek_hole(int fd, int64_t offset) { return lseek(fd, offset, SEEK_HOLE); }
int vz_syncfs(int fd) { return syncfs(fd); }
long vz_getdents(int fd, void *buffer, size_t size) { return syscall(SYS_getdents64, fd, buffer, size); }

int vz_clone(int fd, int source) { return ioctl(fd, FICLONE, source); }

int vz_open_still(const char *path) {
    struct mount_attr still;
    memset(&still, 0, sizeof still);
    still.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME;
    still.attr_clr = MOUNT_ATTR__ATIME;
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC);
    if (fd < 0 || syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &still, sizeof still) == 0) return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

/* The path by which calls that take no descriptor reach an O_PATH one: the magic link ends at the inode itself,
 * also where that is a symlink. */
static void proc_path(int fd, char out[32]) { snprintf(out, 32, "/proc/self/fd/%d", fd); }

int vz_reopen(int fd, int flags) {
    char path[32];
    proc_path(fd, path);
    return open(path, flags | O_CLOEXEC);
}
int vz_open_at(int directory, const char *name, int flags, unsigned mode) {
    return openat(directory, name, flags | O_CLOEXEC, mode);
}
ssize_t vz_list_xattr(int fd, char *names, size_t size) {
    char path[32];
    proc_path(fd, path);
    return listxattr(path, names, size);
}
ssize_t vz_get_xattr(int fd, const char *name, void *value, size_t size) {
    char path[32];
    proc_path(fd, path);
    return getxattr(path, name, value, size);
}
int vz_set_xattr(int fd, const char *name, const void *value, size_t size) {
    char path[32];
    proc_path(fd, path);
    return setxattr(path, name, value, size, 0);
}
int vz_remove_xattr(int fd, const char *name) {
    char path[32];
    proc_path(fd, path);
    return removexattr(path, name);
}
int vz_set_owner(int fd, uint32_t user, uint32_t group) {
    return fchownat(fd, "", user, group, AT_EMPTY_PATH);
}
int vz_set_mode(int fd, uint32_t mode) {
    char path[32];
    proc_path(fd, path);
    return chmod(path, mode);
}
int vz_set_times(int fd, int64_t atime_s, uint32_t atime_ns, int64_t mtime_s, uint32_t mtime_ns) {
    char path[32];
    struct timespec times[2] = {{atime_s, atime_ns}, {mtime_s, mtime_ns}};
    proc_path(fd, path);
    return utimensat(AT_FDCWD, path, times, 0);
}
int vz_link_descriptor(int fd, int directory, const char *name) {
    return linkat(fd, "", directory, name, AT_EMPTY_PATH);
}
int vz_make_node(int directory, const char *name, uint32_t mode, uint32_t major, uint32_t minor) {
    return mknodat(directory, name, mode, makedev(major, minor));
}

ssize_t vz_write_some(int fd, const void *bytes, size_t count) {
    struct iovec vector = {(void *)bytes, count};
    sigset_t pipe_only, before, pending;
    struct timespec none = {0, 0};
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    ssize_t written = pwritev2(fd, &vector, 1, -1, RWF_NOWAIT);
    if (written < 0 && (errno == EOPNOTSUPP || errno == EINVAL)) written = write(fd, bytes, count);
    int code = errno;
    if (written < 0 && code == EPIPE && !sigismember(&pending, SIGPIPE)) sigtimedwait(&pipe_only, 0, &none);
    pthread_sigmask(SIG_SETMASK, &before, 0);
    errno = code;
    return written;
}

int vz_wait_ready(int fd, int for_writing, int milliseconds) {
    struct pollfd entry = {fd, for_writing ? POLLOUT : POLLIN, 0};
    int ready = poll(&entry, 1, milliseconds);
    return ready < 0 && errno == EINTR ? 0 : ready;
}

int vz_is_zero(const void *bytes, size_t count) {
    const unsigned char *start = bytes;
    return count == 0 || (start[0] == 0 && memcmp(start, start + 1, count - 1) == 0);
}

int64_t vz_clock_ns(int clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
void vz_sleep_ms(unsigned milliseconds) {
    struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&time, 0);
}

int vz_errno(void) { return errno; }
int vz_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }
