// lab-enter PID COMMAND [ARGUMENT...]
//
// Runs a command in the namespaces of process PID, as nsenter does, but so that the command can be treated as if it
// ran here: signals that are sent to lab-enter reach it, SIGKILL too, and lab-enter ends as it ends, by a status or by
// a signal.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t child;

static void fail(const char *what, const char *of) {
    fprintf(stderr, "lab-enter: %s %s: %s\n", what, of, strerror(errno));
    exit(125);
}

/// What comes from the terminal reaches the child by itself, as both are in its foreground.
static void pass_on(int signal, siginfo_t *info, void *context) {
    (void)context;
    if (child > 0 && info->si_code <= 0) kill(child, signal);
}

static void enter(const char *pid) {
    static const char *const spaces[] = { "cgroup", "ipc", "uts", "net", "pid", "mnt" };
    int fds[6];
    for (int i = 0; i < 6; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, spaces[i]);
        if ((fds[i] = open(path, O_RDONLY | O_CLOEXEC)) < 0) fail("opening", path);
    }
    for (int i = 0; i < 6; i++)
        if (setns(fds[i], 0)) fail("entering namespace", spaces[i]);
    if (chdir("/root")) fail("entering", "/root");
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: lab-enter PID COMMAND [ARGUMENT...]\n");
        return 125;
    }
    static const int passed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT };
    struct sigaction action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART };
    sigset_t all, before;
    sigfillset(&all);
    enter(arguments[1]);
    sigprocmask(SIG_BLOCK, &all, &before);      // none is lost between fork and the handlers
    pid_t process = fork();
    if (process < 0) fail("fork for", arguments[2]);
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(arguments[2], arguments + 2);
        fprintf(stderr, "lab-enter: %s: %s\n", arguments[2], strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    child = process;
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) sigaction(passed[i], &action, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    int status;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) fail("waiting for", arguments[2]);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
}
