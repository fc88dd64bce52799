#include "checksum.h"

uint16_t fletcher16(const uint8_t *bytes, size_t length)
{
    unsigned low = 0, high = 0;
    for (size_t at = 0; at < length; at++) {
        low = (low + bytes[at]) % 255;
        high = (high + low) % 255;
    }
    return (uint16_t)(high << 8 | low);
}
