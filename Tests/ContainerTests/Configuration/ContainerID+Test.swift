import HandOver

extension ContainerID {
    static func make(_ text: String) -> ContainerID {
        guard let id = try? ContainerID(parsing: text) else { preconditionFailure("'\(text)' is not a container ID") }
        return id
    }
}
