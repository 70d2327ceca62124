// The deeds that both halves of the tree are made with, all relative to the directory that was entered.
// Each ends the program with a sentence if it fails.
#pragma once
#include <stddef.h>
#include <sys/types.h>

void enter_new_directory(const char *path);
void make_directory(const char *path, mode_t mode);

/// A file of `size` bytes that look random and follow from its name.
void make_file(const char *path, size_t size, mode_t mode);
void set_attribute(const char *path, const char *name, const void *value, size_t size);
void set_time(const char *path, long long seconds, long nanoseconds);

/// One of everything that is odd; returns how many files that were.
unsigned make_odd_files(void);
