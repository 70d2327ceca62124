/// Why an item of NETIF was refused.
package struct InvalidNetworkInterface: Error, Hashable, CustomStringConvertible {
    /// Reads after the name of the parameter.
    let what: String

    package var description: String { self.what }
}
