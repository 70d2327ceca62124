/// `pagemap-<pid>.img`: which pages of a process are dumped, and where their content is.
///
/// See: CRIU's images/pagemap.proto and include/pagemap.h.
package struct PagemapImage: Hashable, Sendable {
    /// PAGEMAP_MAGIC in CRIU's include/magic.h.
    static let magic: UInt32 = 0x5608_4025

    /// In bytes: a run of pages takes about 20.
    package static let sizeLimit = 1 << 30

    /// The name of the image of a process, numbered as in its container.
    package static func name(ofProcess number: UInt32) -> String { "pagemap-\(number).img" }
    /// The name of the image that holds the content of pages.
    package static func pagesName(_ id: UInt32) -> String { "pages-\(id).img" }

    /// The process that an image of that name is of; `nil` where it is none of a process.
    package static func process(ofImage name: String) -> UInt32? {
        guard name.hasPrefix("pagemap-"), name.hasSuffix(".img") else { return nil }
        return UInt32(name.dropFirst("pagemap-".count).dropLast(".img".count))
    }

    /// A run of pages.
    package struct Run: Hashable, Sendable {
        /// Of its first page, in the process.
        package let address: UInt64
        package let pageCount: UInt64
        package let place: Place

        package init(address: UInt64, pageCount: UInt64, place: Place) {
            self.address = address
            self.pageCount = pageCount
            self.place = place
        }
    }

    /// Where the content of a run is.
    package enum Place: Hashable, Sendable {
        /// In the pages image, behind that of the runs before it.
        case present
        /// In the images of the pass before, at the same address.
        case parent
        /// Still in the process: the images are those of a lazy dump.
        case process
    }

    /// PE_PARENT, PE_LAZY and PE_PRESENT.
    private static let (inParent, lazy, present): (UInt64, UInt64, UInt64) = (1, 2, 4)

    /// The number in the name of the pages image, `pages-<number>.img`.
    package let pagesID: UInt32
    /// In ascending order of addresses.
    package var runs: [Run]

    package init(pagesID: UInt32, runs: [Run] = []) {
        self.pagesID = pagesID
        self.runs = runs
    }

    /// - Throws: for bytes that are no such image.
    package init(parsing image: [UInt8]) throws(ImageError) {
        var entries = try ImageEntries(image, magic: Self.magic)
        guard let head = try entries.next(), case .number(let id)? = try ProtobufReader.field(1, of: head),
            let pagesID = UInt32(exactly: id)
        else { throw ImageError(problem: "it names no pages image") }
        self.pagesID = pagesID
        self.runs = []
        while let entry = try entries.next() {
            let run = try Self.run(entry)
            guard run.address >= self.runs.last?.end ?? 0 else { throw ImageError(problem: "its runs overlap") }
            self.runs.append(run)
        }
    }

    private static func run(_ entry: ArraySlice<UInt8>) throws(ImageError) -> Run {
        var fields: [UInt64: UInt64] = [:]
        var reader = ProtobufReader(entry)
        while let (number, value) = try reader.next() {
            if case .number(let value) = value { fields[number] = value }
        }
        // Until CRIU 4.1 the count was field 2, of 32 bits; since then it is field 5 and the other is 0.
        let count = fields[5] ?? fields[2] ?? 0
        guard let address = fields[1], address % 4096 == 0, count > 0, count < 1 << 40, address < 1 << 57 else {
            throw ImageError(problem: "a run of \(count) pages makes no sense")
        }
        let flags = fields[4] ?? (fields[3] == 1 ? self.inParent : self.present)
        let place: Place =
            flags & self.present != 0 ? .present : flags & self.inParent != 0 ? .parent : .process
        guard flags & (self.present | self.inParent | self.lazy) != 0 else {
            throw ImageError(problem: "a run has the unknown flags \(flags)")
        }
        return Run(address: address, pageCount: count, place: place)
    }

    /// The image, as any CRIU reads it.
    package var bytes: [UInt8] {
        var bytes = ImageEntries.head(Self.magic)
        Self.add([(1, UInt64(self.pagesID))], to: &bytes)
        for run in self.runs {
            let flags: UInt64 =
                switch run.place {
                case .present: Self.present
                case .parent: Self.inParent
                case .process: Self.lazy
                }
            Self.add([(1, run.address), (2, run.pageCount), (4, flags), (5, run.pageCount)], to: &bytes)
        }
        return bytes
    }

    private static func add(_ fields: [(number: UInt64, value: UInt64)], to bytes: inout [UInt8]) {
        var entry: [UInt8] = []
        for field in fields {
            self.add(varint: field.number << 3, to: &entry)
            self.add(varint: field.value, to: &entry)
        }
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: entry.count >> ($0 * 8)) }
        bytes += entry
    }

    private static func add(varint value: UInt64, to bytes: inout [UInt8]) {
        var value = value
        while value > 0x7F {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }
}

extension PagemapImage.Run {
    /// The address after its last page.
    package var end: UInt64 { self.address + self.pageCount * 4096 }
}
