/// How a container is restored from images.
package struct RestoreOptions: Hashable, Sendable {
    /// The directory of the images.
    package var images: String
    /// Where CRIU's log goes, and where the socket of the lazy pages daemon is; exists.
    package var work: String
    /// Every task is left stopped by a signal, having run no instruction of its own.
    package var leaveStopped = true
    package var tcpEstablished = true
    package var fileLocks = true
    package var lazyPages = false
    /// A complete configuration without a fence, put in the place of the bundle's config.json for runc's eyes alone.
    package var generatedConfiguration: String?
    /// After this runc and CRIU are ended and the call fails; `nil` waits for ever.
    package var timeout: Duration?
    package var criu = CriuConfiguration()

    package init(images: String, work: String) {
        self.images = images
        self.work = work
    }
}
