internal import HandOver
internal import Testing
internal import TestSupport

@Suite("The manual page says how each check ends")
struct ManualTests {
    @Test("Every status that a check ends with is in vzmigrate.8, and no other", arguments: CheckKeyword.allCases)
    func statuses(of keyword: CheckKeyword) throws {
        let expected = Set(NodeCheckTests.cases.filter { $0.keyword == keyword }.map(\.status.rawValue))
        let page = try ManualPage("vzmigrate.8")
        #expect(!expected.isEmpty)
        #expect(page.statuses(ofItem: "Cm \(keyword.rawValue)", inSection: "CHECKS") == expected)
    }
}
