internal import ArgumentParser

TortureCommand.main()
