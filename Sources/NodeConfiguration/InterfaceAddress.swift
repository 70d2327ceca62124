/// An address as it is given to a network device, with the length of its network's prefix.
package struct InterfaceAddress: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    /// Bits: 0 to 32, or 0 to 128.
    package let prefixLength: Int

    /// Takes `address`, `address/bits` and, for IPv4, `address/255.255.255.0`. Without a prefix the address is alone in
    /// its network.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), let address = IPAddress(parts[0]) else { return nil }
        self.address = address
        let bound = address.bytes.count * 8
        guard parts.count == 2 else {
            self.prefixLength = bound
            return
        }
        guard let length = Self.prefixLength(parts[1], of: address), length <= bound else { return nil }
        self.prefixLength = length
    }

    package var description: String { "\(self.address)/\(self.prefixLength)" }

    private static func prefixLength(_ text: String, of address: IPAddress) -> Int? {
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return Int(text)
        }
        guard !address.isVersion6, let mask = IPAddress(text), !mask.isVersion6 else { return nil }
        let bits = mask.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // A mask is ones and then zeros, nothing else.
        guard ~bits & (~bits &+ 1) == 0 else { return nil }
        return (~bits).leadingZeroBitCount
    }
}
