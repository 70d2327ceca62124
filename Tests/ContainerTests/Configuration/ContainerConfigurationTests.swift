import Container
import HandOver
import Testing

@Suite("A container's parameters are typed, inherited where they may be, and refused with file and line")
struct ContainerConfigurationTests {
    private func configuration(
        _ text: String, global: String = "", root: String = "/"
    ) throws -> ContainerConfiguration {
        let layout = NodeLayout(root: root)
        let id = ContainerID.make("101")
        return ContainerConfiguration(
            id: id,
            file: try ConfigurationFile(parsing: Array(text.utf8), path: layout.containerConfiguration(id)),
            global: GlobalConfiguration(
                layout: layout,
                file: try ConfigurationFile(parsing: Array(global.utf8), path: layout.globalConfiguration)))
    }

    @Test("An empty file has the defaults")
    func defaults() throws {
        let ct = try self.configuration("")
        #expect(try ct.privateArea == "/vz/private/101")
        #expect(try ct.root == "/vz/root/101")
        #expect(try ct.runtime == "runc")
        #expect(try ct.uuid == nil)
        #expect(try ct.name == nil)
        #expect(try ct.osTemplate == nil)
        #expect(try !ct.isDisabled)
        #expect(try !ct.startsOnBoot)
        #expect(try ct.ipAddresses.isEmpty && ct.networkInterfaces.isEmpty && ct.gateways.isEmpty)
        #expect(try ct.rates.isEmpty && ct.bindMounts.isEmpty && ct.templates.isEmpty)
        #expect(try ct.global.lockDirectory == "/vz/lock")
        #expect(try ct.global.dumpDirectory == "/vz/dump")
        #expect(try ct.global.templateDirectory == "/vz/template")
        #expect(try !ct.global.removesMigrated)
        #expect(try !ct.global.shapesTraffic)
    }

    @Test("The container's word counts before the server's; its identity is never the server's")
    func inheritance() throws {
        let global = """
            VE_PRIVATE=/pool/${VEID}/
            RUNTIME=crun
            DISABLED=yes
            UUID=0f8fad5b-d9cb-469f-a165-70867728950e
            VEID=5
            NETFILTER=full
            """
        let ct = try self.configuration("RUNTIME=runc\n", global: global)
        #expect(try ct.privateArea == "/pool/101")
        #expect(try ct.runtime == "runc")
        #expect(try ct.isDisabled)
        #expect(try ct.uuid == nil)
        #expect(ct.setting("VEID") == nil)
        #expect(ct.setting("NETFILTER") == nil)
    }

    @Test("Another root comes before paths from either file")
    func otherRoot() throws {
        let global = "LOCKDIR=/l\nVE_ROOT=/r/$VEID"
        let ct = try self.configuration("VE_PRIVATE=/a/$VEID", global: global, root: "/tmp/node/")
        #expect(try ct.privateArea == "/tmp/node/a/101")
        #expect(try ct.root == "/tmp/node/r/101")
        #expect(try ct.global.lockDirectory == "/tmp/node/l")
        #expect(ct.file.path == "/tmp/node/etc/vz/conf/101.conf")
    }

