#define _GNU_SOURCE
#include "userfaults.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

int vz_next_fault(int faults, struct vz_fault *out)
{
    struct uffd_msg message;
    ssize_t count;
    do
        count = read(faults, &message, sizeof message);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno == EAGAIN ? 0 : -1;
    if (count != sizeof message) {
        errno = EPROTO;
        return -1;
    }
    *out = (struct vz_fault){ .descriptor = -1 };
    switch (message.event) {
    case UFFD_EVENT_PAGEFAULT:
        out->kind = VZ_FAULT_PAGE;
        out->start = message.arg.pagefault.address;
        return 1;
    case UFFD_EVENT_FORK:
        out->kind = VZ_FAULT_FORK;
        out->descriptor = (int)message.arg.fork.ufd;
        return 1;
    case UFFD_EVENT_REMAP:
        out->kind = VZ_FAULT_MOVE;
        out->start = message.arg.remap.from;
        out->target = message.arg.remap.to;
        out->length = message.arg.remap.len;
        return 1;
    case UFFD_EVENT_REMOVE:
    case UFFD_EVENT_UNMAP:
        out->kind = message.event == UFFD_EVENT_REMOVE ? VZ_FAULT_REMOVE : VZ_FAULT_UNMAP;
        out->start = message.arg.remove.start;
        out->length = message.arg.remove.end - message.arg.remove.start;
        return 1;
    }
    errno = EPROTO;
    return -1;
}

/* The kernel says in the request how far it came; a negative number there is the error. */
static int64_t placed(int result, int64_t done)
{
    if (result == 0 || done > 0)
        return done;
    if (done < 0)
        errno = (int)-done;
    return -1;
}

int64_t vz_place_pages(int faults, uint64_t address, const void *pages, uint64_t size)
{
    struct uffdio_copy request = { .dst = address, .src = (uintptr_t)pages, .len = size };
    int result = ioctl(faults, UFFDIO_COPY, &request);
    return placed(result, request.copy);
}

int64_t vz_place_zeros(int faults, uint64_t address, uint64_t size)
{
    struct uffdio_zeropage request = { .range = { .start = address, .len = size } };
    int result = ioctl(faults, UFFDIO_ZEROPAGE, &request);
    return placed(result, request.zeropage);
}

int vz_wake_faults(int faults, uint64_t address, uint64_t size)
{
    struct uffdio_range range = { .start = address, .len = size };
    return ioctl(faults, UFFDIO_WAKE, &range);
}

int vz_send_descriptor(int socket, uint8_t byte, int descriptor)
{
    struct iovec part = { &byte, 1 };
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    memset(&control, 0, sizeof control);
    if (descriptor >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &descriptor, sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

long vz_receive_descriptor(int socket, void *bytes, unsigned long size, int *descriptor)
{
    struct iovec part = { bytes, size };
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space,
    };
    ssize_t count;
    do
        count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    *descriptor = -1;
    if (count < 0)
        return -1;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
            memcpy(descriptor, CMSG_DATA(head), sizeof(int));
    return count;
}

/* By way of /proc/self/fd, as an address holds 107 bytes. */
static int at(int directory, const char *name, int is_stream, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", directory, name);
    if (length >= (int)sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return socket(AF_UNIX, (is_stream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC, 0);
}

static int closing(int socket)
{
    int code = errno;
    close(socket);
    errno = code;
    return -1;
}

int vz_listen_at(int directory, const char *name, int is_stream)
{
    struct sockaddr_un address;
    int socket = at(directory, name, is_stream, &address);
    if (socket < 0)
        return -1;
    if (bind(socket, (struct sockaddr *)&address, sizeof address) || listen(socket, 16))
        return closing(socket);
    return socket;
}

int vz_connect_at(int directory, const char *name, int is_stream)
{
    struct sockaddr_un address;
    int socket = at(directory, name, is_stream, &address);
    if (socket < 0)
        return -1;
    if (connect(socket, (struct sockaddr *)&address, sizeof address))
        return closing(socket);
    return socket;
}

int vz_socket_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends); }

int vz_watch_faults(void *start, uint64_t size)
{
    int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    if (faults < 0)
        return -1;
    struct uffdio_api api = {
        .api = UFFD_API,
        .features = UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE
            | UFFD_FEATURE_EVENT_UNMAP,
    };
    struct uffdio_register request = {
        .range = { .start = (uintptr_t)start, .len = size }, .mode = UFFDIO_REGISTER_MODE_MISSING,
    };
    if (ioctl(faults, UFFDIO_API, &api) || ioctl(faults, UFFDIO_REGISTER, &request))
        return closing(faults);
    return faults;
}
