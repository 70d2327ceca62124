#define _GNU_SOURCE
#include "network.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int vz_socket_in(const char *namespace_path, int domain, int type, int protocol, int *stranded) {
    int result = -1, failure = 0;
    *stranded = 0;
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0) return -1;
    int there = open(namespace_path, O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET)) {
        failure = errno;
    } else {
        result = socket(domain, type | SOCK_CLOEXEC, protocol);
        failure = errno;
        if (setns(home, CLONE_NEWNET)) {
            failure = errno;
            *stranded = 1;
            if (result >= 0) close(result);
            result = -1;
        }
    }
    if (there >= 0) close(there);
    close(home);
    errno = failure;
    return result;
}

int vz_send_frame(int packet_socket, int index, const uint8_t *frame, size_t length) {
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = index, .sll_halen = 6};
    memcpy(address.sll_addr, frame, 6);
    ssize_t sent = sendto(packet_socket, frame, length, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
    return sent < 0 ? errno : 0;
}

int vz_interface_index(int any_socket, const char *name) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return ioctl(any_socket, SIOCGIFINDEX, &request) ? 0 : request.ifr_ifindex;
}

int vz_packet_socket(const char *device, int *index) {
    int packets = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), reason;
    if (packets < 0) return -1;
    *index = vz_interface_index(packets, device);
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = *index};
    struct packet_mreq groups = {.mr_ifindex = *index, .mr_type = PACKET_MR_ALLMULTI};
    if (*index && !setsockopt(packets, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &groups, sizeof groups) &&
        !bind(packets, (struct sockaddr *)&address, sizeof address))
        return packets;
    reason = *index ? errno : ENODEV;
    close(packets);
    errno = reason;
    return -1;
}

static int end_repair(int pidfd, int number) {
    int mode = 0;
    socklen_t size = sizeof mode;
    int socket = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
    if (socket < 0) return 0;   // closed meanwhile
    int found = !getsockopt(socket, IPPROTO_TCP, TCP_REPAIR, &mode, &size) && mode > 0;
    if (found) {
        mode = -1;              // TCP_REPAIR_OFF_NO_WP: no window probe, the network is dark
        if (setsockopt(socket, IPPROTO_TCP, TCP_REPAIR, &mode, sizeof mode)) found = -1;
    }
    int code = errno;
    close(socket);
    errno = code;
    return found;
}

int vz_end_tcp_repair(pid_t pid) {
    char path[64], target[16];
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), count = 0;
    if (pidfd < 0) return -1;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *numbers = opendir(path);
    for (struct dirent *entry; numbers && count >= 0 && (entry = readdir(numbers));) {
        ssize_t length = readlinkat(dirfd(numbers), entry->d_name, target, sizeof target);
        if (length < 7 || memcmp(target, "socket:", 7)) continue;
        int found = end_repair(pidfd, atoi(entry->d_name));
        count = found < 0 ? -1 : count + found;
    }
    int code = errno;
    int failed = !numbers;
    if (numbers) closedir(numbers);
    close(pidfd);
    errno = code;
    return failed ? -1 : count;
}

int vz_private_network(void) {
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0) return -1;
    int reason = 0, descriptor = -1;
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
    if (unshare(CLONE_NEWNET)) {
        reason = errno;
        close(home);
        errno = reason;
        return -1;
    }
    descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || ioctl(descriptor, SIOCSIFFLAGS, &request)) reason = errno;
    if (descriptor >= 0) close(descriptor);
    if (!reason) return home;
    // A thread that cannot go back must not go on.
    if (vz_leave_private_network(home)) abort();
    errno = reason;
    return -1;
}

int vz_swap_network(int other) {
    int before = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (before < 0 || !setns(other, CLONE_NEWNET)) return before;
    int reason = errno;
    close(before);
    errno = reason;
    return -1;
}

int vz_leave_private_network(int home) {
    int result = setns(home, CLONE_NEWNET), reason = errno;
    close(home);
    errno = reason;
    return result;
}
