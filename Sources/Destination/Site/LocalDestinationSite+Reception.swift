internal import Container
internal import Glibc
internal import HandOver
internal import Host
internal import SystemPackage
internal import Transfer

extension LocalDestinationSite {
    /// The private area's receiver: the fence's file is none of the tree's.
    var receiver: TreeReceiver {
        get throws {
            try TreeReceiver(
                root: Array(self.plan.places.incomingArea.utf8),
                stateDirectory: Array(self.directories.area.record.utf8),
                hiding: self.plan.kind.isCopy ? [] : [Array(BundleFence.configuration.utf8)], base: self.base())
        }
    }

    /// What the same container left here when it last moved away. A copy is somebody else.
    private func base() throws -> [UInt8]? {
        guard !self.plan.kind.isCopy else { return nil }
        return try self.node.registry.migratedArea(withUUID: self.plan.identity).map { Array($0.utf8) }
    }

    var imagesReceiver: TreeReceiver {
        TreeReceiver(
            root: Array(self.directories.images.utf8), stateDirectory: Array(self.directories.imagesState.utf8))
    }

    func makePlaces() throws {
        let directories = self.directories
        try self.endReceptions()
        if self.plan.sharesStorage {
            try DurableFile.makeDirectories(directories.area.record, mode: 0o700)
        } else {
            try directories.area.claim()
        }
        for directory in [directories.imagesState, directories.logs, directories.images, directories.memory] {
            try DurableFile.makeDirectories(directory, mode: 0o700)
        }
    }

    /// The digest of an area that is here because its storage is shared.
    func sharedTreeDigest() throws -> String {
        let tree = SharedTree(
            root: Array(self.plan.places.privateArea.utf8), spillDirectory: Array(self.directories.area.record.utf8))
        return try tree.digest(isStill: true).digest.hex
    }

    func hasForeignArea() throws -> Bool { try !self.directories.area.isFree() }

    /// Receives passes of memory until the last, or until the source hangs up. Blocks.
    func receiveMemory(input: FileDescriptor, output: FileDescriptor) throws {
        try self.receiving {
            _ = try MemoryReceiver(root: self.directories.memory, input: input, output: output).receive()
        }
    }

    /// Receives one stream on the descriptors of a bulk session. Blocks until it has ended.
    func receive(_ stream: BulkStream, input: FileDescriptor, output: FileDescriptor) throws {
        switch stream {
        case .warmTree, .finalTree: try self.receiving { _ = try self.receiver.receive(input: input, output: output) }
        case .images: _ = try self.imagesReceiver.receive(input: input, output: output)
        }
    }

    /// Brings the page daemon a connection to the source, which ends when the daemon needs it no more.
    ///
    /// The daemon comes with the preparation of the container, and may have ended already.
    func receivePages(input: FileDescriptor, output: FileDescriptor) throws {
        let directory = self.pagesDirectory
        while try !directory.serve(input: input, output: output) {
            let migration = try self.node.migration(
                HandOverReference(id: self.plan.migration.description, epoch: self.plan.epoch))
            guard migration.phase == .accepted else {
                return try directory.tell(migration.resumed?.postCopy, to: output)
            }
            guard !Self.hasHungUp(input) else { return }
        }
    }

    /// Waits a moment for the source to hang up.
    private static func hasHungUp(_ input: FileDescriptor) -> Bool {
        var set = pollfd(fd: input.rawValue, events: Int16(POLLIN), revents: 0)
        return poll(&set, 1, 5) > 0
    }

    private func receiving(_ reception: () throws -> Void) throws {
        try self.directories.area.receiving {
            // The migration may have been given up before this process could be found and ended.
            let reference = HandOverReference(id: self.plan.migration.description, epoch: self.plan.epoch)
            guard try self.node.migration(reference).state == .accepted else { return }
            try reception()
        }
    }
}