    @Test("Everything that a full file has")
    func full() throws {
        let ct = try self.configuration(
            """
            UUID="{0F8FAD5B-D9CB-469F-A165-70867728950E}"
            COPY_OF=1f8fad5bd9cb469fa16570867728950e
            NAME="web server"
            OSTEMPLATE=".debian-12"
            TEMPLATES="mysql, php,\tgit"
            TECHNOLOGIES="x86_64 nfs"
            IP_ADDRESS="10.77.1.101/24 10.0.0.1/255.255.255.128,fd00:0::1/64 192.0.2.1 ::1"
            GATEWAY="10.77.1.1 fe80::1"
            NETIF="ifname=eth0,bridge=vzbr0,host_ifname=veth101.0,mac=00:18:51:AB:0c:01,network=lan; ifname=eth1"
            RATE="eth0:1:1000 *:2:50"
            BINDMOUNT="/srv:/mnt,ro,nodev /tmp"
            VE_TYPE=temporary
            ONBOOT="auto"
            """)
        #expect(try ct.uuid == "0f8fad5b-d9cb-469f-a165-70867728950e")
        #expect(try ct.copyOf == "1f8fad5b-d9cb-469f-a165-70867728950e")
        #expect(try ct.name == "web server")
        #expect(try ct.osTemplate == "debian-12")
        #expect(try ct.templates == ["mysql", "php", "git"])
        #expect(try ct.technologies == ["x86_64", "nfs"])
        #expect(
            try ct.ipAddresses.map(\.description) == [
                "10.77.1.101/24", "10.0.0.1/25", "fd00::1/64", "192.0.2.1/32", "::1/128",
            ])
        #expect(try ct.gateways.map(\.description) == ["10.77.1.1", "fe80::1"])
        #expect(try ct.rates.map(\.description) == ["eth0:1:1000", "*:2:50"])
        #expect(try ct.bindMounts.map(\.source) == ["/srv", nil])
        #expect(try ct.bindMounts.map(\.destination) == ["/mnt", "/tmp"])
        #expect(try ct.bindMounts[0].options == ["ro", "nodev"])
        #expect(try ct.isTemporary)
        #expect(try ct.startsOnBoot)
        let devices = try ct.networkInterfaces
        #expect(devices.map(\.name) == ["eth0", "eth1"])
        #expect(devices[0].bridge == "vzbr0")
        #expect(devices[0].hostName == "veth101.0")
        #expect(devices[0].mac?.description == "00:18:51:ab:0c:01")
        #expect(devices[0].others.map(\.key) == ["network"])
        #expect((devices[1].bridge, devices[1].hostName, devices[1].mac) == (nil, nil, nil))
    }

    @Test(
        "A bad value is told with its file and line",
        arguments: [
            ("VE_PRIVATE=private", "VE_PRIVATE has to be an absolute path without '..', not \"private\""),
            ("VE_PRIVATE=/vz/../etc", "VE_PRIVATE has to be an absolute path without '..', not \"/vz/../etc\""),
            ("VE_PRIVATE=//", "VE_PRIVATE has to be an absolute path without '..', not \"//\""),
            ("UUID=101", "UUID is not a UUID: \"101\""),
            ("DISABLED=maybe", "DISABLED has to be \"yes\" or \"no\", not \"maybe\""),
            ("IP_ADDRESS=10.0.0.256", "IP_ADDRESS has \"10.0.0.256\", which is not an IP address such as"),
            ("IP_ADDRESS=10.0.0.1/33", "IP_ADDRESS has \"10.0.0.1/33\""),
            ("IP_ADDRESS=10.0.0.1/255.0.255.0", "IP_ADDRESS has \"10.0.0.1/255.0.255.0\""),
            ("IP_ADDRESS=10.0.0.1/-1", "IP_ADDRESS has"), ("IP_ADDRESS=10.0.0.1/", "IP_ADDRESS has"),
            ("IP_ADDRESS=fe80::1%eth0", "IP_ADDRESS has"), ("IP_ADDRESS=::/129", "IP_ADDRESS has"),
            ("GATEWAY=\"10.0.0.1 10.0.0.2\"", "GATEWAY may have one IPv4 and one IPv6 address only"),
            ("GATEWAY=10.0.0.1/24", "GATEWAY has"),
            ("NETIF=eth0", "NETIF has \"eth0\", which is not key=value"),
            ("NETIF=bridge=br0", "NETIF has a device without 'ifname='"),
            ("NETIF=ifname=a/b", "NETIF has \"a/b\", which cannot be the name of a network device"),
            ("NETIF=ifname=abcdefghijklmnop", "NETIF has \"abcdefghijklmnop\""),
            ("NETIF=ifname=e,mac=01:00:00:00:00:00", "NETIF has \"01:00:00:00:00:00\", which cannot be the hardware"),
            ("NETIF=ifname=e,mac=00:00:00:00:00:00", "NETIF has"),
            ("NETIF=ifname=e,mac=+1:00:00:00:00:00", "NETIF has"),
            ("NETIF=ifname=eth0,ifname=eth1", "NETIF has 'ifname' twice in one device"),
            ("NETIF='ifname=eth0;ifname=eth0'", "NETIF names a device twice"),
            ("NETIF='ifname=a,host_ifname=v;ifname=b,host_ifname=v'", "NETIF names a device twice"),
            ("RATE=eth0:1", "RATE has \"eth0:1\", which is not a rate"), ("RATE=eth0:-1:5", "RATE has"),
            ("BINDMOUNT=/a:/b:/c", "BINDMOUNT has \"/a:/b:/c\""), ("BINDMOUNT=relative", "BINDMOUNT has"),
        ])
    func badValue(line: String, what: String) throws {
        let ct = try self.configuration("# first\n\(line)\n")
        let error = #expect(throws: ConfigurationError.self) {
            _ = try (ct.privateArea, ct.uuid, ct.isDisabled, ct.ipAddresses, ct.gateways)
            _ = try (ct.networkInterfaces, ct.rates, ct.bindMounts)
        }
        let told = try #require(error).description
        #expect(told.hasPrefix("/etc/vz/conf/101.conf:2: \(what)"), "\(told)")
    }

    @Test("A bad value of the server's file is told with the server's file")
    func badGlobal() throws {
        let ct = try self.configuration("", global: "VE_ROOT=x")
        let error = #expect(throws: ConfigurationError.self) { try ct.root }
        #expect(error?.description.hasPrefix("/etc/vz/vz.conf:1: VE_ROOT ") == true)
    }

    @Test(
        "Only a yes removes what has moved away",
        arguments: [("yes", true), ("YES", true), ("Yes", true), ("y", false), ("1", false), ("true", false)])
    func removeMigrated(value: String, removes: Bool) throws {
        #expect(try self.configuration("", global: "REMOVEMIGRATED=\(value)").global.removesMigrated == removes)
    }

    @Test("A container that comes under another ID is placed with as few words as possible")
    func placement() throws {
        var kept = try self.configuration("VEID=7\nNAME=web\n", root: "/tmp/n")
        try kept.place(privateArea: "/tmp/n/vz/private/101", root: "/tmp/n/vz/root/101")
        #expect(kept.file.bytes == Array("VEID=\"101\"\nNAME=web\n".utf8))
        var moved = try self.configuration("VE_PRIVATE=/vz/private/7 # here\n", root: "/tmp/n")
        try moved.place(privateArea: "/tmp/n/pool/101", root: "/tmp/n/other")
        #expect(moved.file.bytes == Array("VE_PRIVATE=\"/pool/$VEID\" # here\nVE_ROOT=\"/other\"\n".utf8))
        #expect(try moved.privateArea == "/tmp/n/pool/101")
        #expect(try moved.root == "/tmp/n/other")
        #expect(throws: ConfigurationError.self) { try moved.place(privateArea: "/elsewhere", root: "/tmp/n/other") }
    }

    @Test("Random values are taken or refused, and never crash")
    func fuzz() throws {
        let alphabet = Array("ifname=eth0,mac:;/*. \t-+0123456789abcdef%$VEID{}~yesno\u{301}\u{e9}\u{1F600}")
        let keys = [
            "NETIF", "IP_ADDRESS", "GATEWAY", "RATE", "BINDMOUNT", "VE_PRIVATE", "VE_ROOT", "UUID", "DISABLED",
            "ONBOOT",
        ]
        for _ in 0..<2000 {
            var ct = try self.configuration("")
            for key in keys {
                try ct.file.set(key, String((0..<Int.random(in: 0...24)).compactMap { _ in alphabet.randomElement() }))
            }
            for interface in (try? ct.networkInterfaces) ?? [] { #expect((1...15).contains(interface.name.utf8.count)) }
            for address in (try? ct.ipAddresses) ?? [] { #expect(InterfaceAddress("\(address)") == address) }
            for rate in (try? ct.rates) ?? [] { #expect(TrafficRate("\(rate)") == rate) }
            for mount in (try? ct.bindMounts) ?? [] { #expect(BindMount("\(mount)") == mount) }
            for path in [try? ct.privateArea, try? ct.root].compactMap(\.self) {
                #expect(NodeLayout.normalized(path) == path)
            }
            _ = try? (ct.gateways, ct.uuid, ct.isDisabled, ct.startsOnBoot)
        }
    }
}
