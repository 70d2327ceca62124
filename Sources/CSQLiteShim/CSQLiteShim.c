#include "CSQLiteShim.h"

#include <sqlite3.h>
#include <sys/vfs.h>
#include <syslog.h>

static int vz_set(sqlite3 *database, int option, int wanted) {
    int found = !wanted;
    int code = sqlite3_db_config(database, option, wanted, &found);
    if (code != SQLITE_OK) return code;
    return found == wanted ? SQLITE_OK : SQLITE_ERROR;
}

int vz_sqlite_harden(sqlite3 *database) {
    int code = vz_set(database, SQLITE_DBCONFIG_DEFENSIVE, 1);
    if (code != SQLITE_OK) return code;
    return vz_set(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
}

int vz_sqlite_close_without_checkpoint(sqlite3 *database) {
    return vz_set(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
}

int vz_sqlite_persist_wal(sqlite3 *database) {
    int on = 1;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
    if (code != SQLITE_OK) return code;
    on = -1;
    code = sqlite3_file_control(database, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
    if (code != SQLITE_OK) return code;
    return on == 1 ? SQLITE_OK : SQLITE_ERROR;
}

int vz_sqlite_read_file(sqlite3 *database, void *buffer, int count, long long offset) {
    sqlite3_file *file = 0;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK) return code;
    if (file == 0 || file->pMethods == 0) return SQLITE_ERROR;
    return file->pMethods->xRead(file, buffer, count, offset);
}

const char *vz_sqlite_version(void) {
    return sqlite3_libversion();
}

int vz_file_system_type(const char *path, unsigned long *type) {
    struct statfs answer;
    if (statfs(path, &answer) != 0) return -1;
    *type = (unsigned long)answer.f_type;
    return 0;
}

void vz_syslog_notice(const char *ident, const char *message) {
    openlog(ident, LOG_PID, LOG_AUTHPRIV);
    syslog(LOG_NOTICE, "%s", message);
    closelog();
}
