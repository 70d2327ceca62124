// What is in a file: where it has data, and what.
#pragma once
#include <sys/types.h>

/// Prints size, data extents in pieces of 4 KiB and SHA-256, without reading the holes from the disk.
void print_contents(int fd, off_t size, const char *path);
