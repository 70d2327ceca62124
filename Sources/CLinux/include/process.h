#pragma once
#include <stdint.h>
#include <sys/types.h>

/// What posix_spawn needs to start a program that inherits nothing of ours but the three descriptors given.
struct vz_spawn_request {
    const char *path;
    char *const *arguments;   // ends in NULL, the program's name first
    char *const *environment; // ends in NULL
    int input, output, error; // above 2
};

/// Starts a program in a session of its own, with every signal unblocked and at its default, and no descriptor above 2.
/// Returns 0 or an errno.
int vz_spawn(const struct vz_spawn_request *request, pid_t *pid);

/// See: 'man 2 pidfd_open'. The descriptor is closed on exec. Returns -1 and sets errno.
int vz_pidfd_open(pid_t pid);

/// See: 'man 2 pidfd_send_signal'.
int vz_pidfd_send_signal(int pidfd, int signal);

/// Waits for a child that is known to have ended. Returns 0 and its raw wait status, or an errno.
int vz_reap(pid_t pid, int *status);

/// Whether a child that has ended, and was not yet waited for, was ended by a signal. 1, 0, or -1 and errno.
int vz_was_killed(pid_t pid);

/// A file without a name that is closed on exec; -1 and errno where it cannot be made.
int vz_memory_file(const char *name);

/// A pipe whose ends are closed on exec; -1 and errno where there is no descriptor left.
int vz_pipe(int *reading, int *writing);

/// A counter that poll(2) can wait for, closed on exec. See: 'man 2 eventfd'.
int vz_event(void);

/// Makes a mount namespace of our own from which nothing propagates to the host's, and binds `file` over `target`.
/// Returns 0, or an errno and in `failed` the name of the call that failed.
int vz_private_bind(const char *file, const char *target, const char **failed);

/// Names the calling thread, for ps -L and debuggers; Linux keeps 15 bytes. See: 'man 3 pthread_setname_np'.
void vz_name_thread(const char *name);

/// How many columns a terminal has; 0 where it is none, or does not say.
int vz_terminal_columns(int terminal);
/// The same for its rows.
int vz_terminal_rows(int terminal);
