#undef NDEBUG
#include <cassert>
#include "intervals.hpp"

void task()
{
    Intervals set;
    set.add(0, 10);
    set.add(20, 30);
    set.remove(4, 6);
    assert((set.ranges() == std::vector<Intervals::Range>{{0, 4}, {6, 10}, {20, 30}}));
    set.remove(8, 25);
    assert((set.ranges() == std::vector<Intervals::Range>{{0, 4}, {6, 8}, {25, 30}}));
    set.remove(3, 3);
    set.remove(9, 2);
    assert(set.length() == 11);
    set.remove(-100, 100);
    assert(set.ranges().empty());
}
