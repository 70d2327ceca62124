internal import CLibSSH2
internal import Glibc
internal import SystemPackage

/// Opens channels and starts their programs, one after the other, because libssh2 opens only one at a time.
struct ChannelOpener {
    /// How much the far side may send before we have taken it, a channel. Bounds what libssh2 keeps in memory.
    private static let window: UInt32 = 8 << 20
    /// Largest that every SSH server must take. See: RFC 4253, 6.1.
    private static let packet: UInt32 = 32768

    private let thread: SessionThread
    private let socket: SessionSocket
    private var requests: [ProgramRequest] = []
    /// The channel of the first request, once the server has opened it.
    private var channel: OpaquePointer?

    init(thread: SessionThread, socket: SessionSocket) {
        self.thread = thread
        self.socket = socket
    }

    var isEmpty: Bool { self.requests.isEmpty }

    mutating func append(_ request: ProgramRequest) {
        self.requests.append(request)
    }

    /// Ends every request that waits.
    ///
    /// - Parameter error: why.
    mutating func fail(with error: HostError) {
        for request in self.requests { request.fail(error) }
        self.requests = []
    }

    /// Goes on with the first request.
    ///
    /// - Parameter handle: the session.
    /// - Returns: a channel whose program was started just now.
    /// - Throws: a call after which the session is of no more use.
    mutating func turn(_ handle: borrowing SessionHandle) throws(ChannelFailure) -> ChannelPump? {
        guard let request = self.requests.first, let channel = try self.open(handle, request) else { return nil }
        let code = libssh2_channel_process_startup(
            channel, "exec", 4, request.program, UInt32(request.program.utf8.count))
        if code == LIBSSH2_ERROR_EAGAIN { return nil }
        if code != 0 { try self.refuse(request, handle.error(Int(code), "libssh2_channel_process_startup")) }
        self.channel = nil
        self.requests.removeFirst()
        if code != 0 {
            return ChannelPump(request: request, channel: channel, pipes: nil, socket: self.socket)
        }
        let pipes: ProgramPipes
        do {
            pipes = try ProgramPipes()
        } catch {
            request.fail(self.error(request, "no pipe for it on this side: \(error)"))
            return ChannelPump(request: request, channel: channel, pipes: nil, socket: self.socket)
        }
        request.started.fulfil(.success(pipes.ends))
        return ChannelPump(request: request, channel: channel, pipes: pipes, socket: self.socket)
    }

    /// - Returns: the first request's channel, or `nil` while the server has not answered or when it has refused.
    private mutating func open(
        _ handle: borrowing SessionHandle, _ request: ProgramRequest
    ) throws(ChannelFailure) -> OpaquePointer? {
        if let channel = self.channel { return channel }
        self.channel = libssh2_channel_open_ex(handle.pointer, "session", 7, Self.window, Self.packet, nil, 0)
        if self.channel == nil, handle.lastCode != Int(LIBSSH2_ERROR_EAGAIN) {
            try self.refuse(request, handle.error(handle.lastCode, "libssh2_channel_open_ex"))
            self.requests.removeFirst()
        }
        return self.channel
    }

    /// Tells a request that the server does not want it.
    ///
    /// - Throws: when it was not the server's will, but the connection. The request then ends with the session.
    private func refuse(_ request: ProgramRequest, _ error: SSHError) throws(ChannelFailure) {
        guard error.code == LIBSSH2_ERROR_CHANNEL_FAILURE || error.code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED else {
            throw ChannelFailure(code: Int(error.code), function: error.function)
        }
        request.fail(self.error(request, "the server refuses it (MaxSessions in its sshd_config?): \(error)"))
    }

    private func error(_ request: ProgramRequest, _ cause: String) -> HostError {
        self.thread.error(.programRefused, "run \(request.program)", cause)
    }
}

/// The two pipes between a caller and a channel. Our ends do not block; the caller's ends do.
struct ProgramPipes {
    /// Big enough that a pump's turn carries more than one packet. Over `pipe-max-size` it stays at 64 KiB.
    private static let capacity: Int32 = 1 << 20

    /// `F_SETPIPE_SZ`, which the Glibc module does not show. See: man 2 fcntl.
    private static let setPipeSize: Int32 = 1031

    let ends: ProgramRequest.Ends
    /// Where the pump reads what the caller writes.
    let fromCaller: Int32
    /// Where the pump writes what the caller reads.
    let toCaller: Int32

    init() throws(Errno) {
        let input = try Pipe()
        let output: Pipe
        do {
            output = try Pipe()
        } catch {
            input.close()
            throw error
        }
        self.ends = ProgramRequest.Ends(
            input: FileDescriptor(rawValue: input.writeEnd), output: FileDescriptor(rawValue: output.readEnd))
        self.fromCaller = input.readEnd
        self.toCaller = output.writeEnd
        for descriptor in [self.fromCaller, self.toCaller] {
            Pipe.unblock(descriptor)
            _ = fcntl(descriptor, Self.setPipeSize, Self.capacity)
        }
    }
}

/// A libssh2 call on a channel after which the whole session is of no more use. The session adds the words.
struct ChannelFailure: Error {
    let code: Int
    let function: String
}
