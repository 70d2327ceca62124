/// The hardware address of one network device.
package struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    /// Six.
    package let bytes: [UInt8]

    /// - Returns: `nil` for what is not six pairs of hexadecimal digits with colons or dashes, for the address of
    ///   nobody (all zero) and for one of a group (lowest bit of the first byte), which no device can have.
    package init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        guard parts.count == 6, parts.allSatisfy({ $0.utf8.count == 2 && $0.first?.isHexDigit == true }) else {
            return nil
        }
        let bytes = parts.compactMap { UInt8($0, radix: 16) }
        guard bytes.count == 6, bytes[0] & 1 == 0, bytes.contains(where: { $0 != 0 }) else { return nil }
        self.bytes = bytes
    }

    package var description: String {
        self.bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined(separator: ":")
    }
}
