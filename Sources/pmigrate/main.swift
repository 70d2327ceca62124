internal import MigrateCommand

await PmigrateCommand.start()
