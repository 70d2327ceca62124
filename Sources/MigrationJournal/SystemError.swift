internal import Glibc

/// The system's words for an `errno`.
enum SystemError {
    static func message(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The XSI variant: 0 for success, and the text in the buffer. See: 'man 3 strerror_r'.
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
