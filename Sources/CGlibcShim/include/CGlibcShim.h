#ifndef VZ_CGLIBCSHIM_H
#define VZ_CGLIBCSHIM_H

/* Calls that Swift's Glibc module does not show, because glibc declares them for _GNU_SOURCE only. */

/* Names the calling thread, for ps -L and debuggers. Linux keeps 15 bytes: see man 3 pthread_setname_np. */
void vz_name_current_thread(const char *name);

/* pipe2(2) with O_CLOEXEC, so that no child started meanwhile inherits an end. 0, or -1 and errno. */
int vz_pipe(int ends[2]);

#endif
