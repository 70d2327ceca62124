internal import HandOver
package import SystemPackage

/// Why a pass over a tree ended early, here or at the other side.
package struct TransferError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Reason: UInt8, Hashable, Sendable {
        /// A system call failed: `code` is its errno, such as ENOSPC at the receiver.
        case system = 1
        /// Another file system is mounted inside the tree; it would have been lost.
        case mountPoint = 2
        /// A file changed, shrank or vanished in the pass that must be exact.
        case sourceChanged = 3
        /// Bytes from the other side mean nothing; `detail` names the offset.
        case undecodable = 4
        /// The caller asked to stop.
        case cancelled = 5
        /// The other side closed the connection or died.
        case connectionLost = 6
        /// After the last pass the two sides do not hold the same tree.
        case treesDiffer = 7
        /// A bound that protects this side was passed, such as the length of a path.
        case limit = 8
        /// Another thread of the same pass failed first; never seen by callers.
        case interrupted = 9
    }

    /// The kind of failure.
    package let reason: Reason
    /// The entry in question, relative to the root; empty for the root itself or when no entry is concerned.
    package let path: [UInt8]
    /// The system call or the deed that failed.
    package let operation: String
    /// The errno, or 0.
    package let code: Int32
    /// What else there is to say; may be empty.
    package let detail: String
    /// True when the other side failed and told us, false when it happened here.
    package var isPeers = false

    /// Describes a failure on this side.
    package init(_ reason: Reason, path: [UInt8] = [], operation: String, code: Errno? = nil, detail: String = "") {
        self.reason = reason
        self.path = path
        self.operation = operation
        self.code = code?.rawValue ?? 0
        self.detail = detail
    }

    /// The failed system call of `path`; a mount point in the way is told apart.
    package static func system(_ code: Errno, _ operation: String, _ path: [UInt8]) -> TransferError {
        if code == .improperLink {
            return TransferError(
                .mountPoint, path: path, operation: operation, code: code,
                detail: "another file system is mounted here, inside the tree; unmount it, or move it as a mount")
        }
        return TransferError(.system, path: path, operation: operation, code: code)
    }

    /// Runs system calls on `path` and gives their errno its place.
    package static func wrap<R: ~Copyable>(
        _ operation: String, _ path: [UInt8], _ body: () throws(Errno) -> R
    ) throws(TransferError) -> R {
        do { return try body() } catch { throw TransferError.system(error, operation, path) }
    }

    package var description: String {
        var text = self.isPeers ? "the other side: " : ""
        text += "\(Self.printable(self.path)): \(self.operation)"
        switch self.reason {
        case .system: text += ": \(Errno(rawValue: self.code))"
        case .mountPoint, .limit, .undecodable, .treesDiffer, .interrupted: break
        case .sourceChanged: text += ": changed while the tree must stand still"
        case .cancelled: text += ": cancelled"
        case .connectionLost: text += ": the connection is gone"
        }
        return self.detail.isEmpty ? text : text + ": " + self.detail
    }

    /// `path` for people: what is not printable ASCII as `\xNN`.
    package static func printable(_ path: [UInt8]) -> String {
        if path.isEmpty { return "." }
        var text = ""
        for byte in path {
            if byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + Hexadecimal.text([byte])
            }
        }
        return text
    }
}

extension TransferError {
    /// The failure in the form of the wire.
    package var encoded: [UInt8] {
        var bytes = MessageBytes()
        bytes.add(self.reason.rawValue)
        bytes.add(self.code)
        bytes.add(counted: self.path)
        bytes.add(counted: Array(self.operation.utf8))
        bytes.add(counted: Array(self.detail.utf8.prefix(4096)))
        return bytes.bytes
    }

    /// Reads what the other side said of its failure; what does not decode is an error of its own.
    package init(encoded: [UInt8]) {
        var rest = encoded[...]
        func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func number() -> UInt32? {
            take(4).map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        }
        func counted() -> [UInt8]? { number().flatMap { take(Int($0)) }.map { Array($0) } }
        guard let tag = take(1)?.first, let reason = Reason(rawValue: tag), let code = number(), let path = counted(),
            let operation = counted(), let detail = counted()
        else {
            self.init(.undecodable, operation: "decode", detail: "the other side's failure message")
            return
        }
        self.init(
            reason, path: path, operation: String(decoding: operation, as: UTF8.self),
            code: code == 0 ? nil : .init(rawValue: Int32(bitPattern: code)),
            detail: String(decoding: detail, as: UTF8.self))
        self.isPeers = true
    }
}
