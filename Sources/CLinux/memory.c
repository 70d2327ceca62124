#define _GNU_SOURCE
#include "memory.h"
#include <sys/uio.h>
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
