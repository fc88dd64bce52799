static void task(void)
{
    uint8_t byte = 1;
    struct ring ring;
    ring_init(&ring, &byte, 0);
    assert(!ring_put(&ring, 4) && !ring_get(&ring, &byte) && byte == 1 && ring_free(&ring) == 0);
    ring_init(&ring, NULL, 5);
    assert(!ring_put(&ring, 4) && ring_free(&ring) == 0);
}
