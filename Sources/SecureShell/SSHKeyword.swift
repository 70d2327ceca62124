/// What becomes of a keyword of ssh_config(5) here.
enum SSHKeyword {
    /// Obeyed on a connection of ours.
    case obeyed
    /// Needs the system's `ssh`, unless its value says that it is off.
    case external(off: Set<String>)
    /// Does not bear upon a connection of ours where a file says it; on the command line it goes to the system's `ssh`.
    case immaterial
    /// Makes no sense for a migration: refused on the command line, switched off where a file says it.
    case senseless(off: Set<String>)
    /// Its value decides which lines are read, and is no setting itself.
    case structural

    /// What becomes of a keyword.
    ///
    /// - Parameter keyword: in lower case.
    /// - Returns: `nil` for one that nobody knows.
    static func named(_ keyword: String) -> SSHKeyword? { self.table[keyword] }

    private static let no: Set = ["no", "false", "none"]

    private static let table: [String: SSHKeyword] = {
        var table: [String: SSHKeyword] = ["host": .structural, "match": .structural, "include": .structural]
        for name in Self.obeyedNames { table[name] = .obeyed }
        for (name, off) in Self.externalNames { table[name] = .external(off: Self.no.union(off)) }
        // A command, a host or a file may be called "false" or "no".
        for name in ["proxyjump", "proxycommand", "knownhostscommand", "certificatefile", "revokedhostkeys"] {
            table[name] = .external(off: ["none"])
        }
        for name in Self.immaterialNames { table[name] = .immaterial }
        for (name, off) in Self.senselessNames { table[name] = .senseless(off: Self.no.union(off)) }
        return table
    }()

    private static let obeyedNames = [
        "hostname", "user", "port", "identityfile", "identitiesonly", "identityagent", "stricthostkeychecking",
        "userknownhostsfile", "globalknownhostsfile", "hostkeyalias", "hostkeyalgorithms", "ciphers", "macs",
        "kexalgorithms", "compression", "connecttimeout", "serveraliveinterval", "serveralivecountmax",
        "addressfamily", "bindaddress", "batchmode", "numberofpasswordprompts", "passwordauthentication",
        "pubkeyauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication",
        "preferredauthentications", "loglevel", "hashknownhosts", "ignoreunknown", "tcpkeepalive",
    ]

    /// With the values, beside `no`, that leave things as they are on a connection of ours.
    private static let externalNames: [(String, Set<String>)] = [
        ("proxyusefdpass", []), ("pkcs11provider", []), ("gssapiauthentication", []),
        ("hostbasedauthentication", []), ("verifyhostkeydns", []), ("canonicalizehostname", []), ("bindinterface", []),
        ("pubkeyacceptedalgorithms", []), ("pubkeyacceptedkeytypes", []), ("rekeylimit", ["default"]),
        ("connectionattempts", ["1"]), ("requiredrsasize", []), ("rsaminsize", []),
        ("nohostauthenticationforlocalhost", []), ("checkhostip", []), ("tag", []),
        ("channeltimeout", []), ("versionaddendum", []), ("kbdinteractivedevices", []),
    ]

    private static let immaterialNames = [
        "addkeystoagent", "canonicaldomains", "canonicalizefallbacklocal", "canonicalizemaxdots",
        "canonicalizepermittedcnames", "casignaturealgorithms", "clearallforwardings", "controlmaster", "controlpath",
        "controlpersist", "enableescapecommandline", "enablesshkeysign", "escapechar", "exitonforwardfailure",
        "fingerprinthash", "forwardx11timeout", "forwardx11trusted", "gatewayports", "gssapidelegatecredentials",
        "hostbasedacceptedalgorithms", "hostbasedkeytypes", "ipqos", "logverbose", "obscurekeystroketiming",
        "permitremoteopen", "protocol", "securitykeyprovider", "streamlocalbindmask", "streamlocalbindunlink",
        "syslogfacility", "updatehostkeys", "useprivilegedport", "visualhostkey", "warnweakcrypto", "xauthlocation",
        "gssapiclientidentity", "gssapikeyexchange", "gssapikexalgorithms", "gssapirenewalforcesrekey",
        "gssapiserveridentity", "gssapitrustdns", "usekeychain", "useroaming",
    ]

    private static let senselessNames: [(String, Set<String>)] = [
        ("forwardagent", []), ("forwardx11", []), ("dynamicforward", []), ("localforward", []), ("remoteforward", []),
        ("tunnel", []), ("tunneldevice", ["any:any"]), ("permitlocalcommand", []), ("localcommand", []),
        ("remotecommand", []), ("requesttty", ["auto"]), ("sendenv", []), ("setenv", []),
        ("sessiontype", ["default"]), ("stdinnull", []), ("forkafterauthentication", []),
    ]
}
