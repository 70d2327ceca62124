internal import HandOver
internal import Testing
internal import Transfer

@Suite("Every message arrives as it was sent")
struct MessageTests {
    private func expectRoundTrip<Message: Codable & Hashable & Sendable>(_ messages: [Message]) throws {
        let conversation = Conversation()
        let sent = try conversation.bytes { channel in
            for message in messages { try channel.send(Envelope(head: "12:ab", yours: nil, message)) }
        }
        let (received, taken) = try conversation.reading(sent) { channel in
            var received: [Envelope<Message>] = []
            while let next = try channel.receive(Envelope<Message>.self) { received.append(next) }
            return received
        }
        #expect(try received.get().map(\.message) == messages)
        #expect(try received.get().allSatisfy { $0.head == "12:ab" })
        #expect(taken == sent.count)
    }

    @Test("Hello") func hello() throws { try self.expectRoundTrip(Examples.hellos) }
    @Test("Greeting") func greeting() throws { try self.expectRoundTrip(Examples.greetings) }
    @Test("Request") func request() throws { try self.expectRoundTrip(Examples.requests) }
    @Test("Answer") func answer() throws { try self.expectRoundTrip(Examples.answers) }

    @Test("A frame is its length, most significant byte first, and as much JSON")
    func form() throws {
        let bytes = try Conversation().bytes { try $0.send(["a"]) }
        #expect(bytes == [0, 0, 0, 5] + Array(#"["a"]"#.utf8))
    }

    @Test("A message of another kind is an error, and so is a member that is missing")
    func others() throws {
        let conversation = Conversation()
        for json in ["{}", "[]", #"{"unknown":{}}"#, #"{"commit":{}}"#, #"{"commit":{"_0":{"id":"x","epoch":-1}}}"#] {
            let (value, _) = try conversation.reading([0, 0, 0, UInt8(json.utf8.count)] + Array(json.utf8)) {
                try $0.receive(AgentRequest.self)
            }
            #expect(throws: FrameError.self) { try value.get() }
        }
    }

    @Test("A refusal is its exit status, as a number, and its words; a status of a newer agent is a broken protocol")
    func refusals() throws {
        let json = #"{"refused":{"_0":{"status":NUMBER,"message":"no"}}}"#
        for (number, status) in [("45", ExitStatus.nameConflict), ("9999", .protocolViolated)] {
            let bytes = Array(json.replacing("NUMBER", with: number).utf8)
            let (value, _) = try Conversation().reading([0, 0, 0, UInt8(bytes.count)] + bytes) {
                try $0.receive(AgentAnswer.self)
            }
            #expect(try value.get() == .refused(StepFailure(status, "no")))
        }
        let sent = try Conversation().bytes { try $0.send(StepFailure(.nameConflict, "no")) }
        let text = String(decoding: sent.dropFirst(4), as: UTF8.self)
        #expect(text == #"{"status":45,"message":"no"}"# || text == #"{"message":"no","status":45}"#)
    }

    @Test("A container arrives as the kind that its source moves it as")
    func kinds() throws {
        for kind in MigrationKind.allCases {
            let sent = try Conversation().bytes { try $0.send(IncomingContainer.example(kind)) }
            let (value, _) = try Conversation().reading(sent) { try $0.receive(IncomingContainer.self) }
            let arriving = try #require(try value.get())
            #expect(arriving.kind == kind)
            #expect(
                arriving.preparation.kind.isLazy == kind.isLazy && arriving.preparation.kind.isOnline == kind.isOnline)
        }
    }

    @Test("A source that does not say the kind yet is understood")
    func kindUnsaid() throws {
        let sent = try Conversation().bytes { try $0.send(IncomingContainer.example(.online(.simple))) }
        let text = String(decoding: sent.dropFirst(4), as: UTF8.self)
        let member = #""kind":"online, simple""#
        let json = Array(text.replacing(member + ",", with: "").replacing("," + member, with: "").utf8)
        #expect(json.count < sent.count - 4)
        let length = [UInt8(json.count >> 8), UInt8(json.count & 255)]
        let (value, _) = try Conversation().reading([0, 0] + length + json) { try $0.receive(IncomingContainer.self) }
        let arriving = try #require(try value.get())
        #expect(arriving.kind == nil && arriving.preparation.kind == .online(.simple))
    }

    @Test("An agent that finds nothing in the way says what it looked at")
    func silentInspection() throws {
        let conversation = Conversation()
        let answer = AgentAnswer.inspected(NodeInspection(failures: [], highestEpoch: 0, facts: nil))
        let sent = try conversation.bytes { try $0.send(answer) }
        let (value, _) = try conversation.reading(sent) { try $0.receive(AgentAnswer.self) }
        #expect(throws: FrameError.self) { try value.get() }
    }
}
