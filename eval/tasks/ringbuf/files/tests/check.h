#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static int failures;

#define CHECK(condition)                                                   \
    do {                                                                   \
        if (!(condition)) {                                                \
            failures++;                                                    \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);         \
        }                                                                  \
    } while (0)

#define RUN(test)                      \
    do {                               \
        int before = failures;         \
        test();                        \
        printf("%s %s\n", failures == before ? "ok" : "FAILED", #test); \
    } while (0)

#endif
