// The actors of lab-shapes, and what they share. Each is a process that changes the shape of its memory all the time,
// knows what every page of it must hold, and says so in its tally.
#pragma once
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { page_size = 4096 };

/// In memory that all actors share.
struct tally {
    _Atomic uint64_t checks;    // turns in which everything was looked at
    _Atomic uint64_t wrong;     // pages that were not what they had to be
    _Atomic uint64_t where;     // the number of the check in its actor's code that found the first one
};

typedef void actor(struct tally *tally);

actor move_pages, hide_pages, grow_heap, use_stack, drop_pages;         // layout.c
actor fork_children, reuse_number, share_memory, use_memfd, change_file, use_threads;  // sharing.c

/// Writes pages that follow from the seed and their place.
void fill(void *place, size_t pages, uint64_t seed);

/// Counts the pages that are not as `fill` has left them.
void check(struct tally *tally, unsigned where, const void *place, size_t pages, uint64_t seed);

/// Counts the pages that are not all zeros.
void check_zeros(struct tally *tally, unsigned where, const void *place, size_t pages);

/// Private memory of small pages.
void *map_pages(size_t pages);

/// Sleeps that long, at random between the two.
void doze(int least_ms, int most_ms);

uint64_t random_number(void);

/// Ends the actor, and the tally says so, unless the answer of a system call is good.
void must(struct tally *tally, unsigned where, int good);
