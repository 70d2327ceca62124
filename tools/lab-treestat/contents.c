#include "contents.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "sha256.h"

enum { piece = 4096 };

/// Extents that touch when rounded to pieces are one: how a copy was cut into writes must not show.
static void print_extents(int fd, off_t size, const char *path) {
    off_t start = 0, end = -1;      // of the extent not yet printed, in pieces; none while end is -1
    printf(" data=");
    for (off_t at = 0; at < size;) {
        off_t data = lseek(fd, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;
        off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
        if (hole < 0) fail("looking for the holes of", path);
        off_t first = data / piece, last = (hole + piece - 1) / piece;
        if (first > end || end < 0) {
            if (end >= 0) printf("%lld-%lld,", (long long)start, (long long)end);
            start = first;
        }
        end = last;
        at = hole;
    }
    if (end >= 0) printf("%lld-%lld", (long long)start, (long long)end);
}

static void add_zeros(struct sha256 *digest, off_t length) {
    static const uint8_t zeros[65536];
    for (; length > 0; length -= (off_t)sizeof zeros)
        sha256_add(digest, zeros, length < (off_t)sizeof zeros ? (size_t)length : sizeof zeros);
}

static void add_data(struct sha256 *digest, int fd, off_t from, off_t to, const char *path) {
    static uint8_t buffer[65536];
    while (from < to) {
        off_t part = to - from < (off_t)sizeof buffer ? to - from : (off_t)sizeof buffer;
        ssize_t got = pread(fd, buffer, (size_t)part, from);
        if (got <= 0) fail("reading", path);
        sha256_add(digest, buffer, (size_t)got);
        from += got;
    }
}

/// Of the data alone when the holes are many: zeros of a hole are counted by their number, in the extents.
void print_contents(int fd, off_t size, const char *path) {
    enum { worth_hashing_zeros = 1 << 26 };
    struct sha256 digest = sha256_start();
    printf(" size=%lld", (long long)size);
    print_extents(fd, size, path);
    off_t at = 0;
    while (at < size) {
        off_t data = lseek(fd, at, SEEK_DATA);
        if (data < 0) data = size;
        if (data - at <= worth_hashing_zeros) add_zeros(&digest, data - at);
        if (data >= size) break;
        off_t hole = lseek(fd, data, SEEK_HOLE);
        if (hole < 0) fail("looking for the holes of", path);
        add_data(&digest, fd, data, hole < size ? hole : size, path);
        at = hole;
    }
    printf(" sha256=");
    sha256_print(&digest);
}
