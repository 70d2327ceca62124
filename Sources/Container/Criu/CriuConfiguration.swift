internal import Glibc
internal import Host

/// What we tell CRIU that runc has no flag for.
///
/// It reaches CRIU as the file that `CRIU_CONFIG_FILE` names in the environment of runc, which CRIU inherits: so
/// nothing in the container's own state refers to it, and it is needed for as long as the one call runs. An
/// annotation `org.criu.config` of the container's owner is still read by CRIU, after this one.
package struct CriuConfiguration: Hashable, Sendable {
    package static let variable = "CRIU_CONFIG_FILE"

    /// Deleted files that are still open travel in the images up to this size, in bytes. CRIU's own bound is 1 MiB.
    package var ghostLimit = 64 << 20
    /// Names of watched files are stored, because inode numbers differ on the other server.
    package var forceIrmap = true
    /// Deleted files that have another name get a temporary link beside it during the checkpoint. It is written into
    /// the container's file system, and the restore removes it again.
    package var linkRemap = false
    /// Connections that are being made are dropped rather than failing the checkpoint.
    package var skipInFlight = true

    package init() {}

    /// The lines for a checkpoint or a restore.
    package func text(leaveStopped: Bool) -> String {
        // The network is dark, so nothing has to be held by rules of CRIU's, which one that is killed leaves behind.
        var lines = ["ghost-limit \(self.ghostLimit)", "network-lock skip"]
        if self.forceIrmap { lines.append("force-irmap") }
        if self.linkRemap { lines.append("link-remap") }
        if self.skipInFlight { lines.append("skip-in-flight") }
        if leaveStopped { lines.append("leave-stopped") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Writes `criu.conf` into a directory of ours and returns its path.
    func write(into directory: String, leaveStopped: Bool) throws(SystemFailure) -> String {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure(errno) }
        defer { close(descriptor) }
        let bytes = Array(self.text(leaveStopped: leaveStopped).utf8)
        try SmallFile.create(below: descriptor, "criu.conf", bytes, mode: 0o600)
        return "\(directory)/criu.conf"
    }
}
