/* Page faults that a process of ours answers, and descriptors that travel. Functions return -1 with errno set on failure. */
#ifndef VZ_USERFAULTS_H
#define VZ_USERFAULTS_H
#include <stdint.h>

/* What a userfaultfd reports. See: 'man 2 userfaultfd'. */
enum vz_fault_kind {
    VZ_FAULT_PAGE = 1, /* A thread waits for the page at `start`. */
    VZ_FAULT_FORK,     /* A child has come; its faults are reported on `descriptor`. */
    VZ_FAULT_MOVE,     /* `length` bytes have moved from `start` to `target`. */
    VZ_FAULT_REMOVE,   /* From `start` on, `length` bytes are zeros from now on (madvise). */
    VZ_FAULT_UNMAP,    /* From `start` on, `length` bytes are gone. */
};
struct vz_fault {
    int kind, descriptor;
    uint64_t start, target, length;
};

/* Reads one report: 1, or 0 where none waits. */
int vz_next_fault(int faults, struct vz_fault *out);

/* Gives pages that are not there their content, and wakes who waits for them. Returns how many bytes were placed, which
 * may be fewer than asked for. EAGAIN: a report has to be read first; EEXIST: the first page is there already; ENOENT: it is
 * not one mapping whose faults are reported; ESRCH: the process is gone. */
int64_t vz_place_pages(int faults, uint64_t address, const void *pages, uint64_t size);
/* Likewise, with zeros. */
int64_t vz_place_zeros(int faults, uint64_t address, uint64_t size);
/* Wakes who waits for pages in that range: they look again. */
int vz_wake_faults(int faults, uint64_t address, uint64_t size);

/* Sends one byte, and a descriptor with it if that is not negative. Never raises SIGPIPE. */
int vz_send_descriptor(int socket, uint8_t byte, int descriptor);
/* Receives `size` bytes in one piece, at most one descriptor with them (else -1 is stored). Returns the bytes received, 0 at
 * the end of the stream. */
long vz_receive_descriptor(int socket, void *bytes, unsigned long size, int *descriptor);

/* A listening or connected SOCK_SEQPACKET or SOCK_STREAM socket of a path, which may be longer than an address holds. */
int vz_listen_at(int directory, const char *name, int is_stream);
int vz_connect_at(int directory, const char *name, int is_stream);
/* Both ends of a connection that keeps messages apart. */
int vz_socket_pair(int ends[2]);

/* For tests: opens a userfaultfd as CRIU does and has it report faults of that range of our own memory. */
int vz_watch_faults(void *start, uint64_t size);
#endif
