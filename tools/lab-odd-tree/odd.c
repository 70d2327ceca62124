#include "odd.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "deeds.h"

static void make_names(void) {
    static const char *const names[] = {
        "new\nline", "two\n\nlines\n", "tab\there", "carriage\rreturn", "'single'", "\"double\"", "`back`", "$HOME",
        "$(id)",
        "-rf", "--delete", "-", " ", "  spaces  ", "back\\slash", "\\n", "*", "?", "[a-z]", "{a,b}", "~", "#comment#",
        "!bang", "semi;colon", "am&persand", "pi|pe", "<in", ">out", "...", ".hidden", "..two", "per%cent%s%n", "a=b",
        "a:b", "@at", "\xff\xfe\x80", "caf\xc3\xa9", "cafe\xcc\x81", "latin-\xe9", "\xf0\x9f\x98\x80", "\xc0\xaf",
        "\xe2\x80\xae" "reversed", "\xed\xa0\x80", "\x1b[31mred", "\x7f", "CON", "name.incoming", "name.migrated",
        "lost+found",
    };
    char path[300];
    make_directory("names", 0755);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "names/%s", names[i]);
        make_file(path, i, 0644);
    }
    make_directory("bytes", 0755);      // every byte that a name can be
    for (int byte = 1; byte < 256; byte++) {
        if (byte == '/' || byte == '.') continue;
        snprintf(path, sizeof path, "bytes/%c", byte);
        make_file(path, (size_t)byte, 0644);
    }
    make_directory("long", 0755);
    for (int letter = 'a'; letter <= 'b'; letter++) {
        memcpy(path, "long/", 5);
        memset(path + 5, letter, 255);
        path[260] = 0;
        make_file(path, 1, 0644);
    }
}

/// Forty directories deep, names of 60 bytes: a path of 2440 bytes, below the 4096 that whole paths may have.
static void make_deep_path(void) {
    int start = open(".", O_PATH | O_DIRECTORY);
    must(start, "opening", ".");
    make_directory("deep", 0755);
    must(chdir("deep"), "entering", "deep");
    for (int level = 0; level < 40; level++) {
        char name[61];
        snprintf(name, sizeof name, "%060d", level);
        make_directory(name, 0755);
        must(chdir(name), "entering", name);
    }
    make_file("bottom", 5000, 0644);
    must(fchdir(start), "returning to", ".");
    close(start);
}

static void make_links(void) {
    make_directory("links", 0755);
    make_directory("links/a", 0755);
    make_directory("links/b", 0755);
    make_file("links/a/original", 10000, 0644);
    must(link("links/a/original", "links/a/same directory"), "linking", "links/a/same directory");
    must(link("links/a/original", "links/b/other directory"), "linking", "links/b/other directory");
    make_file("links/b/empty", 0, 0644);
    must(link("links/b/empty", "links/a/empty too"), "linking", "links/a/empty too");
    must(symlink("a/original", "links/relative"), "linking", "links/relative");
    must(symlink("/etc/passwd", "links/absolute"), "linking", "links/absolute");
    must(symlink("nowhere at all", "links/dangling"), "linking", "links/dangling");
    must(symlink("itself", "links/itself"), "linking", "links/itself");
    must(symlink("../../../../../../etc", "links/upwards"), "linking", "links/upwards");
    must(symlink("a", "links/to a directory"), "linking", "links/to a directory");
    must(symlink("\xff\n", "links/odd target"), "linking", "links/odd target");
    must(link("links/dangling", "links/b/hard link to a symlink"), "linking", "links/b/hard link to a symlink");
    must(lchown("links/relative", 1234, 5678), "giving away", "links/relative");
    set_time("links/relative", 987654321, 123456789);
    char target[4000];
    memset(target, 'x', sizeof target - 1);
    target[sizeof target - 1] = 0;
    must(symlink(target, "links/long target"), "linking", "links/long target");
    made += 8;
}

