static void task(void)
{
    uint8_t bytes[4] = {9, 9, 9, 9}, byte;
    struct ring ring;
    ring_init(&ring, bytes, 4);
    ring_write(&ring, (const uint8_t *)"abc", 3);
    ring_get(&ring, &byte);
    ring_clear(&ring);
    assert(ring_free(&ring) == 4 && !ring_get(&ring, &byte));
    assert(bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 0);
    assert(ring_write(&ring, (const uint8_t *)"wxyz", 4) == 4);
}
