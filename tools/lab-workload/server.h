// The TCP side of the workload. What arrives in one piece as one of these lines is answered with a line,
// everything else is echoed byte for byte:
//   stat   n=COUNT token=TOKEN maxgap_ms=N echoed=BYTES     the longest time between two ticks, and what was echoed
//   sum    pages=N bad_words=N                              reads all of the memory
//   gap0   ok                                               forgets the longest gap
#pragma once
#include <stdint.h>

#include "memory.h"

struct state {
    uint64_t count, token;
    uint64_t longest_gap;   // microseconds
    uint64_t echoed;        // bytes
    struct memory *memory;
};

struct server;

/// A server on all addresses of `port`, those of IPv6 too where the family is AF_INET6, or one that hears nobody if
/// `port` is zero. NULL: it cannot listen, see errno.
struct server *make_server(int port, int family);

/// Waits up to `milliseconds` for something to do and does it once; never blocks on a client that does not read.
void serve(struct server *server, struct state *state, int milliseconds);
