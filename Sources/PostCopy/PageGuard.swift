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
    }

    /// Guards until the daemon says that it is done, or is gone.
    ///
    /// - Parameters:
    ///   - input: the daemon's end of a connection that keeps messages apart.
    ///   - end: ends the container for good.
    /// - Returns: whether all pages are there; `end` has been called otherwise.
    package static func run(input: Int32, end: () throws -> Void) rethrows -> Bool {
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        while true {
            var (word, descriptor): (UInt8, Int32) = (0, -1)
            let count = vz_receive_descriptor(input, &word, 1, &descriptor)
            if descriptor >= 0 { held.append(descriptor) }
            switch Word(rawValue: word) {
            case .hold where count == 1: continue
            case .done where count == 1: return true
            case .hold, .done, nil:
                try end()
                return false
            }
        }
    }
}
