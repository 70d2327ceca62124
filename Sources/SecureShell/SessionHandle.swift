internal import CLibSSH2
internal import Glibc

/// Owns a `LIBSSH2_SESSION *`: made once, freed once, never copied, used from one thread.
struct SessionHandle: ~Copyable {
    /// Initialises libssh2 once a process. See: libssh2_init(3).
    private static let isInitialised = libssh2_init(0) == 0

    let pointer: OpaquePointer
    private let socket: SessionSocket

    init(socket: SessionSocket) throws(SSHError) {
        guard Self.isInitialised,
            let pointer = libssh2_session_init_ex(nil, nil, nil, Unmanaged.passUnretained(socket).toOpaque())
        else { throw SSHError(function: "libssh2_session_init_ex", code: LIBSSH2_ERROR_ALLOC, message: "no memory") }
        self.pointer = pointer
        self.socket = socket
        SessionSocket.route(pointer)
        libssh2_session_set_blocking(pointer, 0)
        // The interval only has to be due whenever `SessionThread` asks; 2 s is the shortest that libssh2 knows.
        libssh2_keepalive_config(pointer, 1, 2)
    }

    deinit {
        libssh2_session_disconnect_ex(self.pointer, SSH_DISCONNECT_BY_APPLICATION, "done", "")
        self.socket.flush()
        self.socket.sever(because: "the session was closed")
        for _ in 0..<1000 where libssh2_session_free(self.pointer) != LIBSSH2_ERROR_EAGAIN { return }
    }

    /// Turns a return code into an error, unless it is 0 or more.
    ///
    /// - Parameters:
    ///   - code: what the function returned.
    ///   - function: its name.
    /// - Throws: the code with libssh2's own words.
    func check(_ code: Int, _ function: String) throws(SSHError) {
        guard code < 0 else { return }
        throw self.error(code, function)
    }

    /// - Parameters:
    ///   - code: what the function returned.
    ///   - function: its name.
    /// - Returns: the code with the socket's words where the connection broke, else with libssh2's.
    func error(_ code: Int, _ function: String) -> SSHError {
        var message: UnsafeMutablePointer<CChar>?
        libssh2_session_last_error(self.pointer, &message, nil, 0)
        let words = message.map { String(cString: $0) } ?? ""
        return SSHError(function: function, code: Int32(code), message: self.socket.failure ?? words)
    }

    /// The code of the last call that failed, for functions that return a pointer.
    var lastCode: Int { Int(libssh2_session_last_errno(self.pointer)) }

    /// Sets what is offered for one kind of method; what this libssh2 does not know is left out by itself.
    ///
    /// - Parameters:
    ///   - kind: a `LIBSSH2_METHOD_…`.
    ///   - methods: the best first.
    /// - Throws: when libssh2 knows none of them.
    func prefer(_ kind: Int32, _ methods: [String]) throws(SSHError) {
        let code = libssh2_session_method_pref(self.pointer, kind, methods.joined(separator: ","))
        try self.check(Int(code), "libssh2_session_method_pref")
    }

    /// The method that both sides agreed on.
    ///
    /// - Parameter kind: a `LIBSSH2_METHOD_…`.
    /// - Returns: its name; `?` before they agreed.
    func method(_ kind: Int32) -> String {
        libssh2_session_methods(self.pointer, kind).map { String(cString: $0) } ?? "?"
    }
}
