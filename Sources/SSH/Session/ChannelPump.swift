internal import CLibSSH2
internal import Glibc

/// One running program: moves bytes between its channel and the caller's pipes, a bounded amount a turn.
///
/// Backpressure goes through: a caller that does not read leaves its bytes in the channel's window, which then stops
/// the program; a program that does not read leaves the caller's bytes in the pipe, which then blocks the caller.
final class ChannelPump {
    /// Steps of one turn in one direction, so that channels take turns.
    private static let stepsPerTurn = 16

    let request: ProgramRequest
    private let channel: OpaquePointer
    private let socket: SessionSocket
    /// -1 once the caller has ended its input.
    private var fromCaller: Int32
    /// -1 once the caller has got the end of the output, or has closed it.
    private var toCaller: Int32
    private var outgoing = ChannelBuffer()
    private var incoming = ChannelBuffer()
    /// As large as `incoming`, because libssh2 asks for as much more of the window as a read's buffer holds. Where an
    /// exchange of keys puts the asking off, it sends what the first read had asked for, counts what the next one
    /// would, and drops what comes in excess. (Seen in 1.10.)
    private var complaints = ChannelBuffer()
    private var owesEnd = false
    private var isOutputEnded = false
    private var isClosing: Bool
    /// Whether the channel is freed and nothing is left to do.
    private(set) var isDone = false

    /// - Parameters:
    ///   - request: who asked.
    ///   - channel: freed here.
    ///   - pipes: to the caller; `nil` for a channel that is only to be closed.
    ///   - socket: of the session.
    init(request: ProgramRequest, channel: OpaquePointer, pipes: ProgramPipes?, socket: SessionSocket) {
        self.request = request
        self.channel = channel
        self.socket = socket
        self.fromCaller = pipes?.fromCaller ?? -1
        self.toCaller = pipes?.toCaller ?? -1
        self.isClosing = pipes == nil
    }

    deinit {
        self.closePipes()
    }

    /// What to wait for on the caller's pipes: a descriptor of -1 is passed over by `poll`.
    var interests: [pollfd] {
        let wantsInput = self.outgoing.isEmpty && !self.isClosing
        let wantsOutput = !self.incoming.isEmpty && !self.isClosing
        return [
            pollfd(fd: wantsInput ? self.fromCaller : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wantsOutput ? self.toCaller : -1, events: Int16(POLLOUT), revents: 0),
        ]
    }

    /// Gives up the program: the pipes end now and the channel once the far side agrees.
    func close() {
        self.closePipes()
        self.isClosing = true
    }

    /// Moves what can be moved now.
    ///
    /// - Returns: whether anything moved.
    /// - Throws: a libssh2 call and its code, when the session is of no more use.
    func turn() throws(ChannelFailure) -> Bool {
        if self.isClosing { return try self.free() }
        var isMoved = try self.send()
        if try self.receiveErrors() { isMoved = true }
        if try self.receive() { isMoved = true }
        if self.isOutputEnded, self.incoming.isEmpty, try self.finish() { isMoved = true }
        return isMoved
    }

    private func closePipes() {
        self.closeInput()
        self.closeOutput()
    }

    private func closeInput() {
        if self.fromCaller >= 0 { Glibc.close(self.fromCaller) }
        self.fromCaller = -1
    }

    private func closeOutput() {
        if self.toCaller >= 0 { Glibc.close(self.toCaller) }
        self.toCaller = -1
    }

    // MARK: - From the caller to the program

    private func send() throws(ChannelFailure) -> Bool {
        var isMoved = false
        for _ in 0..<Self.stepsPerTurn {
            if self.outgoing.isEmpty, !self.fillOutgoing() { break }
            guard self.socket.hasRoom else { break }
            let bytes = self.outgoing.bytes
            let count = libssh2_channel_write_ex(
                self.channel, 0, bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count)
            if count == 0 || count == Int(LIBSSH2_ERROR_EAGAIN) { break }
            if count > 0 {
                self.outgoing.removeFirst(count)
            } else {
                try self.stopSending(count)
            }
            isMoved = true
        }
        return try self.sendEnd() || isMoved
    }

    /// - Returns: whether there is something to send.
    private func fillOutgoing() -> Bool {
        guard self.fromCaller >= 0 else { return false }
        let count = self.outgoing.fill { Glibc.read(self.fromCaller, $0.baseAddress, $0.count) }
        if count > 0 { return true }
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        self.closeInput()
        self.owesEnd = true
        return false
    }

    /// The program may have gone while we were writing to it; its exit says more than this error would.
    private func stopSending(_ code: Int) throws(ChannelFailure) {
        guard code == Int(LIBSSH2_ERROR_CHANNEL_CLOSED) || code == Int(LIBSSH2_ERROR_CHANNEL_EOF_SENT) else {
            throw ChannelFailure(code: code, function: "libssh2_channel_write_ex")
        }
        self.outgoing.removeAll()
        self.closeInput()
    }

