#define _GNU_SOURCE
#include "memory.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

ssize_t vz_read_process(pid_t process, uint64_t address, void *buffer, size_t size)
{
    struct iovec here = { buffer, size }, there = { (void *)(uintptr_t)address, size };
    return process_vm_readv(process, &here, 1, &there, 1, 0);
}

struct vz_page_hash vz_hash_page(const void *page)
{
    XXH128_hash_t hash = XXH3_128bits(page, 4096);
    return (struct vz_page_hash){ hash.low64, hash.high64 };
}

int vz_has_user_faults(void)
{
    long descriptor = syscall(SYS_userfaultfd, O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    close((int)descriptor);
    return 1;
}

/* Of linux/fs.h since 6.7, which the headers of older systems lack. */
struct scan_region {
    uint64_t start, end, categories;
};
struct scan_request {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
enum { SCAN_PRESENT = 1 << 3, SCAN_SWAPPED = 1 << 4 };
#define SCAN_PAGEMAP _IOWR('f', 16, struct scan_request)

int vz_present_regions(int pagemap, uint64_t *start, uint64_t end, struct vz_region *out, size_t capacity)
{
    struct scan_region *found = calloc(capacity, sizeof *found);
    if (!found)
        return -1;
    struct scan_request request = {
        .size = sizeof request, .start = *start, .end = end, .vec = (uintptr_t)found, .vec_len = capacity,
        .category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED, .return_mask = SCAN_PRESENT | SCAN_SWAPPED,
    };
    int count = ioctl(pagemap, SCAN_PAGEMAP, &request);
    for (int index = 0; index < count; index++)
        out[index] = (struct vz_region){ found[index].start, found[index].end };
    /* Nothing found may mean that nothing was looked at: then whoever asks must look himself. */
    if (count >= 0 && request.walk_end <= *start)
        count = -1;
    if (count >= 0)
        *start = request.walk_end;
    free(found);
    return count;
}
