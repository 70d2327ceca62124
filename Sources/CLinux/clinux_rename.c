#define _GNU_SOURCE
#include "clinux_rename.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

int clinux_rename_no_replace(const char *source, const char *destination) {
    return renameat2(AT_FDCWD, source, AT_FDCWD, destination, RENAME_NOREPLACE) ? errno : 0;
}
