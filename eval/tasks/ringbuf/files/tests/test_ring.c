#include <string.h>

#include "check.h"
#include "ring.h"

static uint8_t bytes[4];
static struct ring ring;

static void starts_empty(void)
{
    uint8_t byte = 7;
    ring_init(&ring, bytes, sizeof bytes);
    CHECK(!ring_get(&ring, &byte));
    CHECK(byte == 7);
    CHECK(ring_free(&ring) == 4);
}

static void keeps_the_order(void)
{
    uint8_t out[4];
    ring_init(&ring, bytes, sizeof bytes);
    CHECK(ring_write(&ring, (const uint8_t *)"abc", 3) == 3);
    CHECK(ring_read(&ring, out, 4) == 3);
    CHECK(memcmp(out, "abc", 3) == 0);
}

static void refuses_when_full(void)
{
    ring_init(&ring, bytes, sizeof bytes);
    CHECK(ring_write(&ring, (const uint8_t *)"abcdef", 6) == 4);
    CHECK(!ring_put(&ring, 'x'));
    CHECK(ring_free(&ring) == 0);
}

static void wraps_around(void)
{
    uint8_t out[4];
    ring_init(&ring, bytes, sizeof bytes);
    ring_write(&ring, (const uint8_t *)"abc", 3);
    ring_read(&ring, out, 2);
    CHECK(ring_write(&ring, (const uint8_t *)"def", 3) == 3);
    CHECK(ring_read(&ring, out, 4) == 4);
    CHECK(memcmp(out, "cdef", 4) == 0);
}

int main(void)
{
    RUN(starts_empty);
    RUN(keeps_the_order);
    RUN(refuses_when_full);
    RUN(wraps_around);
    return failures != 0;
}
