#pragma once
#include <stdint.h>
#include <sys/types.h>

/// A socket that lives in the network namespace that `namespace_path` names; the calling thread is back in its own one
/// afterwards. Returns -1 and sets errno; `stranded` is then 1 if the thread could not go back and must not go on.
int vz_socket_in(const char *namespace_path, int domain, int type, int protocol, int *stranded);

/// Sends one whole Ethernet frame out of the interface `index` through an AF_PACKET socket. Returns 0 or an errno.
int vz_send_frame(int packet_socket, int index, const uint8_t *frame, size_t length);

/// A packet socket that hears whatever a device of the calling thread's network namespace receives, all groups of
/// IPv6 included, and whose index is put into `index`. See: 'man 7 packet'. Returns -1 and sets errno.
int vz_packet_socket(const char *device, int *index);

/// The index of an interface in the socket's own network namespace, 0 if there is none of that name.
int vz_interface_index(int any_socket, const char *name);

/// Takes every TCP socket of another process out of the repair mode in which a CRIU that was killed has left it; see
/// 'man 7 tcp', TCP_REPAIR, and 'man 2 pidfd_getfd'. Works on a frozen process.
/// Returns how many there were, or -1 and errno.
int vz_end_tcp_repair(pid_t pid);

/// Puts the calling thread, and what it starts, into a new network namespace in which only the loopback device is up.
/// Returns a descriptor of the one it was in, for `vz_leave_private_network`, or -1 and errno.
int vz_private_network(void);

/// Puts the calling thread into the network namespace of that descriptor. Returns a descriptor of the one it was in, for
/// `vz_leave_private_network`, or -1 and errno.
int vz_swap_network(int other);

/// Puts the thread back and closes the descriptor. Returns 0, or -1 and errno: the thread must not go on then.
int vz_leave_private_network(int home);
