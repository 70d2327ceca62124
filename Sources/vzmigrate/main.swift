internal import MigrateCommand

InterruptionSignals.block()
await RunCommand.start()
