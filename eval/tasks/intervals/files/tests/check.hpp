#pragma once

#include <iostream>

inline int failures = 0;

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            std::cerr << __FILE__ << ":" << __LINE__ << ": failed: " #condition "\n";      \
            ++failures;                                                                     \
        }                                                                                   \
    } while (false)

#define RUN(test)                                                                           \
    do {                                                                                    \
        const int before = failures;                                                        \
        test();                                                                             \
        std::cout << (failures == before ? "ok " : "FAILED ") << #test << "\n";             \
    } while (false)
