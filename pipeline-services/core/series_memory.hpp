#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// What normalisation remembers of one instrument: its last prices and how far its intervals have come.
struct SeriesMemory {
  static constexpr std::size_t kWindow = 32;
  static constexpr std::size_t kEnough = 12;
  std::array<std::int64_t, kWindow> prices{};
  std::uint32_t seen = 0;
  Micros latest_end = 0;

  /// Is `price` more than eight robust standard deviations from the median of the last prices? The deviation
  /// is 1.4826 × the median absolute deviation, of which less than 1 $ counts as 1 $: flat hours do not make
  /// every change a spike.
  [[nodiscard]] bool spikes(Fixed price) const {
    if (seen < kEnough) return false;
    const std::size_t count = std::min<std::size_t>(seen, kWindow);
    if (is_near_median(price.units, count)) return false;
    auto sorted = prices;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(count / 2);
    const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(sorted.begin(), middle, end);
    const std::int64_t median = *middle;
    for (auto at = sorted.begin(); at != end; ++at) *at = std::abs(*at - median);
    std::nth_element(sorted.begin(), middle, end);
    const Int128 deviation = std::max(*middle, Fixed::kOne);
    return static_cast<Int128>(std::abs(price.units - median)) * 10'000 > deviation * 118'608;
  }

 private:
  /// Is the median within the distance that never is a spike? Counting tells without sorting; nearly every
  /// price ends here.
  [[nodiscard]] bool is_near_median(std::int64_t price, std::size_t count) const {
    constexpr std::int64_t kNear = Fixed::kOne * 118'608 / 10'000;
    std::size_t below = 0;  // of price - kNear
    std::size_t up_to = 0;  // price + kNear
    for (std::size_t i = 0; i < count; ++i) {
      below += prices[i] < price - kNear ? 1 : 0;
      up_to += prices[i] <= price + kNear ? 1 : 0;
    }
    return below <= count / 2 && up_to > count / 2;
  }

 public:
  void add(Fixed price) { prices[seen++ % kWindow] = price.units; }
};

}  // namespace dpctl::pipeline
