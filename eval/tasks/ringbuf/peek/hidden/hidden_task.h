static void task(void)
{
    uint8_t bytes[3], byte = 0;
    struct ring ring;
    ring_init(&ring, bytes, 3);
    assert(!ring_peek(&ring, 0, &byte));
    ring_write(&ring, (const uint8_t *)"abc", 3);
    ring_get(&ring, &byte);
    ring_put(&ring, 'd');
    assert(ring_peek(&ring, 2, &byte) && byte == 'd');
    assert(ring_peek(&ring, 0, &byte) && byte == 'b' && ring.count == 3);
    assert(!ring_peek(&ring, 3, &byte) && byte == 'b');
}
