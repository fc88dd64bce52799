#include <string.h>

#include "check.h"
#include "checksum.h"

static const struct {
    const char *text;
    uint16_t sum;
} cases[] = {
    {"", 0x0000},
    {"abcde", 0xC8F0},
    {"abcdef", 0x2057},
    {"abcdefgh", 0x0627},
};

static void known_sums(void)
{
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++)
        CHECK(fletcher16((const uint8_t *)cases[at].text, strlen(cases[at].text)) == cases[at].sum);
}

int main(void)
{
    RUN(known_sums);
    return failures != 0;
}
