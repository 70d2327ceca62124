package import FrameStream
internal import Glibc
package import HostAccess
internal import SystemPackage

/// A memory that has arrived whole: what is on record of it beside the images, for another process of ours.
package struct ReceivedMemory: Hashable, Sendable {
    /// How many passes it took.
    package let passes: UInt32
    /// Of all its pages.
    package let digest: ByteDigest

    init(passes: UInt32, digest: ByteDigest) {
        self.passes = passes
        self.digest = digest
    }

    /// Reads the record.
    ///
    /// - Returns: `nil` where the memory has not arrived whole.
    package init?(recordedIn root: String) throws(FileError) {
        guard DurableFile.exists(Self.path(root)) else { return nil }
        let bytes = try DurableFile.read(Self.path(root), limit: 36)
        guard bytes.count == 36 else { throw FileError("read the digest in", Self.path(root), errno: EINVAL) }
        self.passes = bytes[..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        self.digest = ByteDigest(bytes[4...])
    }

    /// Writes the record; from now on the memory counts as whole.
    func record(in root: String) throws(TransferError) {
        let number = (0..<4).map { UInt8(truncatingIfNeeded: self.passes >> ($0 * 8)) }
        do throws(FileError) {
            try DurableFile.write(number + self.digest.bytes, to: Self.path(root), mode: 0o600)
        } catch {
            throw .system(Errno(rawValue: error.errno), "write", Array(Self.path(root).utf8))
        }
    }

    /// Puts the images of the last pass to those of the dump, which were sent another way.
    ///
    /// - Parameters:
    ///   - root: where the memory was received.
    ///   - images: the dump's directory, a sister of `root`.
    /// - Throws: what cannot be moved; it may be tried again.
    package func join(_ root: String, to images: String) throws(FileError) {
        let last = "\(root)/\(self.passes)"
        for name in try DurableFile.names(in: last) where name != "parent" {
            try DurableFile.rename("\(last)/\(name)", to: "\(images)/\(name)")
        }
        guard self.passes > 1 else { return }
        let parent = "../\(root.split(separator: "/").last ?? "")/\(self.passes - 1)"
        guard symlink(parent, "\(images)/parent") == 0 || Errno.last == .fileExists else {
            throw FileError("link", "\(images)/parent", errno: Errno.last.rawValue)
        }
    }

    private static func path(_ root: String) -> String { "\(root)/whole" }
}
