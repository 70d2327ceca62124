import Host
import Testing
import Transfer

/// A directory of images, read as CRIU reads it.
struct ReceivedImages {
    let directory: String

    /// The content of a page; `nil` where none is named.
    func page(_ address: UInt64, of process: UInt32) throws -> [UInt8]? {
        let image = try self.image(of: process)
        var offset: UInt64 = 0
        for run in image.runs {
            let isHere = run.address <= address && address < run.end
            switch run.place {
            case .present:
                if isHere { return try self.bytes(image.pagesID, offset + address - run.address) }
                offset += run.pageCount * 4096
            case .parent where isHere:
                return try ReceivedImages(directory: "\(self.directory)/parent").page(address, of: process)
            case .parent: continue
            case .process: Issue.record("a page is still in the process")
            }
        }
        return nil
    }

    func image(of process: UInt32) throws -> PagemapImage {
        try PagemapImage(
            parsing: DurableFile.read("\(self.directory)/\(PagemapImage.name(ofProcess: process))", limit: 1 << 20))
    }

    private func bytes(_ pagesID: UInt32, _ offset: UInt64) throws -> [UInt8] {
        let all = try DurableFile.read("\(self.directory)/\(PagemapImage.pagesName(pagesID))", limit: 1 << 28)
        return Array(all[Int(offset)..<Int(offset) + 4096])
    }
}
