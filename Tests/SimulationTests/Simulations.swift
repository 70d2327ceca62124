import Testing

/// Every test of the simulator. Each takes both cores, so they run one after the other, and not beside other tests.
@Suite(.serialized)
enum Simulations {}
