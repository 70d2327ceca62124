import HandOver
import Testing

@Suite("A container ID is a number, a UUID or a name that no file of ours can be mistaken for")
struct ContainerIDTests {
    @Test(
        "One spelling for each",
        arguments: [
            ("101", "101", ContainerID.Kind.number), ("4294967295", "4294967295", .number),
            ("0F8FAD5B-D9CB-469F-A165-70867728950E", "0f8fad5b-d9cb-469f-a165-70867728950e", .uuid),
            ("{0f8fad5b-d9cb-469f-a165-70867728950e}", "0f8fad5b-d9cb-469f-a165-70867728950e", .uuid),
            ("0f8fad5bd9cb469fa16570867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e", .uuid),
            ("12345678901234567890123456789012", "12345678-9012-3456-7890-123456789012", .uuid),
            ("web", "web", .name), ("1a", "1a", .name), ("db_2.prod-eu", "db_2.prod-eu", .name), ("a.", "a.", .name),
            (String(repeating: "a", count: 64), String(repeating: "a", count: 64), .name),
            ("x.migrated2", "x.migrated2", .name),
        ])
    func accepted(text: String, description: String, kind: ContainerID.Kind) throws {
        let id = try ContainerID(parsing: text)
        #expect(id.description == description)
        #expect(id.kind == kind)
        #expect(try ContainerID(parsing: id.description) == id)
    }

    @Test(
        "What could leave its folder or collide is refused with a reason",
        arguments: [
            ("", "empty"), ("0", "server itself"), ("007", "leading zeros"), ("4294967296", "4294967295"),
            ("..", "begin"), (".a", "begin"), ("-a", "begin"), ("_a", "begin"), ("a/b", "only letters"),
            ("a b", "only"),
            ("a..b", "'..'"), ("a\u{0}", "only"), ("\u{e9}t\u{e9}", "begin"), ("a\u{301}", "only"),
            ("101.conf", ".conf"),
            ("101.migrated", ".migrated"), ("101.migrated.12", ".migrated.<number>"), ("a.incoming", ".incoming"),
            ("a.lck", ".lck"), ("a.tmp", ".tmp"), ("101.migrated.", ".migrated.<number>"),
            (String(repeating: "a", count: 65), "longer"),
        ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: InvalidContainerID.self) { try ContainerID(parsing: text) }
        #expect(error.map { $0.reason.contains(reason) } == true, "\(String(describing: error))")
    }

    @Test("Numbers come first, by value")
    func order() throws {
        let ids = try ["web", "1000", "99", "0f8fad5b-d9cb-469f-a165-70867728950e", "a1"].map {
            try ContainerID(parsing: $0)
        }
        #expect(
            ids.sorted().map(\.description) == ["99", "1000", "0f8fad5b-d9cb-469f-a165-70867728950e", "a1", "web"])
    }
}
