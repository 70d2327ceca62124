// SHA-256 as in FIPS 180-4, here so that the program is one static file.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t length;        // bytes so far
    uint8_t block[64];
};

struct sha256 sha256_start(void);
void sha256_add(struct sha256 *digest, const uint8_t *bytes, size_t length);

/// Ends it, and writes the 64 hexadecimal digits to standard output.
void sha256_print(struct sha256 *digest);