/// Pieces of 4096 bytes with holes around them; `layout` has a letter a piece, 'd' for data and '-' for a hole.
static void make_sparse_file(const char *path, const char *layout) {
    int fd = create(path, 0644);
    for (off_t piece = 0; layout[piece]; piece++)
        if (layout[piece] == 'd') fill(fd, path, piece * 4096, 4096);
    must(ftruncate(fd, (off_t)strlen(layout) * 4096), "sizing", path);
    close(fd);
}

static void make_sparse_files(void) {
    make_directory("sparse", 0755);
    make_sparse_file("sparse/hole at start", "-----ddd");
    make_sparse_file("sparse/hole in the middle", "dd----dd");
    make_sparse_file("sparse/hole at end", "ddd-----");
    make_sparse_file("sparse/only a hole", "--------");
    make_sparse_file("sparse/comb", "d-d-d-d-d-d-d-d-d-d-d-d-");
    int fd = create("sparse/far away", 0644);
    fill(fd, "far", 5ll << 30, 100);                    // 5 GiB, of which 100 bytes exist
    close(fd);
    fd = create("sparse/odd end", 0644);
    fill(fd, "odd", 8192, 1);
    must(ftruncate(fd, 20001), "sizing", "sparse/odd end");
    close(fd);
    fd = create("sparse/zeros, not a hole", 0644);
    char zeros[8192] = { 0 };
    must((int)write(fd, zeros, sizeof zeros), "writing", "sparse/zeros, not a hole");
    close(fd);
}

static void make_nodes(void) {
    make_directory("nodes", 0755);
    must(mkfifo("nodes/fifo", 0640), "making", "nodes/fifo");
    must(mknod("nodes/null", S_IFCHR | 0666, makedev(1, 3)), "making", "nodes/null");
    must(mknod("nodes/large numbers", S_IFCHR | 0600, makedev(0xabc, 0x12345)), "making", "nodes/large numbers");
    must(mknod("nodes/block", S_IFBLK | 0660, makedev(7, 200)), "making", "nodes/block");
    must(mknod("nodes/whiteout", S_IFCHR, makedev(0, 0)), "making", "nodes/whiteout");
    must(link("nodes/fifo", "nodes/fifo again"), "linking", "nodes/fifo again");
    set_time("nodes/null", 86400, 1);
    must(chown("nodes/block", 0, 6), "giving away", "nodes/block");
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "nodes/socket" };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    must(bind(fd, (void *)&address, sizeof address), "binding", "nodes/socket");
    close(fd);
    made += 6;
}

static void make_modes(void) {
    static const mode_t modes[] = { 0, 01, 0444, 0777, 04755, 02755, 06711, 01644, 07777 };
    char path[64];
    make_directory("modes", 0755);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        snprintf(path, sizeof path, "modes/file-%04o", modes[i]);
        make_file(path, 100, 0600);
        must(chown(path, 1000 + (uid_t)i, 2000), "giving away", path);
        must(chmod(path, modes[i]), "setting the mode of", path);       // after chown, which takes setuid away
        snprintf(path, sizeof path, "modes/directory-%04o", modes[i]);
        make_directory(path, 0700);
        must(chmod(path, modes[i]), "setting the mode of", path);
    }
    make_file("modes/high numbers", 1, 0644);
    must(chown("modes/high numbers", 4000000000u, 4294967294u), "giving away", "modes/high numbers");
    make_file("modes/directory-0000/inside", 1, 0);
}

