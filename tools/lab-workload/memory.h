// Patterned memory: every word follows from a token, its place, and how often its page was rewritten, so that a page
// that is lost, torn, swapped with another or of yesterday shows as bad words.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct memory {
    uint64_t *words;        // NULL if there is none
    size_t pages;           // of 4096 bytes
    uint64_t rewritten;     // pages in all, in turn from the first to the last and again
    uint64_t token;
};

/// `size` is in bytes, rounded down to pages; zero is none.
struct memory make_memory(size_t size, uint64_t token);

/// Gives the next `pages` pages in turn new contents.
void rewrite(struct memory *memory, size_t pages);

/// Reads all of it and says how many words are not what they must be.
size_t count_bad_words(const struct memory *memory);
