internal import MigrateCommand

await RunCommand.start()
