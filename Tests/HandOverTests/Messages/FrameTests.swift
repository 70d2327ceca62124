internal import HandOver
internal import Testing
internal import TestSupport
internal import Transfer

@Suite("Whatever bytes come, the answer is a message, an end, or an error")
struct FrameTests {
    private func receive(_ bytes: [UInt8]) throws -> (value: Result<AgentRequest?, any Error>, taken: Int) {
        try Conversation().reading(bytes) { try $0.receive(AgentRequest.self) }
    }

    private func error(_ bytes: [UInt8]) throws -> FrameError? {
        guard case .failure(let error) = try self.receive(bytes).value else { return nil }
        return error as? FrameError
    }

    @Test("An end between two frames is no error")
    func endBetweenFrames() throws {
        #expect(try self.receive([]).value.get() == nil)
        let conversation = Conversation()
        let one = try conversation.bytes { try $0.send(AgentRequest.commit(.example)) }
        let (value, _) = try conversation.reading(one) { channel in
            [try channel.receive(AgentRequest.self), try channel.receive(AgentRequest.self)]
        }
        #expect(try value.get() == [.commit(.example), nil])
    }

    @Test("An end anywhere within a frame is an error that says where")
    func truncated() throws {
        let whole = try Conversation().bytes { try $0.send(AgentRequest.commit(.example)) }
        for count in 1..<whole.count {
            guard case .broken(let why) = try self.error(Array(whole[..<count])) else {
                Issue.record("\(count) of \(whole.count) bytes were taken for a frame")
                continue
            }
            #expect(why.contains("it ended \(count < 4 ? count : count - 4) bytes into"))
        }
    }

    @Test(
        "A frame over the bound is refused before a byte of it is read", arguments: [1, 1 << 20, Int(UInt32.max) - 1])
    func oversize(excess: Int) throws {
        let length = min(FrameChannel.frameBound + excess, Int(UInt32.max))
        let prefix = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
        let (value, taken) = try self.receive(prefix + [UInt8](repeating: 0x20, count: 100))
        #expect(throws: FrameError.tooLong(length)) { try value.get() }
        #expect(taken == 4)
    }

    @Test("A frame over the bound is not sent either")
    func oversizeSent() throws {
        let bytes = try Conversation().bytes { channel in
            let text = String(repeating: "x", count: FrameChannel.frameBound)
            #expect(throws: FrameError.tooLong(FrameChannel.frameBound + 4)) { try channel.send([text]) }
        }
        #expect(bytes.isEmpty)
    }

    @Test("A frame of exactly the bound passes")
    func atTheBound() throws {
        let text = String(repeating: "x", count: FrameChannel.frameBound - 4)
        let conversation = Conversation()
        let bytes = try conversation.bytes { try $0.send([text]) }
        #expect(bytes.count == FrameChannel.frameBound + 4)
        #expect(try conversation.reading(bytes) { try $0.receive([String].self) }.value.get() == [text])
    }

    @Test("Nesting without end is an error", .timeLimit(.minutes(1)))
    func nesting() throws {
        let body = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        guard case .undecodable = try self.error([0, 0x10, 0, 0] + body) else {
            Issue.record("a million brackets were taken for a request")
            return
        }
    }

    @Test("Random bytes, and messages with random changes, never crash", .timeLimit(.minutes(1)), arguments: 1...4)
    func fuzz(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let conversation = Conversation()
        let frames = try Examples.requests.map { request in try conversation.bytes { try $0.send(request) } }
        var decoded = 0
        for round in 0..<1500 {
            var bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if round % 3 != 0, let frame = frames.randomElement(using: &generator) {
                bytes = frame
                for _ in 0...Int.random(in: 0..<3, using: &generator) {
                    // The length is let alone in two of three: a wrong one hides what is behind it.
                    let at = Int.random(in: (round % 3 == 1 ? 0 : 4)..<bytes.count, using: &generator)
                    bytes[at] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            switch try conversation.reading(bytes, { try $0.receive(AgentRequest.self) }).value {
            case .success(let request): decoded += request == nil ? 0 : 1
            case .failure(let error): #expect(error is FrameError)
            }
        }
        // Some changes hit text, where any letter is as good as another: the fuzzing reaches past the frame.
        #expect((1..<1000).contains(decoded))
    }
}
