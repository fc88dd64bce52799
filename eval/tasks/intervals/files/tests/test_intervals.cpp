#include "check.hpp"
#include "intervals.hpp"

using Ranges = std::vector<Intervals::Range>;

static Intervals of(const Ranges &ranges)
{
    Intervals set;
    for (const auto &[begin, end] : ranges)
        set.add(begin, end);
    return set;
}

static void overlapping_ranges_are_merged()
{
    CHECK((of({{1, 4}, {3, 6}}).ranges() == Ranges{{1, 6}}));
    CHECK((of({{1, 9}, {3, 6}}).ranges() == Ranges{{1, 9}}));
    CHECK((of({{5, 7}, {1, 2}, {0, 9}}).ranges() == Ranges{{0, 9}}));
}

static void ranges_are_sorted()
{
    CHECK((of({{5, 7}, {1, 2}}).ranges() == Ranges{{1, 2}, {5, 7}}));
}

static void the_end_is_not_in_the_set()
{
    const auto set = of({{1, 3}});
    CHECK(set.contains(1));
    CHECK(set.contains(2));
    CHECK(!set.contains(3));
    CHECK(!set.contains(0));
}

static const struct {
    Ranges ranges;
    long length;
} lengths[] = {
    {{}, 0},
    {{{1, 4}}, 3},
    {{{1, 4}, {3, 6}}, 5},
    {{{-5, -2}, {10, 11}}, 4},
};

static void length_counts_every_number_once()
{
    for (const auto &each : lengths)
        CHECK(of(each.ranges).length() == each.length);
}

int main()
{
    RUN(overlapping_ranges_are_merged);
    RUN(ranges_are_sorted);
    RUN(the_end_is_not_in_the_set);
    RUN(length_counts_every_number_once);
    return failures != 0;
}
