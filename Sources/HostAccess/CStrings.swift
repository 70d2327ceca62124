internal import Glibc

/// A list of C strings that ends in `NULL`, as `execve` takes it; freed when it goes out of scope.
struct CStrings: ~Copyable {
    private let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

    init(_ strings: [String]) {
        self.pointers = .allocate(capacity: strings.count + 1)
        _ = self.pointers.initialize(from: strings.map { strdup($0) } + [nil])
    }

    deinit {
        for pointer in self.pointers { free(pointer) }
        self.pointers.deallocate()
    }

    /// Lives as long as this value.
    var start: UnsafePointer<UnsafeMutablePointer<CChar>?>? { UnsafePointer(self.pointers.baseAddress) }
}
