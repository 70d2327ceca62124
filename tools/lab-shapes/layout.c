// Actors that change where their memory is: see actor.h.
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "actor.h"

enum { table = 2 << 20, table_pages = table / page_size };     // what one page of the page table maps

struct pair {
    unsigned char *here, *there;
    uint64_t seed_here, seed_there;
    int pause;
};

static void make_pair(struct tally *tally, struct pair *pair) {
    unsigned char *place = map_pages(3 * table_pages);
    pair->here = (unsigned char *)(((uintptr_t)place + table - 1) / table * table);
    must(tally, 1, pair->here + 2 * table <= place + 3 * table);
    pair->there = pair->here + table;
    fill(pair->here, table_pages, pair->seed_here = random_number());
    fill(pair->there, table_pages, pair->seed_there = random_number());
}

/// Moves whole tables of pages over others, as some collectors of garbage do, and small ones wherever there is room.
void move_pages(struct tally *tally) {
    struct pair pairs[3] = { 0 };
    size_t small_pages = 16;
    unsigned char *small = map_pages(small_pages);
    uint64_t small_seed = random_number();
    fill(small, small_pages, small_seed);
    for (size_t which = 0; which < 3; which++) make_pair(tally, &pairs[which]);
    for (;;) {
        for (size_t which = 0; which < 3; which++) {
            struct pair *pair = &pairs[which];
            check(tally, 2, pair->here, table_pages, pair->seed_here);
            check(tally, 3, pair->there, table_pages, pair->seed_there);
            if (pair->pause-- > 0) continue;
            // at the pace of a round, whether that takes a second or a minute
            pair->pause = (int)(random_number() % (6u << 2 * which));
            must(tally, 4, mremap(pair->here, table, table, MREMAP_MAYMOVE | MREMAP_FIXED, pair->there) == pair->there);
            must(tally, 5, mmap(pair->here, table, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == pair->here);
            madvise(pair->here, table, MADV_NOHUGEPAGE);
            pair->seed_there = pair->seed_here;
            fill(pair->here, table_pages, pair->seed_here = random_number());
        }
        check(tally, 6, small, small_pages, small_seed);
        size_t grown = 16 + random_number() % 64;
        unsigned char *moved = mremap(small, small_pages * page_size, grown * page_size, MREMAP_MAYMOVE);
        must(tally, 7, moved != MAP_FAILED);
        fill(small = moved, small_pages = grown, small_seed = random_number());
        tally->checks++;
        doze(100, 300);
    }
}

/// Takes its pages' right to be read away while they are not in use.
void hide_pages(struct tally *tally) {
    enum { pages = 32 };
    unsigned char *place = map_pages(pages);
    for (;;) {
        uint64_t seed = random_number(), second = random_number();
        must(tally, 1, mprotect(place, pages * page_size, PROT_READ | PROT_WRITE) == 0);
        fill(place, pages, seed);
        must(tally, 2, mprotect(place, pages * page_size, PROT_NONE) == 0);
        doze(100, 900);
        must(tally, 3, mprotect(place, pages * page_size, PROT_READ) == 0);
        check(tally, 4, place, pages, seed);
        doze(0, 400);
        must(tally, 5, mprotect(place, pages * page_size, PROT_READ | PROT_WRITE) == 0);
        fill(place, pages / 2, second);
        must(tally, 6, mprotect(place, pages / 2 * page_size, PROT_NONE) == 0);
        doze(100, 900);
        must(tally, 7, mprotect(place, pages / 2 * page_size, PROT_READ) == 0);
        check(tally, 8, place, pages / 2, second);
        tally->checks++;
    }
}

void grow_heap(struct tally *tally) {
    enum { step = 16, most = 20 };
    uint64_t seeds[most];
    unsigned char *base = sbrk(0);
    must(tally, 1, sbrk((page_size - (intptr_t)base % page_size) % page_size) != (void *)-1);
    base = sbrk(0);
    for (;;) {
        size_t steps = 1 + random_number() % most;
        for (size_t done = 0; done < steps; done++) {
            must(tally, 2, sbrk(step * page_size) != (void *)-1);
            fill(base + done * step * page_size, step, seeds[done] = random_number());
            doze(0, 100);
            for (size_t which = 0; which <= done; which++)
                check(tally, 3, base + which * step * page_size, step, seeds[which]);
            tally->checks++;
        }
        must(tally, 4, sbrk(-(intptr_t)(steps * step * page_size)) != (void *)-1);
    }
}

static void descend(struct tally *tally, int depth) {
    unsigned char place[8 * page_size];
    uint64_t seed = random_number();
    fill(place, 8, seed);
    doze(0, 60);
    if (depth > 0) descend(tally, depth - 1);
    check(tally, 1, place, 8, seed);
}

void use_stack(struct tally *tally) {
    descend(tally, (int)(random_number() % 12));
    tally->checks++;
}

/// Gives pages back, and reads zeros where they were, or nothing.
void drop_pages(struct tally *tally) {
    enum { pages = 64 };
    unsigned char *place = map_pages(pages);
    for (;;) {
        uint64_t seed = random_number();
        fill(place, pages, seed);
        doze(100, 700);
        check(tally, 1, place, pages, seed);
        madvise(place, pages / 2 * page_size, MADV_DONTNEED);
        doze(0, 300);
        check_zeros(tally, 2, place, pages / 4);
        doze(100, 700);
        check_zeros(tally, 3, place, pages / 2);
        must(tally, 4, mmap(place + pages / 2 * page_size, pages / 2 * page_size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
        check_zeros(tally, 5, place + pages / 2 * page_size, pages / 4);
        doze(100, 700);
        check_zeros(tally, 6, place, pages);
        tally->checks++;
    }
}
