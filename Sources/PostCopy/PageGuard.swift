internal import CLinux
internal import Glibc

/// Holds a second reference to what the page daemon answers page faults by, in a process of its own: while it does, the
/// daemon's death lets the container's threads wait, and not read zeros. It then ends the container.
package enum PageGuard {
    /// What the daemon says to it, one byte each.
    enum Word: UInt8 {
        /// With a descriptor, which is held from now on.
        case hold = 1
        /// All pages are there.
        case done = 2
        /// With the number of one that was to be held, in four bytes, from 0 on: all pages of that one are there.
        case release = 3
    }

    /// Guards until the daemon says that it is done, or is gone.
    ///
    /// - Parameters:
    ///   - input: the daemon's end of a connection that keeps messages apart.
    ///   - end: ends the container for good.
    /// - Returns: whether all pages are there; `end` has been called otherwise.
    package static func run(input: Int32, end: () -> Void) -> Bool {
        var held: [UInt32: Int32] = [:]
        var tickets: UInt32 = 0
        defer { for descriptor in held.values { close(descriptor) } }
        while true {
            var (message, descriptor): ([UInt8], Int32) = ([0, 0, 0, 0, 0], -1)
            let count = vz_receive_descriptor(input, &message, 5, &descriptor)
            switch Word(rawValue: message[0]) {
            case .hold where count == 1 && descriptor >= 0:
                held[tickets] = descriptor
                tickets += 1
            case .release where count == 5:
                let ticket = message[1...].reversed().reduce(0) { $0 << 8 | UInt32($1) }
                if let descriptor = held.removeValue(forKey: ticket) { close(descriptor) }
            case .done where count == 1: return true
            case .hold, .release, .done, nil:
                // Without an address space there is nothing to be read, and nobody of ours to end.
                if tickets > 0 { end() }
                return tickets == 0
            }
        }
    }
}
