#include <stdio.h>
#include <stdlib.h>

#include "ring.h"

/* ringdump N: shows what is left in a ring of N bytes after each line of the input; old bytes make room. */
int main(int argc, char **argv)
{
    uint8_t bytes[64];
    struct ring ring;
    char line[256];
    size_t size = argc > 1 ? (size_t)atoi(argv[1]) : 8;

    if (size < 1 || size > sizeof bytes)
        return 2;
    ring_init(&ring, bytes, size);
    while (fgets(line, sizeof line, stdin)) {
        for (char *c = line; *c && *c != '\n'; c++) {
            uint8_t lost;
            if (!ring_put(&ring, (uint8_t)*c)) {
                ring_get(&ring, &lost);
                ring_put(&ring, (uint8_t)*c);
            }
        }
        printf("%zu/%zu ", ring.count, ring.capacity);
        for (size_t at = 0; at < ring.count; at++)
            putchar(ring.bytes[(ring.head + at) % ring.capacity]);
        putchar('\n');
    }
    return 0;
}
