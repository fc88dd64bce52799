#include "ring.h"

void ring_init(struct ring *ring, uint8_t *bytes, size_t capacity)
{
    ring->bytes = bytes;
    ring->capacity = capacity;
    ring->head = 0;
    ring->count = 0;
}

bool ring_put(struct ring *ring, uint8_t byte)
{
    if (ring->count == ring->capacity)
        return false;
    ring->bytes[(ring->head + ring->count) % ring->capacity] = byte;
    ring->count++;
    return true;
}

bool ring_get(struct ring *ring, uint8_t *byte)
{
    if (ring->count == 0)
        return false;
    *byte = ring->bytes[ring->head];
    ring->head = (ring->head + 1) % ring->capacity;
    ring->count--;
    return true;
}

size_t ring_write(struct ring *ring, const uint8_t *from, size_t length)
{
    size_t done = 0;
    while (done < length && ring_put(ring, from[done]))
        done++;
    return done;
}

size_t ring_read(struct ring *ring, uint8_t *to, size_t length)
{
    size_t done = 0;
    while (done < length && ring_get(ring, &to[done]))
        done++;
    return done;
}

size_t ring_free(const struct ring *ring)
{
    return ring->capacity - ring->count;
}
