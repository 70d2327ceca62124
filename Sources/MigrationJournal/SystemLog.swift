internal import CSQLiteShim

/// The server's own log, which this journal's anchors go to as well. See: 'man 3 syslog'.
package enum SystemLog {
    /// One line, under the name of the product.
    package static func notice(_ line: String) { vz_syslog_notice("vzmigrate", line) }
}
