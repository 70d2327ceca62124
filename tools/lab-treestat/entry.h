// The parts of an entry's line that need more than its stat.
#pragma once
#include <stddef.h>
#include <stdio.h>

/// Ends the program with errno's words.
_Noreturn void fail(const char *deed, const char *path);

void print_escaped(FILE *out, const char *bytes, size_t length);
void print_target(int parent, const char *name, const char *path);

/// Inode flags that somebody can set, as chattr's numbers; not those by which the file system remembers how it stores.
void print_flags(int fd);

/// Extended attributes sorted by name, the values in hexadecimal; ACLs and capabilities are among them.
void print_attributes(int parent, const char *name, const char *path);
