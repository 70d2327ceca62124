package import MigrationJournal

extension MigrationLog: EventLog {}
