internal import Foundation
internal import Testing
internal import TestSupport

@Suite("A schema that has landed is never edited")
struct SchemaTests {
    /// A change of the schema is a new `vN.sql` with its own line here.
    @Test(
        "Its text is what it was",
        arguments: [
            "journal-schema/v1.sql": "db4009fb3673a0f5b26724d7f1a1493d1000bed2e707e4f466ebff2e6baa9502",
            "journal-schema/fixtures/v1.db": "eebbf8495f83926f0e4b8e2c12caccbac469b6e7d63e90422578d47c416083f2",
        ])
    func digest(path: String, digest: String) throws {
        let file = SourceFile.repository.appending(path: path).path
        #expect(ChildProgram.run("sha256sum", file).output.hasPrefix(digest), "\(path) was edited after it had landed")
    }
}
