#undef NDEBUG
#include <cassert>
#include "intervals.hpp"

void task()
{
    Intervals set;
    set.add(4, 6);
    set.add(8, 9);
    set.add(6, 8);
    assert((set.ranges() == std::vector<Intervals::Range>{{4, 9}}));
    set.add(0, 4);
    assert((set.ranges() == std::vector<Intervals::Range>{{0, 9}}));
    set.add(10, 11);
    assert(set.ranges().size() == 2);
}
