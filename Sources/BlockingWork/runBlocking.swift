/// Runs a body that blocks on a fresh thread of its own, so that it holds up no thread of the cooperative pool.
///
/// A task that is cancelled meanwhile waits on: the body is not interrupted, and a thread cannot be. Whoever wants the
/// body to end closes the descriptors that it reads and writes, and the body's next call fails.
///
/// - Parameters:
///   - name: of the thread, for `ps -L` and debuggers; Linux keeps the first 15 bytes.
///   - body: what blocks. It runs once.
/// - Returns: what the body returned.
/// - Throws: what the body threw, and nothing else.
package func runBlocking<T: Sendable, E>(
    named name: String,
    _ body: @Sendable @escaping () throws(E) -> T
) async throws(E) -> T {
    let result: Result<T, E> = await withCheckedContinuation { continuation in
        startThread(named: name) { continuation.resume(returning: Result(catching: body)) }
    }
    return try result.get()
}
