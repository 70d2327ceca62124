internal import FoundationEssentials
internal import GRDB

/// GRDB's own subscripts stop the program on a value of another type, which a damaged file may well hold.
extension Row {
    /// `nil` for NULL and for what is no integer.
    func integer(_ index: Int) -> Int64? {
        let value: DatabaseValue = self[index]
        guard case .int64(let integer) = value.storage else { return nil }
        return integer
    }

    /// `nil` for NULL and for what is neither a blob nor text.
    func bytes(_ index: Int) -> [UInt8]? {
        let value: DatabaseValue = self[index]
        switch value.storage {
        case .blob(let data): return Array(data)
        case .string(let text): return Array(text.utf8)
        case .null, .int64, .double: return nil
        }
    }

    /// Like ``bytes(_:)``; bytes that are not UTF-8 become U+FFFD.
    func text(_ index: Int) -> String? {
        self.bytes(index).map { String(decoding: $0, as: UTF8.self) }
    }
}
