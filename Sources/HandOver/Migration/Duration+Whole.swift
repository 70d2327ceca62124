extension Duration {
    /// What journals and messages keep of it; a negative one counts as none.
    package var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = self.components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds / 1_000_000_000))
    }

    /// What people are told of it.
    package var wholeMilliseconds: UInt64 { self.wholeNanoseconds / 1_000_000 }
}
