static void task(void)
{
    uint8_t bytes[3], out[3];
    struct ring ring;
    ring_init(&ring, bytes, 3);
    for (const char *c = "abcdefg"; *c; c++)
        ring_push(&ring, (uint8_t)*c);
    assert(ring.count == 3 && ring_read(&ring, out, 3) == 3 && memcmp(out, "efg", 3) == 0);
}
