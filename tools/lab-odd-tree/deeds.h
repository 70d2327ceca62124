// What odd.c needs beyond odd.h: files by hand.
#pragma once
#include <sys/types.h>

/// How many files were made.
extern unsigned made;

/// Ends the program with errno's words if `result` is below zero.
void must(int result, const char *deed, const char *path);

/// A new empty file, open for writing.
int create(const char *path, mode_t mode);

/// Writes `size` bytes at `offset` that look random and follow from `path` and `offset`.
void fill(int fd, const char *path, off_t offset, size_t size);
