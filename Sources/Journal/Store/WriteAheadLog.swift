internal import FoundationEssentials

/// A `-wal` file as bytes. SQLite stops at the first frame whose checksum is wrong and says nothing of what follows.
///
/// See: <https://sqlite.org/fileformat2.html>, 4.1 and 4.2.
struct WriteAheadLog {
    private static let headerByteCount = 32
    private static let frameHeaderByteCount = 24

    /// Frames that SQLite reads.
    private(set) var validFrameCount = 0

    /// Transactions behind the first frame that SQLite does not read, of the same generation of the log.
    private(set) var lostCommitCount = 0

    /// The log beside a database; an empty one where there is none. No SQLite lock is on that file, so that opening and
    /// closing it by hand does no harm.
    init(ofDatabase path: String) {
        self.init((try? Data(contentsOf: URL(filePath: "\(path)-wal"))).map { Array($0) } ?? [])
    }

    /// Committed transactions were dropped: each is on disk before the next begins, so that only the last one can have
    /// been torn by a loss of power, before anybody was told of it.
    var lostAcknowledgedEvents: Bool { self.lostCommitCount > 1 }

    init(_ bytes: [UInt8]) {
        guard bytes.count > Self.headerByteCount + Self.frameHeaderByteCount else { return }
        bytes.withUnsafeBytes { self.scan($0) }
    }

    private mutating func scan(_ bytes: UnsafeRawBufferPointer) {
        let isBigEndian = Self.word(bytes, 0) & 1 == 1
        var sum = Checksum(isBigEndian: isBigEndian)
        sum.add(bytes, 0..<24)
        let stated = Int(Self.word(bytes, 8))
        let isPossible = (512...65_536).contains(stated) && stated.nonzeroBitCount == 1
        var isWhole = Self.word(bytes, 0) & ~1 == 0x377F_0682 && isPossible && sum.equals(bytes, at: 24)
        // A damaged header tells neither size nor salt: the size is that of every journal, the salt the first frame's.
        let pageByteCount = isWhole ? stated : 4096
        let salt = isWhole ? Self.salt(bytes, at: 16) : Self.salt(bytes, at: Self.headerByteCount + 8)
        let frameByteCount = Self.frameHeaderByteCount + pageByteCount
        for start in stride(from: Self.headerByteCount, through: bytes.count - frameByteCount, by: frameByteCount) {
            let hasSalt = Self.salt(bytes, at: start + 8) == salt
            if isWhole {
                sum.add(bytes, start..<(start + 8))
                sum.add(bytes, (start + Self.frameHeaderByteCount)..<(start + frameByteCount))
                isWhole = hasSalt && sum.equals(bytes, at: start + 16)
            }
            if isWhole {
                self.validFrameCount += 1
            } else if hasSalt, Self.word(bytes, start + 4) != 0 {
                self.lostCommitCount += 1
            }
        }
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private static func salt(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// The running checksum over pairs of 32-bit words.
    private struct Checksum {
        let isBigEndian: Bool
        private var first: UInt32 = 0
        private var second: UInt32 = 0

        init(isBigEndian: Bool) {
            self.isBigEndian = isBigEndian
        }

        mutating func add(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
            for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                self.first &+= self.word(bytes, offset) &+ self.second
                self.second &+= self.word(bytes, offset + 4) &+ self.first
            }
        }

        func equals(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
            WriteAheadLog.word(bytes, offset) == self.first && WriteAheadLog.word(bytes, offset + 4) == self.second
        }

        private func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
            let raw = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            return self.isBigEndian ? UInt32(bigEndian: raw) : UInt32(littleEndian: raw)
        }
    }
}

/// Committed events that SQLite would drop without a word, because a frame before them is damaged.
enum WriteAheadLogCheck {
    static func run(_ databasePath: String, _ result: inout VerificationResult) {
        let first = WriteAheadLog(ofDatabase: databasePath)
        guard first.lostCommitCount > 0 else { return }
        // A writer may have been in the midst of a transaction. One that is still there the second time is not.
        let log = WriteAheadLog(ofDatabase: databasePath)
        guard log.lostCommitCount > 0, log.validFrameCount == first.validFrameCount else { return }
        if log.lostAcknowledgedEvents {
            result.find(
                "frame \(log.validFrameCount + 1) of \(databasePath)-wal is damaged: \(log.lostCommitCount) committed "
                    + "transactions from there on are not read.")
        } else {
            result.remarks.append(
                "the last transaction in \(databasePath)-wal is damaged and not read: power was lost before it was "
                    + "acknowledged, or it was altered since. Ask a witness.")
        }
    }
}
