// lab-shapes REPORT
//
// What a container of the lab does whose memory is moved in every shape: a process an actor (see actor.h), and a file
// that says of each, a line and ten times a second: NAME checks=N wrong=N where=N. An actor that ends counts as wrong.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"

enum { exec_pages = 64, ended = 999 };

static void exec_again(struct tally *tally);

static const struct {
    const char *name;
    actor *act;
} actors[] = {
    { "moves", move_pages }, { "hides", hide_pages },    { "heap", grow_heap },      { "stack", use_stack },
    { "drops", drop_pages }, { "forks", fork_children }, { "reuses", reuse_number }, { "shares", share_memory },
    { "memfd", use_memfd },  { "file", change_file },    { "threads", use_threads }, { "execs", exec_again },
};
enum { count = sizeof actors / sizeof *actors };

static int shared;                  // a memfd: it outlives an exec
static struct tally *tallies;
static unsigned char filled[exec_pages * page_size];     // at the same address in every process that is executed

uint64_t random_number(void) {
    static uint64_t state;
    static pid_t owner;
    if (owner != getpid() && getrandom(&state, sizeof state, 0) == sizeof state) owner = getpid();
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33;
}

static uint64_t word(uint64_t seed, size_t index) {
    return (seed + 1) * 0x9e3779b97f4a7c15u + index * 0xbf58476d1ce4e5b9u;
}

void fill(void *place, size_t pages, uint64_t seed) {
    volatile uint64_t *words = place;
    for (size_t index = 0; index < pages * page_size / 8; index++) words[index] = word(seed, index);
}

static void count_wrong(struct tally *tally, unsigned where) {
    if (tally->wrong++ == 0) tally->where = where;
}

void check(struct tally *tally, unsigned where, const void *place, size_t pages, uint64_t seed) {
    const volatile uint64_t *words = place;
    for (size_t page = 0; page < pages; page++) {
        for (size_t index = page * page_size / 8; index < (page + 1) * page_size / 8; index++) {
            if (words[index] == word(seed, index)) continue;
            count_wrong(tally, where);
            break;
        }
    }
}

void check_zeros(struct tally *tally, unsigned where, const void *place, size_t pages) {
    const volatile uint64_t *words = place;
    for (size_t index = 0; index < pages * page_size / 8; index++)
        if (words[index]) {
            count_wrong(tally, where);
            return;
        }
}

void must(struct tally *tally, unsigned where, int good) {
    if (good) return;
    count_wrong(tally, where);
    _exit(1);
}

void *map_pages(size_t pages) {
    void *place = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) abort();
    madvise(place, pages * page_size, MADV_NOHUGEPAGE);
    return place;
}

void doze(int least_ms, int most_ms) {
    long ms = least_ms + (long)(random_number() % (uint64_t)(most_ms - least_ms + 1));
    struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
    while (nanosleep(&time, &time) && errno == EINTR) {}
}

/// Executes itself again and again, and has other memory each time at the same addresses.
static void exec_again(struct tally *tally) {
    uint64_t seed = random_number();
    char which[16], descriptor[16];
    fill(filled, exec_pages, seed);
    for (int turn = 0; turn < 5; turn++) {
        doze(50, 300);
        check(tally, 1, filled, exec_pages, seed);
        tally->checks++;
    }
    snprintf(which, sizeof which, "%d", (int)(tally - tallies));
    snprintf(descriptor, sizeof descriptor, "%d", shared);
    execl("/proc/self/exe", "lab-shapes", which, descriptor, NULL);
    must(tally, ended, 0);
}

static void map_tallies(void) {
    tallies = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
    if (tallies == MAP_FAILED) abort();
}

static void report(int file) {
    char text[count * 100];
    int length = 0;
    for (int which = 0; which < count; which++) {
        unsigned long long checks = tallies[which].checks, wrong = tallies[which].wrong, where = tallies[which].where;
        length += snprintf(text + length, sizeof text - (size_t)length,
                           "%-10s checks=%08llu wrong=%08llu where=%03llu\n", actors[which].name, checks, wrong, where);
    }
    if (pwrite(file, text, (size_t)length, 0) != length) abort();
}

static void end(int signal) {
    (void)signal;
    _exit(0);
}

int main(int number, char **arguments) {
    if (number == 3) {      // an actor that has executed itself
        shared = atoi(arguments[2]);
        map_tallies();
        exec_again(&tallies[atoi(arguments[1])]);
    }
    int file = number == 2 ? open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0644) : -1;
    if (file < 0) {
        fprintf(stderr, "usage: lab-shapes REPORT\n");
        return 2;
    }
    shared = memfd_create("tallies", 0);
    if (shared < 0 || ftruncate(shared, page_size)) abort();
    map_tallies();
    pid_t started[count];
    for (int which = 0; which < count; which++) {
        started[which] = fork();
        if (started[which] == 0) {
            for (;;) actors[which].act(&tallies[which]);
        }
    }
    signal(SIGTERM, end);
    for (;; usleep(100000)) {
        for (pid_t gone; (gone = waitpid(-1, NULL, WNOHANG)) > 0;)
            for (int which = 0; which < count; which++)
                if (started[which] == gone) count_wrong(&tallies[which], ended);
        report(file);
    }
}
