// lab-client ADDRESS[:PORT]|[IPV6_ADDRESS]:PORT [--seconds N] [--pause MILLISECONDS]
//
// Keeps one TCP connection to the echo server of a container (port 7000 unless said otherwise) while the container
// moves. It sends numbered records without a pause, or one each so many milliseconds, and checks every byte that comes
// back, until SIGTERM, SIGINT or the end of the time; then it waits for what is still out and says one line.
// Status 1: a byte was lost, repeated or changed, or the connection broke.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { record = 16, most_unanswered = 65536, patience_ms = 30000 };

struct tally {
    uint64_t sent, echoed;              // bytes
    uint64_t lost, repeated, changed;   // bytes; how far the echo jumped forward, how far back
    double longest_gap, gap_began;      // milliseconds; the second one since the start
    const char *broken;                 // why the connection ended early, or NULL
};

static volatile sig_atomic_t stopping;

static void stop(int signal) {
    (void)signal;
    stopping = 1;
}

static double milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/// The stream is the records "000000000000000\n", "000000000000001\n" and so on: `length` bytes of it from `offset` on.
static void stream(uint64_t offset, char *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        char text[record + 1];
        uint64_t place = offset + done;
        snprintf(text, sizeof text, "%015llu\n", (unsigned long long)(place / record % 1000000000000000));
        size_t from = place % record, part = record - from;
        if (part > length - done) part = length - done;
        memcpy(bytes + done, text + from, part);
        done += part;
    }
}

/// Compares what came back with what was due. Where it differs it looks at the next whole record's number, books the
/// jump as lost or repeated, and goes on from there.
static void check(struct tally *tally, const char *bytes, size_t length) {
    static uint64_t due;        // offset in the stream of the next byte to come
    char expected[most_unanswered];
    stream(due, expected, length);
    if (!memcmp(bytes, expected, length)) {
        due += length;
        return;
    }
    const char *end = memchr(bytes, '\n', length);
    unsigned long long number;
    if (end && (size_t)(end - bytes) + record < length && sscanf(end + 1, "%15llu", &number) == 1) {
        uint64_t due_there = due + (uint64_t)(end + 1 - bytes), is_there = number * record;
        if (is_there > due_there) tally->lost += is_there - due_there;
        else if (is_there < due_there) tally->repeated += due_there - is_there;
        else tally->changed++;
        due = is_there + (length - (size_t)(end + 1 - bytes));
    } else {
        tally->changed += length;
        due += length;
    }
}

/// Takes the port off an address, where it has one: an IPv6 address that has one is in brackets.
static int split_port(char **address, int port) {
    char *text = *address, *colon = strchr(text, ':'), *bracket = *text == '[' ? strchr(text, ']') : NULL;
    if (bracket) {
        *address = text + 1;
        *bracket = 0;
        colon = bracket[1] == ':' ? bracket + 1 : NULL;
    } else if (colon && strchr(colon + 1, ':')) {
        colon = NULL;
    }
    if (!colon) return port;
    *colon = 0;
    return atoi(colon + 1);
}

static int connect_to(const char *address, int port) {
    struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    int is6 = strchr(address, ':') != NULL;
    if (inet_pton(is6 ? AF_INET6 : AF_INET, address, is6 ? (void *)&to6.sin6_addr : (void *)&to4.sin_addr) != 1) {
        fprintf(stderr, "lab-client: \"%s\" is not an address\n", address);
        exit(2);
    }
    int fd = socket(is6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0 || connect(fd, is6 ? (void *)&to6 : (void *)&to4, is6 ? sizeof to6 : sizeof to4)) {
        fprintf(stderr, "lab-client: %s port %d: %s; is the container of a kind that listens?\n", address, port,
                strerror(errno));
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void send_some(int fd, struct tally *tally, size_t length) {
    char bytes[most_unanswered];
    stream(tally->sent, bytes, length);
    ssize_t sent = write(fd, bytes, length);
    if (sent > 0) tally->sent += (uint64_t)sent;
    else if (sent < 0 && errno != EAGAIN && errno != EINTR) tally->broken = strerror(errno);
}

static void receive_some(int fd, struct tally *tally) {
    char bytes[most_unanswered];
    ssize_t got = read(fd, bytes, sizeof bytes);
    if (got > 0) {
        check(tally, bytes, (size_t)got);
        tally->echoed += (uint64_t)got;
    } else if (got == 0) {
        tally->broken = "closed by the peer";
    } else if (errno != EAGAIN && errno != EINTR) {
        tally->broken = strerror(errno);
    }
}

/// Talks until it is told to stop and the last byte is back. `pause` zero: as fast as the echo comes.
static struct tally talk(int fd, double seconds, double pause) {
    struct tally tally = { 0 };
    double start = milliseconds(), last = start, next = start, stopped = 0;
    while (!tally.broken) {
        double now = milliseconds();
        if (!stopped && (stopping || (seconds > 0 && now - start > seconds * 1e3))) stopped = now;
        uint64_t out = tally.sent + tally.repeated - tally.lost - tally.echoed;     // bytes that may still come
        if (stopped && (out == 0 || now - stopped > patience_ms)) break;
        int may_send = !stopped && now >= next && out + record <= most_unanswered;
        struct pollfd place = { .fd = fd, .events = (short)(POLLIN | (may_send ? POLLOUT : 0)) };
        if (poll(&place, 1, pause > 0 && !may_send ? 1 : 10) < 0 && errno != EINTR) break;
        if (may_send && place.revents & POLLOUT) {
            if (out == 0) last = milliseconds();        // nothing was due before, so that was no gap
            send_some(fd, &tally, pause > 0 ? record : 1024);
            next = milliseconds() + pause;
        }
        if (!(place.revents & (POLLIN | POLLHUP | POLLERR))) continue;
        receive_some(fd, &tally);
        now = milliseconds();
        if (now - last > tally.longest_gap) {
            tally.longest_gap = now - last;
            tally.gap_began = last - start;
        }
        last = now;
    }
    return tally;
}

int main(int count, char **arguments) {
    static const struct option options[] = {
        { "seconds", required_argument, 0, 's' }, { "pause", required_argument, 0, 'p' }, { 0, 0, 0, 0 }
    };
    double seconds = 0, pause = 0;
    int option, port = 7000;
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        if (option == 's') seconds = atof(optarg);
        if (option == 'p') pause = atof(optarg);
        if (option == '?') return 2;
    }
    if (optind != count - 1) {
        fprintf(stderr, "usage: lab-client ADDRESS[:PORT]|[IPV6_ADDRESS]:PORT [--seconds N] [--pause MILLISECONDS]\n");
        return 2;
    }
    port = split_port(&arguments[optind], port);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    signal(SIGPIPE, SIG_IGN);
    struct tally tally = talk(connect_to(arguments[optind], port), seconds, pause);
    // with what never came, after all patience, and what came and nobody had sent
    if (tally.echoed > tally.sent + tally.repeated) tally.repeated = tally.echoed - tally.sent;
    tally.lost = tally.sent + tally.repeated - tally.echoed;
    printf("sent=%llu echoed=%llu lost=%llu repeated=%llu changed=%llu longest_gap_ms=%.0f at_s=%.1f reconnects=0"
           " broken=%s\n", (unsigned long long)tally.sent, (unsigned long long)tally.echoed,
           (unsigned long long)tally.lost, (unsigned long long)tally.repeated, (unsigned long long)tally.changed,
           tally.longest_gap, tally.gap_began / 1e3, tally.broken ? tally.broken : "no");
    return tally.lost || tally.repeated || tally.changed || tally.broken ? 1 : 0;
}
