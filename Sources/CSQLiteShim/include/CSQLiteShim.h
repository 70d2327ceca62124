#ifndef VZMIGRATE_CSQLITESHIM_H
#define VZMIGRATE_CSQLITESHIM_H

/// What Swift cannot call or see: variadic functions, struct sqlite3_file, struct statfs.

struct sqlite3;

/// SQLITE_DBCONFIG_DEFENSIVE on, SQLITE_DBCONFIG_TRUSTED_SCHEMA off, each read back. Returns an SQLite result code.
int vz_sqlite_harden(struct sqlite3 *database);

/// SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE on: a connection that goes away writes nothing. Returns an SQLite result code.
int vz_sqlite_close_without_checkpoint(struct sqlite3 *database);

/// SQLITE_FCNTL_PERSIST_WAL on, read back: -wal and -shm stay after the last close. Returns an SQLite result code.
int vz_sqlite_persist_wal(struct sqlite3 *database);

/// Reads bytes of the database file through SQLite's own descriptor: opening and closing the file by hand would drop
/// every lock that this process holds on it. See: https://sqlite.org/howtocorrupt.html 2.2. Returns a result code.
int vz_sqlite_read_file(struct sqlite3 *database, void *buffer, int count, long long offset);

/// The version of the SQLite library in use, such as "3.40.1". Lives as long as the program.
const char *vz_sqlite_version(void);

/// statfs(2)'s f_type of what lies below the path. Returns 0, or -1 and errno.
int vz_file_system_type(const char *path, unsigned long *type);

/// syslog(3) with a fixed format: the message is data. Facility LOG_AUTHPRIV, severity LOG_NOTICE.
void vz_syslog_notice(const char *ident, const char *message);

#endif
