// Preloaded into vzmigrate or vzmigrate-agent, it stops the process around each append to its journal, so that a test
// can look at both nodes, kill it or signal it there, and let it go on with SIGCONT.
//
// APPEND_STOP is letters, a colon and a file: `b` stops before the first byte of an append is written (a deed is done
// and not yet recorded), `a` after an append is on the disk (an intent is recorded and its deed not begun). The file
// grows by a byte a stop; where it is not, or no more, nothing is stopped. Programs that the process starts are not stopped.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int before, after, begun, counter = -1;

__attribute__((constructor)) static void prepare(void) {
    const char *text = getenv("APPEND_STOP"), *colon = text ? strchr(text, ':') : NULL;
    if (colon) {
        before = memchr(text, 'b', (size_t)(colon - text)) != NULL;
        after = memchr(text, 'a', (size_t)(colon - text)) != NULL;
        counter = open(colon + 1, O_WRONLY | O_APPEND | O_CLOEXEC);
    }
    unsetenv("APPEND_STOP");
    unsetenv("LD_PRELOAD");
}

static void stop(void) {
    struct stat status;
    if (!fstat(counter, &status) && status.st_nlink == 0) return;
    if (counter < 0 || write(counter, ".", 1) != 1) abort();
    raise(SIGSTOP);     // of this thread, which stands still at once; a signal of the process may take another first
}

static int is_open_on(int fd, const char *ending) {
    const ssize_t size = (ssize_t)strlen(ending);
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    return length >= size && !memcmp(path + length - size, ending, (size_t)size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (!next) next = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
    if (counter >= 0 && !begun && is_open_on(fd, "/journal.db-wal")) {
        begun = 1;
        if (before) stop();
    }
    return next(fd, bytes, count, offset);
}

// Only with the lock's end is the append what every reader sees.
int flock(int fd, int operation) {
    static int (*next)(int, int);
    if (!next) next = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
    int result = next(fd, operation);
    if (begun && operation == LOCK_UN && is_open_on(fd, "/journal.lock")) {
        begun = 0;
        if (after) stop();
    }
    return result;
}
