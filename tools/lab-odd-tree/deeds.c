#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "deeds.h"
#include "odd.h"

unsigned made;

void must(int result, const char *deed, const char *path) {
    if (result >= 0) return;
    fprintf(stderr, "lab-odd-tree: %s %s: %s\n", deed, path, strerror(errno));
    exit(1);
}

void enter_new_directory(const char *path) {
    must(mkdir(path, 0755), "making", path);
    must(chdir(path), "entering", path);
}

void make_directory(const char *path, mode_t mode) {
    must(mkdir(path, mode), "making", path);
}

int create(const char *path, mode_t mode) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    must(fd, "creating", path);
    made++;
    return fd;
}

void fill(int fd, const char *path, off_t offset, size_t size) {
    uint64_t state = 0x9e3779b97f4a7c15ull + (uint64_t)offset, words[512];
    for (const char *letter = path; *letter; letter++) state = (state ^ (unsigned char)*letter) * 0x100000001b3ull;
    for (size_t done = 0; done < size;) {
        for (int i = 0; i < 512; i++) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            words[i] = state;
        }
        size_t part = size - done < sizeof words ? size - done : sizeof words;
        must((int)pwrite(fd, words, part, offset + (off_t)done), "writing", path);
        done += part;
    }
}

void make_file(const char *path, size_t size, mode_t mode) {
    int fd = create(path, mode);
    fill(fd, path, 0, size);
    close(fd);
}

void set_attribute(const char *path, const char *name, const void *value, size_t size) {
    must(lsetxattr(path, name, value, size, 0), name, path);
}

void set_time(const char *path, long long seconds, long nanoseconds) {
    struct timespec times[2] = { { 1234567890, 0 }, { seconds, nanoseconds } };
    must(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), "setting the time of", path);
}
