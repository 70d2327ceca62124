#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int taken = -1;

static void on_signal(int number) {
    (void)number;
    int saved = errno;
    uint64_t one = 1;
    ssize_t ignored = write(taken, &one, sizeof one);
    (void)ignored;
    errno = saved;
}

int vz_take_end_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    taken = eventfd(0, EFD_CLOEXEC);
    if (taken < 0) return -1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        if (sigaction(numbers[i], NULL, &old) != 0) return -1;
        if (numbers[i] == SIGHUP && old.sa_handler == SIG_IGN) continue;
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        if (sigaction(numbers[i], &action, NULL) != 0) return -1;
    }
    // ^Z, or a word to the terminal from the background, must not stop who holds a container that stands still.
    signal(SIGTSTP, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGTTIN, SIG_IGN);
    return taken;
}
