#undef NDEBUG
#include <assert.h>
#include <string.h>
#include "checksum.h"
#include "ring.h"
#ifdef __has_include
#if __has_include("hidden_task.h")
#include "hidden_task.h"
#else
static void task(void) {}
#endif
#endif

int main(void)
{
    uint8_t bytes[3], out[8], byte = 9;
    struct ring ring;
    ring_init(&ring, bytes, 3);
    assert(!ring_get(&ring, &byte) && byte == 9 && ring_free(&ring) == 3);
    for (int round = 0; round < 7; round++) {
        assert(ring_write(&ring, (const uint8_t *)"xyzq", 4) == 3 && ring_free(&ring) == 0);
        assert(!ring_put(&ring, 1));
        assert(ring_read(&ring, out, 2) == 2 && memcmp(out, "xy", 2) == 0);
        assert(ring_put(&ring, 'w') && ring_read(&ring, out, 8) == 2 && memcmp(out, "zw", 2) == 0);
    }
    assert(fletcher16((const uint8_t *)"abcdefgh", 8) == 0x0627);
    assert(fletcher16((const uint8_t *)"\xff\xff\x01", 3) == 0x0101);
    task();
    return 0;
}
