internal import CLinux
internal import Foundation
internal import HandOver
internal import Synchronization
internal import SystemPackage
internal import Testing
internal import TestSupport
internal import Transfer

/// A source and a destination in one temporary folder, which goes with it.
final class TestNode {
    private let temporary = TemporaryFolder()
    let source: String
    let target: String
    var hiding: [[UInt8]] = []
    /// The receiver's; `nil` for none.
    var base: String?

    var folder: String { self.temporary.path }

    init() throws {
        self.source = self.temporary.path + "/source"
        self.target = self.temporary.path + "/target"
        for path in [self.source, self.target, self.folder + "/state-a", self.folder + "/state-b"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    deinit {
        _ = try? self.shell("chattr -R -f -i -a \(self.folder); umount -R \(self.target) \(self.folder)/disk")
    }

    /// Runs a script in the folder and returns what it printed, errors included.
    @discardableResult
    func shell(_ script: String) throws -> String {
        ChildProgram.run("bash", "-c", "cd \(self.folder)\nexec 2>&1\n" + script).output
    }

    func sender(_ cancellation: TransferControl = .init()) -> TreeSender {
        TreeSender(
            root: Array(self.source.utf8), stateDirectory: Array((self.folder + "/state-a").utf8), hiding: self.hiding,
            cancellation: cancellation)
    }

    func receiver() -> TreeReceiver {
        TreeReceiver(
            root: Array(self.target.utf8), stateDirectory: Array((self.folder + "/state-b").utf8), hiding: self.hiding,
            base: self.base.map { Array($0.utf8) })
    }

    /// What arrived becomes the base of the next attempt, as a container's area does that has moved away again.
    func moveAway() throws {
        try self.shell("mv target base && mkdir target && rm -f state-a/* state-b/*")
        self.base = self.folder + "/base"
    }

    /// Everything that a look at a tree can tell: inodes, all times, metadata, flags, attributes, content.
    func fingerprint(_ tree: String) throws -> String {
        try self.shell(
            """
            cd \(tree); find . -printf %l > /dev/null # which itself moves access times, of links once
            find . -printf '%p %i %n %m %U %G %s %b %T@ %C@ %y %l\\n' | sort
            find . -not -type d -printf '%p %A@\\n' | sort
            lsattr -Ra . 2>/dev/null | sort; getfattr -hRd -m - . 2>/dev/null
            python3 - <<'END'
            import hashlib, os
            for directory, _, names in sorted(os.walk(b'.')):
                for path in sorted(os.path.join(directory, name) for name in names):
                    if not os.path.islink(path) and os.path.isfile(path):
                        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOATIME), 'rb') as file:
                            print(path, hashlib.sha256(file.read()).hexdigest())
            END
            """)
    }

    /// One pass over a socket pair, the receiver on a thread of its own.
    func pass(
        _ pass: TreePass, _ sender: TreeSender? = nil
    ) throws -> (sent: Result<PassReport, TransferError>, received: Result<PassReport, TransferError>) {
        let (here, there) = try Self.socketPair()
        defer { try? here.close() }
        let receiver = Companion(self.receiver(), there)
        receiver.start()
        let sent = Result { () throws(TransferError) in
            try (sender ?? self.sender()).send(pass, input: here, output: here)
        }
        return (sent, receiver.wait())
    }

    /// A pass that must succeed on both sides.
    @discardableResult
    func sync(_ pass: TreePass = .final) throws -> PassReport {
        let (sent, received) = try self.pass(pass)
        let report = try received.get()
        let sentReport = try sent.get()
        guard pass == .warm || report.digest == sentReport.digest else { throw Errno.ioError }
        return sentReport
    }

    /// What rsync would still change, links, ACLs, attributes, sparse files and content compared; empty when nothing.
    func difference(_ exclude: String = "") throws -> String {
        let quiet = "| grep -v '^$' || true"
        let rsync = try self.shell("rsync -naiHAXS --checksum --delete \(exclude) source/ target/ 2>&1 \(quiet)")
        // Extents (e) are the file system's affair: lsattr tells ext4 from tmpfs by them.
        let flags = try self.shell(
            """
            flags() { cd $1; lsattr -Ra . 2>/dev/null | sed 's/^\\([^ ]*\\)e/\\1-/' | sort; }
            diff <(flags source) <(flags target)
            """)
        return rsync + flags
    }

    func expectNoDifference(_ exclude: String = "", at location: SourceLocation = #_sourceLocation) throws {
        let difference = try self.difference(exclude)
        #expect(difference == "", "\(difference)", sourceLocation: location)
    }

    static func socketPair() throws -> (FileDescriptor, FileDescriptor) {
        var pair: [Int32] = [0, 0]
        // What another test starts meanwhile must not hold an end of it open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { throw Errno.ioError }
        return (FileDescriptor(rawValue: pair[0]), FileDescriptor(rawValue: pair[1]))
    }
}

/// A receiver on a thread of its own, which closes its end when it is done, as a process would.
///
/// `@unchecked`: the receiver is used by that thread alone; the result is read after the thread has signalled.
final class Companion: @unchecked Sendable {
    private let receiver: TreeReceiver
    private let connection: FileDescriptor
    private let done = DispatchSemaphore(value: 0)
    private var result: Result<PassReport, TransferError>?

    init(_ receiver: TreeReceiver, _ connection: FileDescriptor) {
        self.receiver = receiver
        self.connection = connection
    }

    func start() {
        Thread.detachNewThread {
            self.result = Result { () throws(TransferError) in
                try self.receiver.receive(input: self.connection, output: self.connection)
            }
            try? self.connection.close()
            self.done.signal()
        }
    }

    func wait() -> Result<PassReport, TransferError> {
        self.done.wait()
        guard let result else { preconditionFailure("the thread sets the result before it signals") }
        return result
    }
}
