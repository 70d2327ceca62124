internal import CLibSSH2

/// A libssh2 call that failed: the call, its code and the library's words.
package struct SSHError: Error, Hashable, CustomStringConvertible {
    /// The libssh2 function, such as `libssh2_session_handshake`.
    package let function: String
    /// A negative `LIBSSH2_ERROR_…` code. See libssh2.h.
    package let code: Int32
    /// libssh2's own words, which often name the cause where the code does not.
    package let message: String

    package var description: String { "\(self.function) failed with \(self.code): \(self.message)" }

    /// Whether the far side ended the connection, rather than refused one request.
    var isLostConnection: Bool {
        [LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV]
            .contains(self.code)
    }
}
