internal import Glibc
internal import JournalCommand

exit(JournalCommand.run(arguments: Array(CommandLine.arguments.dropFirst())))
