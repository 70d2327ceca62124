#define _GNU_SOURCE
#include "network.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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