static void make_attributes(void) {
    // the kernel's own forms: POSIX ACL version 2 (tag, permissions, id, 8 bytes each), capabilities revision 2
    static const unsigned short acl[] = { 2, 0, 1, 6, 0xffff, 0xffff, 2, 7, 1001, 0, 4, 4, 0xffff, 0xffff,
                                          8, 5, 2002, 0, 0x10, 7, 0xffff, 0xffff, 0x20, 0, 0xffff, 0xffff };
    struct vfs_cap_data capability = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
                                       .data = { { .permitted = 1 << CAP_NET_RAW }, { 0 } } };
    char value[3000];
    make_directory("attributes", 0755);
    make_file("attributes/user", 10, 0644);
    set_attribute("attributes/user", "user.text", "value", 5);
    set_attribute("attributes/user", "user.empty", "", 0);
    set_attribute("attributes/user", "user.bytes", "\0\xff\n\"", 4);
    set_attribute("attributes/user", "user.odd \xff\nname=", "x", 1);
    set_attribute("attributes/user", "trusted.root", "only", 4);
    make_file("attributes/large", 10, 0644);
    memset(value, 'v', sizeof value);
    set_attribute("attributes/large", "user.large", value, sizeof value);
    make_file("attributes/acl", 10, 0644);
    set_attribute("attributes/acl", "system.posix_acl_access", acl, sizeof acl);
    make_directory("attributes/default acl", 0755);
    set_attribute("attributes/default acl", "system.posix_acl_default", acl, sizeof acl);
    set_attribute("attributes/default acl", "user.directory", "yes", 3);
    make_file("attributes/capability", 10, 0755);
    must(chown("attributes/capability", 33, 33), "giving away", "attributes/capability");
    set_attribute("attributes/capability", "security.capability", &capability, sizeof capability);
    must(symlink("user", "attributes/symlink"), "linking", "attributes/symlink");
    set_attribute("attributes/symlink", "trusted.link", "on a link", 9);
    must(mkfifo("attributes/fifo", 0600), "making", "attributes/fifo");
    set_attribute("attributes/fifo", "trusted.fifo", "on a fifo", 9);
    make_file("attributes/read only", 10, 0600);
    set_attribute("attributes/read only", "user.kept", "yes", 3);
    must(chmod("attributes/read only", 0), "setting the mode of", "attributes/read only");
    made += 2;
}

static void make_times(void) {
    static const struct { const char *path; long long seconds; long nanoseconds; } times[] = {
        { "times/epoch", 0, 0 }, { "times/one nanosecond", 0, 1 }, { "times/last nanosecond", 1700000000, 999999999 },
        { "times/before 1970", -1, 500000000 }, { "times/1901", -2147483648ll, 0 },
        { "times/after 2038", 2147483648ll, 7 },
        { "times/2400", 13569465600ll, 123456789 },
    };
    make_directory("times", 0755);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        make_file(times[i].path, 1, 0644);
        set_time(times[i].path, times[i].seconds, times[i].nanoseconds);
    }
    make_directory("times/empty directory", 0755);
    set_time("times/empty directory", -86400, 42);
    set_time("times", 1, 2);
}

static void set_flags(const char *path, int flags) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW), before = 0;
    must(fd, "opening", path);
    must(ioctl(fd, FS_IOC_GETFLAGS, &before), "reading the flags of", path);
    flags |= before;
    must(ioctl(fd, FS_IOC_SETFLAGS, &flags), "setting the flags of", path);
    close(fd);
}

static void make_flags(void) {
    make_directory("flags", 0755);
    make_file("flags/immutable", 10, 0644);
    make_file("flags/append only", 10, 0644);
    make_file("flags/no dump", 10, 0644);
    make_file("flags/no atime", 10, 0644);
    make_file("flags/all of them", 10, 0644);
    make_directory("flags/immutable directory", 0755);
    make_file("flags/immutable directory/inside", 10, 0644);
    make_directory("flags/append-only directory", 0755);
    make_file("flags/append-only directory/inside", 10, 0644);
    set_time("flags/immutable", -1000, 5);
    set_attribute("flags/immutable", "user.under", "a flag", 6);
    set_time("flags/immutable directory", 1000, 5);
    set_flags("flags/immutable", FS_IMMUTABLE_FL);
    set_flags("flags/append only", FS_APPEND_FL);
    set_flags("flags/no dump", FS_NODUMP_FL);
    set_flags("flags/no atime", FS_NOATIME_FL);
    set_flags("flags/all of them", FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL);
    set_flags("flags/immutable directory", FS_IMMUTABLE_FL);
    set_flags("flags/append-only directory", FS_APPEND_FL);
}

unsigned make_odd_files(void) {
    make_names();
    make_deep_path();
    make_links();
    make_sparse_files();
    make_nodes();
    make_modes();
    make_attributes();
    make_times();
    make_flags();
    return made;
}
