#ifndef CLINUX_RENAME_H
#define CLINUX_RENAME_H

/* renameat2(2) with RENAME_NOREPLACE, which glibc shows to _GNU_SOURCE only. Returns an errno, 0 for success. */
int clinux_rename_no_replace(const char *source, const char *destination);

#endif
