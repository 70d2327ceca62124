internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Where the parts of an entry come from that are too large to be at hand: a connection, or a tree on this disk.
protocol EntrySource: AnyObject {
    /// Writes the content into a new, empty file, and says in the entry what it came to: size and digest.
    func fill(_ number: Int32, _ entry: inout TreeEntry) throws(TransferError)

    /// The next extended attribute of the entry, in the order of names; `nil` after the last.
    func nextAttribute() throws(TransferError) -> (name: [UInt8], value: [UInt8])?
}

/// Makes entries what they are to be, below the root of a receiver and nowhere else, and writes down in the index what
/// it vouches for.
///
/// A file whose content changes is removed and made anew under its own name. Nobody reads the incoming area, so there
/// is nothing that a temporary name and a rename would protect; a half-made file is told from a whole one by the
/// index, which has no record of its inode yet; and the other names of the old inode keep what they had until a `link`
/// is ordered. So a crash leaves neither strange names nor half-true ones.
struct EntryMaker {
    let trail: ReceiverTrail
    private let log: TreeIndexWriter

    init(root: borrowing RootedDirectory, log: TreeIndexWriter) throws(TransferError) {
        self.trail = try ReceiverTrail(root: root)
        self.log = log
    }

    /// What is at `path` now; `nil` for nothing.
    func status(at path: [UInt8]) throws(TransferError) -> FileStatus? {
        let place = try self.trail.enterParent(of: path)
        do throws(Errno) {
            return try place.directory.status(of: place.name)
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw .system(error, "statx", path)
        }
    }

    /// Removes what is at `path`, with all below it.
    func remove(_ path: [UInt8]) throws(TransferError) {
        let place = try self.trail.enterParent(of: path)
        try TreeRemoval.remove(below: place.directory, place.name, path: path)
    }

    /// Makes `path` a further name of the inode at `first`, whatever was there.
    func link(_ path: [UInt8], to first: [UInt8]) throws(TransferError) {
        let place = try self.trail.enterParent(of: path)
        try TreeRemoval.remove(below: place.directory, place.name, path: path)
        do throws(Errno) {
            let entry = try self.trail.root.entry(at: first)
            let flags = try InodeFlags.unlock(entry: entry)
            let result = FileName.withCString(place.name) {
                vz_link_descriptor(entry.number, place.directory.number, $0)
            }
            guard result == 0 else { throw Errno.last }
            if flags & InodeFlags.locking != 0 {
                let open = try OwnedDescriptor.checked(vz_reopen(entry.number, O_RDONLY | vz_o_noatime))
                try InodeFlags.write(flags, to: open.number)
            }
        } catch { throw .system(error, "link", path) }
    }

    /// Sets the metadata of what is there already.
    func update(_ entry: TreeEntry, from source: any EntrySource) throws(TransferError) {
        if entry.kind == .directory { return try self.finishDirectory(entry, source) }
        let place = try self.trail.enterParent(of: entry.path)
        let handle = try self.open(entry, place)
        do { try InodeFlags.unlock(entry: handle) } catch { throw .system(error, "unlock", entry.path) }
        try self.setMetadata(handle, entry, source)
    }

    /// Makes an entry anew, whatever was there; not the root.
    func create(_ entry: TreeEntry, from source: any EntrySource) throws(TransferError) {
        let place = try self.trail.enterParent(of: entry.path)
        try TreeRemoval.remove(below: place.directory, place.name, path: entry.path)
        if entry.kind == .regular { return try self.createFile(entry, place, source) }
        let number = place.directory.number
        let result = FileName.withCString(place.name) { name in
            switch entry.kind {
            case .directory: mkdirat(number, name, 0o700)
            case .symlink: FileName.withCString(entry.target) { symlinkat($0, number, name) }
            case .regular, .characterDevice, .blockDevice, .fifo, .socket:
                vz_make_node(number, name, entry.kind.format | 0o600, entry.deviceMajor, entry.deviceMinor)
            }
        }
        guard result == 0 else { throw .system(Errno.last, "create", entry.path) }
        if entry.kind == .directory { return try self.finishDirectory(entry, source) }
        try self.setMetadata(try self.open(entry, place), entry, source)
    }

    private func createFile(
        _ entry: TreeEntry, _ place: borrowing ReceiverTrail.Place, _ source: any EntrySource
    ) throws(TransferError) {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
        let number = FileName.withCString(place.name) { vz_open_at(place.directory.number, $0, flags, 0o600) }
        guard number >= 0 else { throw .system(Errno.last, "create", entry.path) }
        let file = OwnedDescriptor(owning: number)
        var entry = entry
        try source.fill(file.number, &entry)
        try self.setMetadata(file, entry, source)
        try self.log.note(contentBytes: entry.size)
    }

