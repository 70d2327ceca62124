// lab-odd-tree DIRECTORY COUNT
//
// Makes a tree of about COUNT files in which everything occurs that a Linux file system can hold and a copy can lose.
// Root only. The same COUNT makes the same tree, apart from the times of the directories' last change.
// The odd ones (odd.c) come first, about 320 of them; the rest are plain small files, a hundred a directory.
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "odd.h"

static void make_plain_files(unsigned count) {
    char name[64];
    for (unsigned number = 0; number < count; number++) {
        if (number % 100 == 0) {
            snprintf(name, sizeof name, "plain/%04u", number / 100);
            make_directory(name, 0755);
        }
        snprintf(name, sizeof name, "plain/%04u/%06u", number / 100, number);
        // mostly below 4 KiB, one in fifty up to 100 KiB
        unsigned size = number * 2654435761u >> 20;
        make_file(name, number % 50 == 49 ? size * 25 : size, number % 9 == 0 ? 0600 : 0644);
        if (number % 10 == 3) set_attribute(name, "user.number", name, 8);
        set_time(name, 1000000000 + (long long)number * 1000, (long)(number * 7919 % 1000000000));
    }
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: lab-odd-tree DIRECTORY COUNT\n");
        return 2;
    }
    umask(0);
    enter_new_directory(arguments[1]);
    unsigned odd = make_odd_files();
    unsigned wanted = (unsigned)atoi(arguments[2]);
    make_directory("plain", 0755);
    make_plain_files(wanted > odd ? wanted - odd : 0);
    return 0;
}
