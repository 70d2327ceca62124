internal import FrameStream

extension TreeScan {
    /// Reads the content of a file that the index does not vouch for, such as one that a broken pass left.
    func digestUnknown(_ item: inout Item, watch: PassWatch) throws(TransferError) {
        guard item.entry.kind == .regular, item.entry.content == nil, let handle = try self.open(item) else { return }
        item.entry.content = try ContentReader.digest(
            of: handle, size: item.entry.size, path: item.entry.path, watch: watch)
        self.note(item, content: item.entry.content)
    }
}
