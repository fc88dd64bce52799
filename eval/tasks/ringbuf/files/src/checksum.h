#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Fletcher's checksum of 16 bits (J. G. Fletcher, 1982). */
uint16_t fletcher16(const uint8_t *bytes, size_t length);

#endif
