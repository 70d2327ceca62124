#define _GNU_SOURCE
#include "memory.h"
#include <fcntl.h>
#include <sys/syscall.h>
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
