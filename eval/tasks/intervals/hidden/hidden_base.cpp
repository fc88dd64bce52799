#undef NDEBUG
#include <cassert>
#include "intervals.hpp"

void task();

int main()
{
    Intervals set;
    set.add(10, 20);
    set.add(-7, -3);
    set.add(15, 40);
    assert((set.ranges() == std::vector<Intervals::Range>{{-7, -3}, {10, 40}}));
    assert(set.length() == 34);
    assert(set.contains(-7) && !set.contains(-3) && set.contains(39) && !set.contains(40) && !set.contains(5));
    set.add(-100, 100);
    assert(set.ranges().size() == 1 && set.length() == 200);
    task();
}
