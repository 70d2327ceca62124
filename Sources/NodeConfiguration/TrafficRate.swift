/// One item of RATE: how much a CT may send over a device to a class of networks.
package struct TrafficRate: Hashable, Sendable, CustomStringConvertible {
    /// `nil` stands for every device, written `*`.
    package let device: String?
    package let networkClass: Int
    package let kilobitsPerSecond: Int

    /// - Parameter text: Such as `eth0:1:1000` or `*:1:1000`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts[0].isEmpty, let networkClass = Int(parts[1]), let rate = Int(parts[2]) else {
            return nil
        }
        guard networkClass >= 0, rate >= 0 else { return nil }
        self.device = parts[0] == "*" ? nil : parts[0]
        self.networkClass = networkClass
        self.kilobitsPerSecond = rate
    }

    package var description: String { "\(self.device ?? "*"):\(self.networkClass):\(self.kilobitsPerSecond)" }
}
