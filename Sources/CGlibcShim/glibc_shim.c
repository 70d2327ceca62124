#define _GNU_SOURCE
#include "CGlibcShim.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

void vz_name_current_thread(const char *name)
{
    char kept[16];
    strncpy(kept, name, sizeof(kept) - 1);
    kept[sizeof(kept) - 1] = '\0';
    pthread_setname_np(pthread_self(), kept);
}

int vz_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC);
}
