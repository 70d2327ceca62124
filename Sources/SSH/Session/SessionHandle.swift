internal import CLibSSH2
internal import Glibc
internal import SystemPackage

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

/// A libssh2 call that failed: the call, its code and the library's words.
struct SSHError: Error, Hashable, CustomStringConvertible {
    /// The libssh2 function, such as `libssh2_session_handshake`.
    let function: String
    /// A negative `LIBSSH2_ERROR_…` code. See libssh2.h.
    let code: Int32
    /// libssh2's own words, which often name the cause where the code does not.
    let message: String

    var description: String { "\(self.function) failed with \(self.code): \(self.message)" }

    /// Whether the far side ended the connection, rather than refused one request.
    var isLostConnection: Bool {
        [LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV]
            .contains(self.code)
    }
}

/// Repeats a non-blocking libssh2 call until it has an answer, for the time before the session has channels.
struct SessionWaiter {
    let thread: SessionThread
    let socket: SessionSocket

    /// Calls `body` until it returns something else than `LIBSSH2_ERROR_EAGAIN`.
    ///
    /// - Parameters:
    ///   - operation: as it reads after "could not".
    ///   - body: the libssh2 call.
    /// - Returns: the code of the call, which may be a failure.
    /// - Throws: `HostError` of kind `timedOut` after `SSHOptions.patience`, or `closed`.
    func call(_ operation: String, _ body: () -> Int32) throws(HostError) -> Int32 {
        let deadline = SuspendingClock.now + self.thread.options.patience
        while true {
            let code = body()
            guard code == LIBSSH2_ERROR_EAGAIN else { return code }
            try self.wait(until: deadline, operation)
        }
    }

    private func wait(until deadline: SuspendingClock.Instant, _ operation: String) throws(HostError) {
        if self.thread.mailbox.isCloseAsked {
            throw self.thread.error(.closed, operation, "the attempt was cancelled")
        }
        self.socket.flush()
        let left = SuspendingClock.now.duration(to: deadline)
        if left <= .zero {
            throw self.thread.error(
                .timedOut, operation, "the server did not answer within \(self.thread.options.patience)")
        }
        let events = Int16(POLLIN) | (self.socket.hasOutbox ? Int16(POLLOUT) : 0)
        var polled = [
            pollfd(fd: self.socket.descriptor, events: events, revents: 0),
            pollfd(fd: self.thread.mailbox.wake.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        poll(&polled, nfds_t(polled.count), left.pollTimeout)
    }
}

extension Duration {
    /// Milliseconds for `poll`, rounded up, so that a wait never ends before its time and then spins.
    var pollTimeout: Int32 {
        let (seconds, attoseconds) = self.components
        let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: max(0, milliseconds))
    }
}
