#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A queue of at most `capacity` bytes in memory that the caller owns. */
struct ring {
    uint8_t *bytes;
    size_t capacity, head, count;
};

void ring_init(struct ring *ring, uint8_t *bytes, size_t capacity);
/* false when it is full; nothing is stored then */
bool ring_put(struct ring *ring, uint8_t byte);
/* false when it is empty; `byte` is left alone then */
bool ring_get(struct ring *ring, uint8_t *byte);
/* copies up to `length` bytes in, returns how many fitted */
size_t ring_write(struct ring *ring, const uint8_t *from, size_t length);
size_t ring_read(struct ring *ring, uint8_t *to, size_t length);
size_t ring_free(const struct ring *ring);

#endif
