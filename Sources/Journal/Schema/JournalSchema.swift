/// The SQL of every released schema, compiled in, so that an installed program needs no file beside it.
///
/// The text is that of `journal-schema/vN.sql`, byte for byte.
package enum JournalSchema {
    /// The version that this program writes, kept in the database header's `user_version`.
    package static let version = 1

    /// "vzmj" in the database header, where file(1) shows it. See: <https://sqlite.org/fileformat.html>, offset 68.
    package static let applicationID: Int32 = 0x767A_6D6A

    /// The statements that make an empty database a journal of ``version``.
    package static var sql: String { String(decoding: PackageResources.v1_sql, as: UTF8.self) }
}
