#include "intervals.hpp"

#include <algorithm>

void Intervals::add(long begin, long end)
{
    if (begin >= end)
        return;
    std::vector<Range> kept;
    for (const auto &[from, to] : ranges_) {
        if (to <= begin || end <= from) {
            kept.emplace_back(from, to);
            continue;
        }
        begin = std::min(begin, from);
        end = std::max(end, to);
    }
    kept.emplace_back(begin, end);
    std::sort(kept.begin(), kept.end());
    ranges_ = kept;
}

bool Intervals::contains(long value) const
{
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [value](const Range &range) { return range.first <= value && value < range.second; });
}

long Intervals::length() const
{
    long sum = 0;
    for (const auto &[from, to] : ranges_)
        sum += to - from;
    return sum;
}
