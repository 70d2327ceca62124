#define _GNU_SOURCE
#include "process.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int prepare_files(posix_spawn_file_actions_t *files, const struct vz_spawn_request *request) {
    int failure = posix_spawn_file_actions_adddup2(files, request->input, 0);
    if (!failure) failure = posix_spawn_file_actions_adddup2(files, request->output, 1);
    if (!failure) failure = posix_spawn_file_actions_adddup2(files, request->error, 2);
    if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(files, 3);
    return failure;
}

static int prepare_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failure = posix_spawnattr_setsigmask(attributes, &none);
    if (!failure) failure = posix_spawnattr_setsigdefault(attributes, &all);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID;
    if (!failure) failure = posix_spawnattr_setflags(attributes, flags);
    return failure;
}

int vz_spawn(const struct vz_spawn_request *request, pid_t *pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&files);
    if (failure) return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure) {
        posix_spawn_file_actions_destroy(&files);
        return failure;
    }
    failure = prepare_files(&files, request);
    if (!failure) failure = prepare_attributes(&attributes);
    if (!failure)
        failure = posix_spawn(pid, request->path, &files, &attributes, request->arguments, request->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failure;
}

int vz_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int vz_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int vz_reap(pid_t pid, int *status) {
    for (;;) {
        if (waitpid(pid, status, 0) == pid) return 0;
        if (errno != EINTR) return errno;
    }
}

int vz_was_killed(pid_t pid) {
    siginfo_t info;
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT)) return -1;
    return info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
}

int vz_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int vz_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return -1;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int vz_event(void) { return eventfd(0, EFD_CLOEXEC); }

int vz_private_bind(const char *file, const char *target, const char **failed) {
    *failed = "unshare";
    if (unshare(CLONE_NEWNS)) return errno;
    *failed = "mount --make-rprivate /";
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) return errno;
    *failed = "mount --bind";
    if (mount(file, target, NULL, MS_BIND, NULL)) return errno;
    return 0;
}

void vz_name_thread(const char *name) {
    char kept[16];
    strncpy(kept, name, sizeof kept - 1);
    kept[sizeof kept - 1] = '\0';
    pthread_setname_np(pthread_self(), kept);
}

int vz_terminal_columns(int terminal) {
    struct winsize size = {0};
    return ioctl(terminal, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

int vz_terminal_rows(int terminal) {
    struct winsize size = {0};
    return ioctl(terminal, TIOCGWINSZ, &size) ? 0 : size.ws_row;
}
