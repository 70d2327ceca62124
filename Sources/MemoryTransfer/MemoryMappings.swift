internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// The mappings of a process whose pages a dump takes along: private ones that are memory and not a device.
///
/// Which of them a dump really takes, CRIU says at the dump; a round that reads too much or too little costs bytes and
/// nothing else. See: 'man 5 proc_pid_maps'.
struct MemoryMappings {
    /// First address, and the one behind the last.
    let ranges: [Range<UInt64>]
    /// Whether the process has asked for reads that the kernel carries out beside it (Linux AIO).
    let isReadInto: Bool

    /// - Returns: `nil` where the process has ended.
    init?(of process: MemoryProcess) throws(TransferError) {
        guard let file = try process.open("maps") else { return nil }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file.number, &buffer, buffer.count)
            if count == 0 || count < 0 && Errno.last == .noSuchProcess { break }
            guard count > 0 else { throw process.failure(Errno.last, "read maps") }
            text += buffer.prefix(count)
            guard text.count <= 64 << 20 else {
                throw TransferError(.limit, operation: "read maps", detail: "process \(process.pid) has too many")
            }
        }
        self.isReadInto = String(decoding: text, as: UTF8.self).contains("/[aio]")
        self.ranges = text.split(separator: UInt8(ascii: "\n")).compactMap {
            Self.range(String(decoding: $0, as: UTF8.self))
        }
    }

    /// A line such as `7f00a000-7f00b000 rw-p 00000000 00:00 0   [heap]`.
    private static func range(_ line: String) -> Range<UInt64>? {
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count >= 5, fields[1].count == 4, fields[1].hasSuffix("p"), fields[1].hasPrefix("r") else {
            return nil
        }
        let name = fields.count > 5 ? fields[5].drop { $0 == " " } : ""
        guard !["[vvar]", "[vvar_vclock]", "[vdso]", "[vsyscall]"].contains(name) else { return nil }
        let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        return bounds[0]..<bounds[1]
    }
}
