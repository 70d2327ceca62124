#include "entry.h"

#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { most_names = 65536, most_value = 65536 };

/// ext4's own: extents, indexed directory, huge file, large attribute, data in the inode.
static const int kept_by_file_system = 0x00080000 | 0x00001000 | 0x00040000 | 0x00200000 | 0x10000000;

void print_escaped(FILE *out, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte > ' ' && byte < 127 && byte != '\\') putc(byte, out);
        else fprintf(out, "\\x%02x", byte);
    }
}

void print_target(int parent, const char *name, const char *path) {
    static char target[65536];
    ssize_t length = readlinkat(parent, name, target, sizeof target);
    if (length < 0) fail("reading the link", path);
    printf(" target=");
    print_escaped(stdout, target, (size_t)length);
}

void print_flags(int fd) {
    int flags;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) printf(" flags=%x", (unsigned)(flags & ~kept_by_file_system));
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/// A path below /proc that leads to the entry itself, also to one that cannot be opened, through its open directory.
static char *reach(int parent, const char *name) {
    char *path;
    return asprintf(&path, "/proc/self/fd/%d/%s", parent, name) < 0 ? NULL : path;
}

void print_attributes(int parent, const char *name, const char *path) {
    static char list[most_names], value[most_value];
    char *place = reach(parent, name);
    const char *names[most_names / 2];
    if (!place) fail("no memory for", path);
    ssize_t length = llistxattr(place, list, sizeof list);
    if (length < 0) fail("listing the attributes of", path);
    size_t count = 0;
    for (const char *each = list; each < list + length; each += strlen(each) + 1) names[count++] = each;
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        ssize_t size = lgetxattr(place, names[i], value, sizeof value);
        if (size < 0) fail("reading an attribute of", path);
        putchar(' ');
        print_escaped(stdout, names[i], strlen(names[i]));
        putchar('=');
        for (ssize_t byte = 0; byte < size; byte++) printf("%02x", (unsigned char)value[byte]);
    }
    free(place);
}