    private func sendEnd() throws(ChannelFailure) -> Bool {
        guard self.owesEnd, self.outgoing.isEmpty else { return false }
        let code = libssh2_channel_send_eof(self.channel)
        if code == LIBSSH2_ERROR_EAGAIN { return false }
        self.owesEnd = false
        guard code == 0 || code == LIBSSH2_ERROR_CHANNEL_CLOSED else {
            throw ChannelFailure(code: Int(code), function: "libssh2_channel_send_eof")
        }
        return true
    }

    // MARK: - From the program to the caller

    private func receive() throws(ChannelFailure) -> Bool {
        var isMoved = false
        for _ in 0..<Self.stepsPerTurn {
            if !self.incoming.isEmpty {
                guard self.deliver() else { break }
                isMoved = true
            }
            guard self.incoming.isEmpty, !self.isOutputEnded else { break }
            let count = self.incoming.fill { self.read(stream: 0, into: $0) }
            if count == Int(LIBSSH2_ERROR_EAGAIN) { break }
            if count < 0 { throw ChannelFailure(code: count, function: "libssh2_channel_read_ex") }
            isMoved = true
            // Without bytes it is the end, or bytes for the standard error stand before the end.
            if count == 0 {
                self.isOutputEnded = libssh2_channel_eof(self.channel) == 1
                if self.isOutputEnded { self.closeOutput() }
                break
            }
        }
        return isMoved
    }

    /// - Returns: whether the pipe took anything. What comes after the caller has closed its end is thrown away.
    private func deliver() -> Bool {
        guard self.toCaller >= 0 else {
            self.incoming.removeAll()
            return true
        }
        let bytes = self.incoming.bytes
        let count = write(self.toCaller, bytes.baseAddress, bytes.count)
        if count >= 0 {
            self.incoming.removeFirst(count)
            return true
        }
        if errno == EAGAIN || errno == EINTR { return false }
        self.closeOutput()
        self.incoming.removeAll()
        return true
    }

    /// Takes the standard error to its last byte. It also lets libssh2 empty the socket while `receive` holds back, so
    /// that a socket with bytes never keeps `poll` from sleeping.
    private func receiveErrors() throws(ChannelFailure) -> Bool {
        var isMoved = false
        while true {
            let count = self.complaints.fill { self.read(stream: SSH_EXTENDED_DATA_STDERR, into: $0) }
            self.request.errors.append(self.complaints.bytes)
            self.complaints.removeAll()
            if count == 0 || count == Int(LIBSSH2_ERROR_EAGAIN) { return isMoved }
            if count < 0 { throw ChannelFailure(code: count, function: "libssh2_channel_read_ex") }
            isMoved = true
        }
    }

    private func read(stream: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let bytes = buffer.assumingMemoryBound(to: CChar.self)
        return libssh2_channel_read_ex(self.channel, stream, bytes.baseAddress, bytes.count)
    }

    // MARK: - The end

    /// - Returns: whether the program's end is known now.
    private func finish() throws(ChannelFailure) -> Bool {
        let code = libssh2_channel_wait_closed(self.channel)
        if code == LIBSSH2_ERROR_EAGAIN { return false }
        if code < 0 { throw ChannelFailure(code: Int(code), function: "libssh2_channel_wait_closed") }
        let exit = self.exit()
        self.close()
        self.request.exit.fulfil(exit)
        return true
    }

    private func exit() -> RemoteExit {
        var signal: UnsafeMutablePointer<CChar>?
        libssh2_channel_get_exit_signal(self.channel, &signal, nil, nil, nil, nil, nil)
        guard let signal else { return .exited(status: libssh2_channel_get_exit_status(self.channel)) }
        defer { Glibc.free(signal) }
        return .killed(signal: String(cString: signal))
    }

    private func free() throws(ChannelFailure) -> Bool {
        let code = libssh2_channel_free(self.channel)
        if code == LIBSSH2_ERROR_EAGAIN { return false }
        if code < 0 { throw ChannelFailure(code: Int(code), function: "libssh2_channel_free") }
        self.isDone = true
        return true
    }
}

/// A fixed block of bytes between a pipe and a channel: filled once, then emptied from the front.
///
/// It never moves, because libssh2 wants a call that could not finish repeated with the same bytes.
struct ChannelBuffer: ~Copyable {
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private var filled = 0..<0

    deinit {
        self.block.deallocate()
    }

    var isEmpty: Bool { self.filled.isEmpty }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self.block[self.filled]) }

    /// Fills the block, which must be empty.
    ///
    /// - Parameter body: writes into the block and returns how much, or 0 or less for nothing.
    /// - Returns: what the body returned.
    mutating func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        precondition(self.isEmpty, "a channel's buffer is filled only when it is empty")
        let count = body(self.block)
        self.filled = 0..<max(0, count)
        return count
    }

    mutating func removeFirst(_ count: Int) {
        self.filled = self.filled.lowerBound + count..<self.filled.upperBound
    }

    mutating func removeAll() {
        self.filled = 0..<0
    }
}
