/* Memory of other processes, and digests of pages. Functions return -1 with errno set on failure. */
#ifndef VZ_MEMORY_H
#define VZ_MEMORY_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Copies from `address` of a process, up to the first page that is not there or not readable. Returns the bytes
 * copied, or -1 when that was the first one (EFAULT). See: 'man 2 process_vm_readv'. */
ssize_t vz_read_process(pid_t process, uint64_t address, void *buffer, size_t size);

/* Part of an address space, from its first address to the one behind its last. */
struct vz_region {
    uint64_t start, end;
};
/* Finds the parts between `*start` and `end` where a process has pages, in memory or swapped out, by a descriptor of its
 * pagemap. Returns how many, and moves `*start` behind what was looked at; -1 where the kernel cannot tell (before 6.7).
 * See: 'man 2 PAGEMAP_SCAN'. */
int vz_present_regions(int pagemap, uint64_t *start, uint64_t end, struct vz_region *out, size_t capacity);

/* 1 where the kernel has userfaultfd. See: 'man 2 userfaultfd'. */
int vz_has_user_faults(void);

/* 128 bits of XXH3 over one page of 4096 bytes. Not for secrets, nor against somebody who chooses both pages. */
struct vz_page_hash {
    uint64_t low, high;
};
struct vz_page_hash vz_hash_page(const void *page);
#endif
