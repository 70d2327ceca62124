// lab-workload [--counter FILE] [--memory BYTES[K|M|G] [--dirty PAGES]] [--port PORT [--ipv6]]
//
// What a container of the lab does, so that a migration can be judged afterwards. Every 10 ms it counts; with --counter
// it writes the count and a random token, both kept in memory only, to FILE ten times a second; with --memory it keeps
// patterned memory and rewrites PAGES of it a tick; with --port it answers over TCP (see server.h), with --ipv6 over
// IPv6 too. Without any of these it just sits there. SIGTERM ends it with status 0, as an orderly stop of a container
// should.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "server.h"

enum { tick_us = 10000, ticks_a_write = 10 };

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "lab-workload: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t microseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static size_t size_of(const char *text) {
    char *unit;
    size_t size = strtoull(text, &unit, 10);
    const char *units = "KMG", *found = *unit ? strchr(units, *unit) : NULL;
    if (unit == text || (*unit && (!found || unit[1]))) {
        fprintf(stderr, "lab-workload: \"%s\" is not a size; say for example 256M\n", text);
        exit(2);
    }
    return found ? size << (10 * (found - units + 1)) : size;
}

static void end(int signal) {
    (void)signal;
    _exit(0);
}

static void write_count(int file, uint64_t count, uint64_t token) {
    char line[64];
    int length = snprintf(line, sizeof line, "%020llu %016llx\n", (unsigned long long)count, (unsigned long long)token);
    if (pwrite(file, line, (size_t)length, 0) != length) fail("writing the counter's file");
}

/// Counts for ever; between the ticks the server is given the time.
static _Noreturn void work(int file, struct memory *memory, size_t dirty, struct server *server, uint64_t token) {
    struct state state = { .token = token, .memory = memory };
    uint64_t last = microseconds(), next = last;
    for (;;) {
        uint64_t now = microseconds();
        serve(server, &state, next > now ? (int)((next - now + 999) / 1000) : 0);
        now = microseconds();
        // a clock that was set back must not stop the counting
        if (now < next && next - now <= tick_us) continue;
        if (now > last && now - last > state.longest_gap) state.longest_gap = now - last;
        last = now;
        next = now + tick_us;
        state.count++;
        rewrite(memory, dirty);
        if (file >= 0 && state.count % ticks_a_write == 0) write_count(file, state.count, token);
    }
}

int main(int count, char **arguments) {
    static const struct option options[] = {
        { "counter", required_argument, 0, 'c' }, { "memory", required_argument, 0, 'm' },
        { "dirty", required_argument, 0, 'd' },   { "port", required_argument, 0, 'p' },
        { "ipv6", no_argument, 0, '6' },          { 0, 0, 0, 0 },
    };
    size_t size = 0, dirty = 0;
    int file = -1, port = 0, family = AF_INET, idle = count == 1, option;
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        if (option == 'c' && (file = open(optarg, O_RDWR | O_CREAT | O_TRUNC, 0644)) < 0) fail(optarg);
        if (option == 'm') size = size_of(optarg);
        if (option == 'd') dirty = (size_t)atol(optarg);
        if (option == 'p') port = atoi(optarg);
        if (option == '6') family = AF_INET6;
        if (option == '?') return 2;
    }
    signal(SIGTERM, end);       // pid 1 of a container takes only signals that it asked for
    signal(SIGPIPE, SIG_IGN);
    if (idle) for (;;) pause();
    uint64_t token;
    if (getrandom(&token, sizeof token, 0) != sizeof token) fail("getrandom");
    struct memory memory = make_memory(size, token);
    struct server *server = make_server(port, family);
    if ((size && !memory.words) || !server) fail(server ? "memory" : "listening");
    work(file, &memory, dirty, server, token);
}
