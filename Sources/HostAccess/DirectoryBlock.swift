/// The names in one block of records that getdents64(2) has filled in, in the order of the directory.
///
/// `struct linux_dirent64`: inode 8 bytes, offset 8, length 2, type 1, and the NUL-terminated name. `.` and `..`, and
/// what can be no name, are left out.
package struct DirectoryBlock: Sequence, IteratorProtocol {
    private let records: UnsafeRawBufferPointer
    private var start = 0

    /// The records are read for as long as this is used.
    package init(_ records: UnsafeRawBufferPointer) { self.records = records }

    package mutating func next() -> [UInt8]? {
        while self.start < self.records.count {
            let length = Int(self.records.loadUnaligned(fromByteOffset: self.start + 16, as: UInt16.self))
            let name = self.records[(self.start + 19)..<(self.start + length)].prefix { $0 != 0 }
            self.start += length
            if FileName.isValid(name) { return Array(name) }
        }
        return nil
    }
}
