internal import ArgumentParser

/// The value of `--limit-speed`: a number of bytes a second, with k, M or G for powers of ten.
struct SpeedLimit: ExpressibleByArgument, Hashable, Sendable {
    let bytesPerSecond: UInt64

    init?(argument: String) {
        let factors: [Character: UInt64] = ["k": 1000, "K": 1000, "M": 1_000_000, "G": 1_000_000_000]
        let factor = argument.last.flatMap { factors[$0] }
        guard let number = UInt64(factor == nil ? argument : String(argument.dropLast())), number > 0 else {
            return nil
        }
        let (product, overflows) = number.multipliedReportingOverflow(by: factor ?? 1)
        guard !overflows else { return nil }
        self.bytesPerSecond = product
    }
}
