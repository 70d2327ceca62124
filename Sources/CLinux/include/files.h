/* Linux system calls that glibc does not wrap, that are variadic, or that Swift cannot import.
 * Every function returns what the system call returns, or -1 with errno set, unless it says otherwise.
 * No system header is included here: with _GNU_SOURCE their types would clash with those of the Glibc module. */
#ifndef VZ_FILES_H
#define VZ_FILES_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* O_PATH, O_NOATIME and O_TMPFILE, which Glibc hides from Swift. */
extern const int vz_o_path, vz_o_noatime, vz_o_tmpfile;

/* Opens `path` below `directory`, never through a symlink, a magic link, `..` out of it, or a mount (EXDEV).
 * See: 'man 2 openat2'. EAGAIN (a rename raced with the walk) is retried here. */
int vz_open_beneath(int directory, const char *path, int flags, unsigned mode);
/* Opens what `path` names to a process whose root is `directory`, links included, and nothing outside of it; only to be
 * looked at (O_PATH, the last link itself). See: 'man 2 openat2', RESOLVE_IN_ROOT. */
int vz_look_in_root(int directory, const char *path);

/* What statx says of one inode, in types that Swift reads. */
struct vz_status {
    uint64_t inode, mount, size, blocks;
    int64_t atime_s, mtime_s, ctime_s;
    uint32_t atime_ns, mtime_ns, ctime_ns;
    uint32_t mode, links, user, group, device_major, device_minor;
};

/* Status of `name` below `directory` (a symlink itself, never its target), or of `directory` when `name` is "". */
int vz_status_at(int directory, const char *name, struct vz_status *out);

/* For vz_rename: what has the new name already stays (EEXIST). */
extern const unsigned vz_rename_no_replace;

/* See: 'man 2 renameat2'. */
int vz_rename(int from, const char *old_name, int to, const char *new_name, unsigned flags);

/* The inode flags of chattr. See: 'man 2 ioctl_iflags'. */
int vz_get_flags(int fd, uint32_t *flags);
int vz_set_flags(int fd, uint32_t flags);

/* Reserves blocks for the first `size` bytes. */
int vz_allocate(int fd, int64_t size);
/* A shared mapping of the first `size` bytes, or NULL. */
void *vz_map(int fd, size_t size);
int64_t vz_seek_data(int fd, int64_t offset);
int64_t vz_seek_hole(int fd, int64_t offset);
int vz_syncfs(int fd);
/* Gives `fd`, which is empty, the content of `source` without copying it. See: 'man 2 ioctl_ficlone'. */
int vz_clone(int fd, int source);
long vz_getdents(int fd, void *buffer, size_t size);

/* A directory (as with O_PATH) on a mount of its own, which is read-only and moves no access time of anything below
 * it, and which ends with the descriptor. See: 'man 2 open_tree', 'man 2 mount_setattr'. */
int vz_open_still(const char *path);

int vz_reopen(int fd, int flags);
int vz_open_at(int directory, const char *name, int flags, unsigned mode);
ssize_t vz_list_xattr(int fd, char *names, size_t size);
ssize_t vz_get_xattr(int fd, const char *name, void *value, size_t size);
int vz_set_xattr(int fd, const char *name, const void *value, size_t size);
int vz_remove_xattr(int fd, const char *name);
int vz_set_owner(int fd, uint32_t user, uint32_t group);
int vz_set_mode(int fd, uint32_t mode);
int vz_set_times(int fd, int64_t atime_s, uint32_t atime_ns, int64_t mtime_s, uint32_t mtime_ns);
int vz_link_descriptor(int fd, int directory, const char *name);
int vz_make_node(int directory, const char *name, uint32_t mode, uint32_t major, uint32_t minor);

/* Writes what fits without waiting (EAGAIN when nothing does), without SIGPIPE for the process. A descriptor
 * that cannot say so (EOPNOTSUPP) is written to the ordinary, waiting way. */
ssize_t vz_write_some(int fd, const void *bytes, size_t count);

/* Waits up to `milliseconds` until `fd` is ready (or broken): 1, 0 when the time passed, -1. */
int vz_wait_ready(int fd, int for_writing, int milliseconds);

int vz_is_zero(const void *bytes, size_t count);

int64_t vz_clock_ns(int clock);
void vz_sleep_ms(unsigned milliseconds);

/* errno is a macro and fcntl is variadic: Swift sees neither. */
int vz_errno(void);
int vz_duplicate(int fd);

#endif
