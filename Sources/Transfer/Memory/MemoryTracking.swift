internal import CLinux
internal import Glibc
package import HandOver
internal import Host
internal import SystemPackage

extension MemoryTracking {
    /// What this kernel can do, found out by a round trip: where soft-dirty is missing, the request to begin watching
    /// is accepted all the same and the bit never shows. Where the numbers of frames are kept from us, no page ever
    /// counts as one that was not written to.
    package static func probe() -> MemoryTracking {
        let size = PageHash.pageSize
        guard let page = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), page != MAP_FAILED
        else { return .content }
        defer { munmap(page, size) }
        guard let process = try? MemoryProcess(pid: getpid(), number: 0) else { return .content }
        let address = UInt64(UInt(bitPattern: page))
        page.storeBytes(of: 1, as: UInt8.self)
        do throws(TransferError) {
            guard let before = try Self.look(address, process)?.frames else { return .content }
            try Self.watch(process)
            guard try Self.look(address, process, before)?.isDirty == false else { return .content }
            page.storeBytes(of: 2, as: UInt8.self)
            return try Self.look(address, process, before)?.isDirty == true ? .kernel : .content
        } catch {
            return .content
        }
    }

    /// Has the kernel forget what was written to and watch from now on.
    ///
    /// The process has to stand still between the look at its pagemap and this, or a write in between is lost.
    package static func watch(_ process: MemoryProcess) throws(TransferError) {
        guard let file = try process.open("clear_refs", O_WRONLY) else { return }
        guard write(file.number, "4", 1) == 1 else {
            if Errno.last == .noSuchProcess { return }
            throw process.failure(Errno.last, "write clear_refs")
        }
    }

    /// `nil` where the page is not there.
    private static func look(
        _ address: UInt64, _ process: MemoryProcess, _ before: PageFrames? = nil
    ) throws(TransferError) -> (isDirty: Bool, frames: PageFrames)? {
        let range = address..<address + UInt64(PageHash.pageSize)
        guard let pagemap = try KernelPagemap(of: process, [range], before: before), let run = try pagemap.next() else {
            return nil
        }
        return (run.mayHaveChanged, pagemap.frames)
    }
}
