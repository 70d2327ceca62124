/// What a pass may find.
package enum TreePass: UInt8, Hashable, Sendable {
    /// Files may change and vanish while they are read; the next pass looks at them again.
    case warm = 1
    /// Nothing moves, and at the end both sides hold the same tree or the pass fails.
    case final = 2
}
