// lab-treestat DIRECTORY
//
// Says a line an entry, sorted by the bytes of the path, with everything about it that a program inside could see:
//   path type mode uid gid links mtime [size extents sha256 | target | device] flags attributes [group]
// Bytes that are not plain ASCII are written \xNN. Extents are those of SEEK_DATA at 4 KiB; names of one inode
// have the same group, the first of their paths. Two trees are the same when the lines are.
// Not there, because the file system decides them: inode numbers, sizes of directories, atime and ctime.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "contents.h"
#include "entry.h"

/// First paths of inodes with several names; grows by doubling.
static struct { dev_t device; ino_t inode; char *path; } *groups;
static size_t group_count, group_room;

void fail(const char *deed, const char *path) {
    fprintf(stderr, "lab-treestat: %s ", deed);
    print_escaped(stderr, path, strlen(path));
    fprintf(stderr, ": %s\n", strerror(errno));
    exit(1);
}

static const char *group_of(const struct stat *stat, const char *path) {
    for (size_t i = 0; i < group_count; i++)
        if (groups[i].device == stat->st_dev && groups[i].inode == stat->st_ino) return groups[i].path;
    if (group_count == group_room) {
        group_room = group_room ? group_room * 2 : 64;
        groups = realloc(groups, group_room * sizeof *groups);
    }
    char *copy = strdup(path);
    if (!groups || !copy) fail("no memory for", path);
    groups[group_count].device = stat->st_dev;
    groups[group_count].inode = stat->st_ino;
    return groups[group_count++].path = copy;
}

static const char *type_of(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "symlink";
    case S_IFCHR: return "character-device";
    case S_IFBLK: return "block-device";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    default: return "unknown";
    }
}

/// One line. `name` is in the open directory `parent`, `path` is what is said of it.
static void print_entry(int parent, const char *name, const char *path, const struct stat *stat) {
    print_escaped(stdout, path, strlen(path));
    printf(" %s mode=%04o uid=%u gid=%u", type_of(stat->st_mode), stat->st_mode & 07777, stat->st_uid, stat->st_gid);
    printf(" links=%lu mtime=%lld.%09ld", (unsigned long)stat->st_nlink, (long long)stat->st_mtim.tv_sec,
           stat->st_mtim.tv_nsec);
    if (S_ISREG(stat->st_mode) || S_ISDIR(stat->st_mode)) {
        int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME);
        if (fd < 0) fail("opening", path);
        if (S_ISREG(stat->st_mode)) print_contents(fd, stat->st_size, path);
        print_flags(fd);
        close(fd);
    }
    if (S_ISLNK(stat->st_mode)) print_target(parent, name, path);
    if (S_ISCHR(stat->st_mode) || S_ISBLK(stat->st_mode))
        printf(" device=%u:%u", major(stat->st_rdev), minor(stat->st_rdev));
    print_attributes(parent, name, path);
    if (!S_ISDIR(stat->st_mode) && stat->st_nlink > 1) {
        const char *group = group_of(stat, path);
        printf(" group=");
        print_escaped(stdout, group, strlen(group));
    }
    putchar('\n');
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

/// Everything below the open directory, names in the order of their bytes.
static void walk(int directory, const char *path) {
    struct dirent **names;
    int count = scandirat(directory, ".", &names, not_dots, by_bytes);
    if (count < 0) fail("listing", path);
    for (int i = 0; i < count; i++) {
        struct stat stat;
        char *below;
        if (asprintf(&below, "%s/%s", path, names[i]->d_name) < 0) fail("no memory for", path);
        if (fstatat(directory, names[i]->d_name, &stat, AT_SYMLINK_NOFOLLOW)) fail("looking at", below);
        print_entry(directory, names[i]->d_name, below, &stat);
        if (S_ISDIR(stat.st_mode)) {
            int next = openat(directory, names[i]->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME);
            if (next < 0) fail("opening", below);
            walk(next, below);
            close(next);
        }
        free(below);
        free(names[i]);
    }
    free(names);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: lab-treestat DIRECTORY\n");
        return 2;
    }
    struct rlimit files = { 65536, 65536 };     // one is open a level
    setrlimit(RLIMIT_NOFILE, &files);
    int top = open(arguments[1], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat stat;
    if (top < 0 || fstat(top, &stat)) fail("opening", arguments[1]);
    print_entry(top, ".", ".", &stat);
    walk(top, ".");
    return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