    /// Writes content into a new file.
    static func write(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, to number: Int32, _ path: [UInt8]
    ) throws(TransferError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                number, bytes.baseAddress?.advanced(by: done), bytes.count - done, Int(offset) + done)
            if count > 0 {
                done += count
            } else if Errno.last != .interrupted {
                throw .system(Errno.last, "write", path)
            }
        }
    }

    /// Gives a new file its length: what was not written of it is a hole.
    static func setLength(_ size: UInt64, of number: Int32, _ path: [UInt8]) throws(TransferError) {
        guard ftruncate(number, Int(size)) == 0 else { throw .system(Errno.last, "ftruncate", path) }
    }

    private func open(
        _ entry: TreeEntry, _ place: borrowing ReceiverTrail.Place
    ) throws(TransferError) -> OwnedDescriptor {
        do throws(Errno) {
            let handle = try place.directory.entry(at: place.name)
            guard try FileStatus(of: handle).format == entry.kind.format else { throw .staleNFSFileHandle }
            return handle
        } catch { throw .system(error, "open", entry.path) }
    }

    /// Owner, attributes and mode of a directory now; times and flags when the work leaves it.
    private func finishDirectory(_ entry: TreeEntry, _ source: any EntrySource) throws(TransferError) {
        let level = try self.trail.enter(entry.path)
        let number: Int32
        do throws(Errno) {
            try level.touch(self.trail.root)
            number = try level.handle.number(self.trail.root)
        } catch { throw .system(error, "open of a directory", entry.path) }
        try self.setOwnership(number, entry, source)
        level.prepare(entry)
    }

    private func setMetadata(
        _ handle: borrowing OwnedDescriptor, _ entry: TreeEntry, _ source: any EntrySource
    ) throws(TransferError) {
        let number = handle.number
        let attributes = try self.setOwnership(number, entry, source)
        let status: FileStatus
        do throws(Errno) {
            let (atime, mtime) = (entry.atime, entry.mtime)
            guard vz_set_times(number, atime.seconds, atime.nanoseconds, mtime.seconds, mtime.nanoseconds) == 0 else {
                throw Errno.last
            }
            if entry.kind == .regular {
                let open = try OwnedDescriptor.checked(vz_reopen(number, O_RDONLY | O_NONBLOCK | vz_o_noatime))
                try InodeFlags.write(entry.flags, to: open.number)
            }
            status = try FileStatus(of: handle)
        } catch { throw .system(error, "setting times and flags", entry.path) }
        try self.log.add(
            IndexRecord(
                path: entry.path, token: ChangeToken(status), flags: entry.flags, attributes: attributes,
                content: entry.content))
    }

    /// Owner first, because a change of owner takes setuid and capabilities away; mode last, because an ACL sets it.
    ///
    /// - Returns: the digest of the attributes as they are now.
    @discardableResult
    private func setOwnership(
        _ number: Int32, _ entry: TreeEntry, _ source: any EntrySource
    ) throws(TransferError) -> ByteDigest {
        guard vz_set_owner(number, entry.user, entry.group) == 0 else { throw .system(Errno.last, "chown", entry.path) }
        let attributes = try self.setAttributes(number, entry.path, source)
        if entry.kind != .symlink, vz_set_mode(number, entry.mode) != 0 {
            throw .system(Errno.last, "chmod", entry.path)
        }
        return attributes
    }

    private func setAttributes(
        _ number: Int32, _ path: [UInt8], _ source: any EntrySource
    ) throws(TransferError) -> ByteDigest {
        var surplus = try TransferError.wrap("listxattr", path) { () throws(Errno) in
            try ExtendedAttributes.names(number)
        }
        var isEmpty = true
        while let (name, value) = try source.nextAttribute() {
            surplus.removeAll { $0 == name }
            isEmpty = false
            try TransferError.wrap("setxattr \(TransferError.printable(name))", path) { () throws(Errno) in
                try ExtendedAttributes.set(number, name, value)
            }
        }
        return try TransferError.wrap("removexattr", path) { () throws(Errno) in
            for name in surplus { try ExtendedAttributes.remove(number, name) }
            return isEmpty ? .zero : try ExtendedAttributes.digest(number)
        }
    }
}
