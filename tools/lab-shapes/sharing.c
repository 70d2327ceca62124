// Actors that share memory, or had it in common once: see actor.h.
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

/// Waits for a child that has to end well.
static void wait_well(struct tally *tally, unsigned where, pid_t child) {
    int status;
    must(tally, where, waitpid(child, &status, 0) == child);
    must(tally, where + 1, status == 0);
}

/// A child at a time; both write to some of the pages that they had in common, and look at all of them.
void fork_children(struct tally *tally) {
    enum { pages = 240, part = pages / 3 };
    unsigned char *place = map_pages(pages);
    uint64_t seeds[3];
    for (int which = 0; which < 3; which++)
        fill(place + which * part * page_size, part, seeds[which] = random_number());
    for (;;) {
        pid_t child = fork();
        must(tally, 1, child >= 0);
        int mine = child == 0 ? 0 : 1;
        doze(0, 300);
        fill(place + mine * part * page_size, part, seeds[mine] = random_number());
        for (int turn = 0; turn < 3; turn++) {
            doze(50, 300);
            for (int which = 0; which < 3; which++)
                check(tally, child == 0 ? 2 : 3, place + which * part * page_size, part, seeds[which]);
            tally->checks++;
        }
        if (child == 0) _exit(0);
        wait_well(tally, 4, child);
    }
}

/// Children that get the number of one that has ended, and have other pages of their own than that one had.
void reuse_number(struct tally *tally) {
    enum { pages = 64, reserved = 300 };    // lower numbers are not given out a second time
    pid_t number = 0;
    unsigned char *place = map_pages(pages);
    uint64_t seed = random_number(), own;
    for (int page = 0; page < pages; page++) fill(place + page * page_size, 1, seed + (uint64_t)page);
    for (;;) {
        pid_t child = fork();
        must(tally, 1, child >= 0);
        if (child == 0) {
            uint64_t written = random_number() << 32 | random_number() << 1;
            if (number == 0 ? getpid() < reserved : getpid() != number) _exit(0);
            own = random_number();
            for (int page = 0; page < pages; page++)
                if (written >> page & 1) fill(place + page * page_size, 1, own);
            for (int turn = 0; turn < 3; turn++) {
                doze(100, 300);
                for (int page = 0; page < pages; page++)
                    check(tally, 2, place + page * page_size, 1, written >> page & 1 ? own : seed + (uint64_t)page);
            }
            tally->checks++;
            _exit(0);
        }
        if (number == 0 && child >= reserved) number = child;
        wait_well(tally, 3, child);
    }
}

/// A process and its child on pages that are shared by mmap.
void share_memory(struct tally *tally) {
    enum { pages = 64, half = pages / 2 };
    size_t size = (pages + 1) * page_size;
    unsigned char *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(tally, 1, place != MAP_FAILED);
    _Atomic uint64_t *turns = (void *)(place + pages * page_size);
    pid_t child = fork();
    must(tally, 2, child >= 0);
    unsigned char *mine = place + (child == 0 ? half * page_size : 0);
    for (uint64_t turn = 1;; turn++) {
        uint64_t seed = random_number();
        fill(mine, half, seed);
        doze(50, 300);
        check(tally, 3, mine, half, seed);
        if (child == 0) {
            turns[1] = turns[0];
        } else {
            for (int patience = 0; turns[1] < turns[0] && patience < 300; patience++) doze(100, 100);
            must(tally, 4, turns[1] == turns[0]);
            turns[0] = turn;
        }
        tally->checks++;
    }
}

/// A file in memory that is mapped twice: shared, and private with some pages of its own.
void use_memfd(struct tally *tally) {
    enum { pages = 32, half = pages / 2 };
    int file = memfd_create("pages", MFD_CLOEXEC);
    must(tally, 1, file >= 0 && ftruncate(file, pages * page_size) == 0);
    unsigned char *shared = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    unsigned char *own = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    must(tally, 2, shared != MAP_FAILED && own != MAP_FAILED);
    for (;;) {
        uint64_t common = random_number(), mine = random_number();
        fill(shared, pages, common);
        fill(own, half, mine);
        for (int turn = 0; turn < 3; turn++) {
            doze(50, 400);
            check(tally, 3, shared, pages, common);
            check(tally, 4, own, half, mine);
        }
        unsigned char last[page_size];
        must(tally, 5, pread(file, last, page_size, 0) == page_size);
        check(tally, 6, last, 1, common);
        tally->checks++;
    }
}

/// A file that is mapped privately: some pages are the file's, some were written to.
void change_file(struct tally *tally) {
    enum { pages = 64, part = pages / 4 };
    int file = open("/mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    uint64_t seed = random_number();
    unsigned char *place = map_pages(pages);
    fill(place, pages, seed);
    must(tally, 1, file >= 0 && write(file, place, pages * page_size) == pages * page_size);
    munmap(place, pages * page_size);
    must(tally, 2, mmap(place, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0) == place);
    for (;;) {
        uint64_t mine = random_number();
        fill(place, part, mine);
        doze(50, 600);
        check(tally, 3, place, part, mine);
        // the second quarter goes back to what the file holds
        fill(place + part * page_size, part, mine);
        doze(50, 600);
        check(tally, 4, place + part * page_size, part, mine);
        madvise(place + part * page_size, part * page_size, MADV_DONTNEED);
        doze(50, 600);
        for (int page = part; page < pages; page++) {
            unsigned char held[page_size];
            must(tally, 5, pread(file, held, page_size, page * page_size) == page_size);
            for (int byte = 0; byte < page_size; byte += 8)
                if (*(uint64_t *)(held + byte) != *(uint64_t *)(place + page * page_size + byte)) {
                    check_zeros(tally, 6, (uint64_t[page_size / 8]){ 1 }, 1);
                    break;
                }
        }
        tally->checks++;
    }
}

struct share {
    struct tally *tally;
    unsigned char *place;
};

static _Noreturn void *write_all_the_time(void *argument) {
    const struct share *share = argument;
    for (uint64_t seed = 1;; seed++) {
        fill(share->place, 16, seed);
        doze(5, 50);
        check(share->tally, 1, share->place, 16, seed);
        share->tally->checks++;
    }
}

void use_threads(struct tally *tally) {
    struct share shares[3];
    pthread_t thread;
    for (int which = 0; which < 3; which++) {
        shares[which] = (struct share){ tally, map_pages(16) };
        if (which < 2) must(tally, 2, pthread_create(&thread, NULL, write_all_the_time, &shares[which]) == 0);
    }
    write_all_the_time(&shares[2]);
}
