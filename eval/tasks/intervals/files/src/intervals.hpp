#pragma once

#include <utility>
#include <vector>

/** A set of whole numbers, kept as sorted ranges [begin, end). */
class Intervals {
public:
    using Range = std::pair<long, long>;

    void add(long begin, long end);
    bool contains(long value) const;
    long length() const;
    const std::vector<Range> &ranges() const { return ranges_; }

private:
    std::vector<Range> ranges_;
};
