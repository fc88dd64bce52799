#undef NDEBUG
#include <cassert>
#include <stdexcept>
#include "intervals.hpp"

static bool refused(long begin, long end)
{
    Intervals set;
    set.add(2, 4);
    try {
        set.add(begin, end);
    } catch (const std::invalid_argument &) {
        return set.ranges().size() == 1;
    }
    return false;
}

void task()
{
    assert(refused(5, 1) && refused(0, -1) && refused(1000, 999));
    Intervals set;
    set.add(3, 3);
    assert(set.ranges().empty());
}
