#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most_clients = 64, piece = 65536 };

struct client {
    size_t start, end;      // of what is to be sent; nothing is read before it is
    char bytes[piece];
};

struct server {
    struct pollfd places[1 + most_clients];     // the first is the listening socket
    struct client clients[1 + most_clients];
    nfds_t count;
};

struct server *make_server(int port, int family) {
    struct server *server = calloc(1, sizeof *server);
    if (!server || port == 0) return server;
    int listener = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in address4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 address6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    void *address = family == AF_INET ? (void *)&address4 : (void *)&address6;
    socklen_t length = family == AF_INET ? sizeof address4 : sizeof address6;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (listener < 0 || bind(listener, address, length) || listen(listener, 16)) {
        free(server);
        return NULL;
    }
    server->places[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
    server->count = 1;
    return server;
}

static void welcome(struct server *server) {
    int fd = accept4(server->places[0].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int one = 1;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);     // or clients see gaps of 40 ms that are not ours
    if (server->count == 1 + most_clients) {
        close(fd);
        return;
    }
    server->clients[server->count].start = server->clients[server->count].end = 0;
    server->places[server->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void part(struct server *server, nfds_t who) {
    close(server->places[who].fd);
    server->count--;
    if (who == server->count) return;
    server->places[who] = server->places[server->count];
    server->clients[who] = server->clients[server->count];
}

/// Turns what was read into what is to be sent.
static void answer(struct client *client, struct state *state) {
    size_t length = client->end;
    unsigned long long count = state->count, token = state->token, gap = state->longest_gap / 1000;
    unsigned long long echoed = state->echoed;
    if (length == 5 && !memcmp(client->bytes, "stat\n", 5)) {
        client->end = (size_t)snprintf(client->bytes, piece, "n=%llu token=%016llx maxgap_ms=%llu echoed=%llu\n",
                                       count, token, gap, echoed);
    } else if (length == 4 && !memcmp(client->bytes, "sum\n", 4)) {
        size_t bad = count_bad_words(state->memory);
        client->end = (size_t)snprintf(client->bytes, piece, "pages=%zu bad_words=%zu\n", state->memory->pages, bad);
    } else if (length == 5 && !memcmp(client->bytes, "gap0\n", 5)) {
        state->longest_gap = 0;
        client->end = (size_t)snprintf(client->bytes, piece, "ok\n");
    } else {
        state->echoed += length;
    }
}

/// One read and one write; false when the client has gone.
static int attend(struct pollfd *place, struct client *client, struct state *state) {
    if (client->start == client->end) {
        ssize_t got = read(place->fd, client->bytes, piece);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return 0;
        if (got < 0) return 1;
        client->start = 0;
        client->end = (size_t)got;
        answer(client, state);
    }
    ssize_t sent = write(place->fd, client->bytes + client->start, client->end - client->start);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return 0;
    if (sent > 0) client->start += (size_t)sent;
    place->events = client->start == client->end ? POLLIN : POLLOUT;
    return 1;
}

void serve(struct server *server, struct state *state, int milliseconds) {
    if (poll(server->places, server->count, milliseconds) <= 0) return;
    for (nfds_t who = server->count; who-- > 1;) {
        if (server->places[who].revents == 0) continue;
        if (!attend(&server->places[who], &server->clients[who], state)) part(server, who);
    }
    if (server->count > 0 && server->places[0].revents) welcome(server);
}
