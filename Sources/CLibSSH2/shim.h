#ifndef VZ_CLIBSSH2_SHIM_H
#define VZ_CLIBSSH2_SHIM_H

#include <libssh2.h>

typedef ssize_t (*vz_ssh_send)(libssh2_socket_t, const void *, size_t, int, void **);
typedef ssize_t (*vz_ssh_receive)(libssh2_socket_t, void *, size_t, int, void **);

/* libssh2 1.11.1 deprecates the setter that takes a data pointer; 1.10 has no other. */
static inline void vz_ssh_set_transport(LIBSSH2_SESSION *session, vz_ssh_send send, vz_ssh_receive receive)
{
#if LIBSSH2_VERSION_NUM >= 0x010b01
    libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_SEND, (libssh2_cb_generic *)send);
    libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)receive);
#else
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
#endif
}

#endif
