#include "memory.h"

#include <sys/mman.h>

enum { page_size = 4096, words_a_page = 512 };

static uint64_t scatter(uint64_t x) {
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdull;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ull;
    return x ^ x >> 33;
}

static uint64_t expected(const struct memory *memory, size_t page, size_t word, uint64_t generation) {
    return scatter(memory->token + page * words_a_page + word + scatter(generation));
}

static void fill(struct memory *memory, size_t page, uint64_t generation) {
    for (size_t word = 0; word < words_a_page; word++)
        memory->words[page * words_a_page + word] = expected(memory, page, word, generation);
}

struct memory make_memory(size_t size, uint64_t token) {
    struct memory memory = { .pages = size / page_size, .token = token };
    if (memory.pages == 0) return memory;
    size_t length = memory.pages * page_size;
    void *place = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) return memory;
    madvise(place, length, MADV_NOHUGEPAGE);    // dirty memory is counted in pages of 4 KiB
    memory.words = place;
    for (size_t page = 0; page < memory.pages; page++) fill(&memory, page, 0);
    return memory;
}

void rewrite(struct memory *memory, size_t pages) {
    for (; pages > 0 && memory->pages > 0; pages--) {
        fill(memory, memory->rewritten % memory->pages, memory->rewritten / memory->pages + 1);
        memory->rewritten++;
    }
}

size_t count_bad_words(const struct memory *memory) {
    size_t bad = 0;
    for (size_t page = 0; page < memory->pages; page++) {
        uint64_t generation = memory->rewritten / memory->pages + (page < memory->rewritten % memory->pages);
        for (size_t word = 0; word < words_a_page; word++)
            bad += memory->words[page * words_a_page + word] != expected(memory, page, word, generation);
    }
    return bad;
}
