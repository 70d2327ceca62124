internal import SystemPackage

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
