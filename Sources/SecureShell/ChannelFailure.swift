/// A libssh2 call on a channel after which the whole session is of no more use. The session adds the words.
struct ChannelFailure: Error {
    let code: Int
    let function: String
}
