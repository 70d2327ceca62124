internal import CLibSSH2
internal import Glibc
internal import SystemPackage

/// Serves an authenticated session until it is closed or breaks: opens channels, moves their bytes, watches the link.
///
/// One loop: read the letters, give every channel its turn, hand the kernel what is to be sent, and sleep in `poll`
/// when nothing moved. While programs run, a link that is silent is asked for a sign of life; one that stays silent for
/// `SSHOptions.silenceBound` is dead. An idle session is not watched: its next program is.
final class SessionPump {
    /// `POLLRDHUP`, which the Glibc module does not show. See: man 2 poll.
    private static let hangUp: Int16 = 0x2000

    private let thread: SessionThread
    private let socket: SessionSocket
    private let handle: SessionHandle
    private var opener: ChannelOpener
    private var channels: [ChannelPump] = []
    private var isCloseAsked = false
    private var wasIdle = true
    private var lastKeepAlive = SuspendingClock.now

    init(thread: SessionThread, socket: SessionSocket, handle: consuming SessionHandle) {
        self.thread = thread
        self.socket = socket
        self.handle = handle
        self.opener = ChannelOpener(thread: thread, socket: socket)
    }

    /// Serves, and at the end tells every program that it is over.
    ///
    /// - Returns: why it ended.
    func run() -> HostError {
        let end = self.serve()
        self.opener.fail(with: end)
        for channel in self.channels {
            channel.close()
            channel.request.fail(end)
        }
        // libssh2 frees the channels with the session.
        if end.kind != .closed { self.socket.sever(because: end.cause) }
        return end
    }

    private func serve() -> HostError {
        while true {
            do throws(ChannelFailure) {
                self.readLetters()
                if self.isCloseAsked { return self.closed }
                let isMoved = try self.turn()
                self.socket.flush()
                if let failure = self.socket.failure { return self.broken(failure) }
                try self.keepAlive()
                if self.isSilent { return self.silent }
                self.sleep(isMoved: isMoved)
            } catch {
                return self.broken("\(self.handle.error(error.code, error.function))")
            }
        }
    }

    private func readLetters() {
        for letter in self.thread.mailbox.take() {
            switch letter {
            case .start(let request): self.opener.append(request)
            case .close(let request):
                for channel in self.channels where channel.request === request {
                    channel.close()
                    request.fail(self.thread.error(.closed, "run \(request.program)", "it was closed on this side"))
                }
            case .closeSession: self.isCloseAsked = true
            }
        }
    }

    private func turn() throws(ChannelFailure) -> Bool {
        let before = self.socket.receivedCount
        if self.isIdle != self.wasIdle {
            self.wasIdle = self.isIdle
            self.socket.beginListening()
        }
        var isMoved = false
        if let channel = try self.opener.turn(self.handle) {
            self.channels.append(channel)
            isMoved = true
        }
        for channel in self.channels where try channel.turn() { isMoved = true }
        self.channels.removeAll(where: \.isDone)
        // Bytes that one channel's turn took from the socket may be for another that had its turn before.
        return isMoved || self.socket.receivedCount != before
    }

    // MARK: - Waiting

    private var isIdle: Bool { self.channels.isEmpty && self.opener.isEmpty }

    private func sleep(isMoved: Bool) {
        // Nothing reads the socket of an idle session, so only its end is waited for there.
        let wanted = Self.hangUp | (self.isIdle ? 0 : Int16(POLLIN)) | (self.socket.hasOutbox ? Int16(POLLOUT) : 0)
        var polled = [
            pollfd(fd: self.thread.mailbox.wake.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: self.socket.descriptor, events: wanted, revents: 0),
        ]
        for channel in self.channels { polled += channel.interests }
        let timeout = isMoved ? 0 : self.isIdle ? -1 : self.nextKeepAlive.pollTimeout
        poll(&polled, nfds_t(polled.count), timeout)
        let isEnded = polled[1].revents & (Self.hangUp | Int16(POLLHUP | POLLERR)) != 0
        if isEnded, self.isIdle { self.socket.sever(because: "the other side closed the connection") }
    }

    // MARK: - Keep-alive

    private var silence: Duration { self.socket.lastHeard.duration(to: .now) }
    private var silenceBound: Duration { self.thread.options.silenceBound }
    private var isSilent: Bool { !self.isIdle && self.silence >= self.silenceBound }

    private var untilKeepAlive: Duration {
        self.thread.options.keepAliveInterval - min(self.silence, self.lastKeepAlive.duration(to: .now))
    }
    private var nextKeepAlive: Duration { min(self.untilKeepAlive, self.silenceBound - self.silence) }

    private func keepAlive() throws(ChannelFailure) {
        guard !self.isIdle, self.untilKeepAlive <= .zero else { return }
        self.lastKeepAlive = SuspendingClock.now
        var seconds: Int32 = 0
        let code = libssh2_keepalive_send(self.handle.pointer, &seconds)
        if code < 0, code != LIBSSH2_ERROR_EAGAIN {
            throw ChannelFailure(code: Int(code), function: "libssh2_keepalive_send")
        }
        self.socket.flush()
    }

    // MARK: - Ends

    private var closed: HostError { self.thread.error(.closed, "go on", "the session was closed on this side") }

    private var silent: HostError {
        self.thread.error(
            .timedOut, "go on", "nothing was heard from the server for \(self.silenceBound)")
    }

    private func broken(_ cause: String) -> HostError {
        self.thread.error(.connectionLost, "go on", "the connection broke: \(cause)")
    }
}
