static void task(void)
{
    static uint8_t many[60000];
    unsigned low = 0, high = 0;
    memset(many, 0xfe, sizeof many);
    for (size_t at = 0; at < sizeof many; at++) {
        low = (low + many[at]) % 255;
        high = (high + low) % 255;
    }
    assert(fletcher16(many, sizeof many) == (uint16_t)(high << 8 | low));
    assert(fletcher16((const uint8_t *)"abcde", 5) == 0xC8F0);
}
