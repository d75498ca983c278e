#pragma once

#include "pipeline-services/core/bar.hpp"
#include "pipeline-services/core/observations.hpp"

namespace dpctl::pipeline {

/// The sums of one window over observations that are added in their order. Integers throughout, so adding the
/// same observations in two parts gives the same bits as adding them at once.
///
/// The time-weighted average weighs each price with its own interval length; an observation without one holds
/// until the next, or until `hold_end` (the window's end, or the beginning of the on-peak hours inside an
/// off-peak block). Averages are rounded half away from zero to eight places.
class BarSums {
 public:
  void add(const Observation& seen, const ObservationExtra& extra, Micros hold_end);
  /// Adds sums over observations that are all later. `hold_end`: of their last one, in this window.
  void add(const BarSums& later, Micros hold_end);
  /// Fills prices, averages, counts, times and quality. False when no observation counts.
  bool fill(Bar& bar) const;

  /// Every member in a fixed order, for snapshots: F is called with a reference to each int64.
  template <class F>
  void each(F&& f);

  [[nodiscard]] Micros last_time() const { return last_time_; }

 private:
  [[nodiscard]] Int128 pending_weight(Micros until) const {
    return last_length_ > 0 ? Int128{last_length_} * kSecond : std::min(until, hold_end_) - last_time_;
  }
  Int128 weighted_ = 0, weights_ = 0;  ///< without the last observation, whose weight the next one decides
  Int128 turnover_ = 0, volume_ = 0;
  Fixed open_, high_, low_, close_, bid_, ask_;
  Micros first_time_ = 0, last_time_ = 0, hold_end_ = 0;
  std::int64_t count_ = 0, excluded_ = 0;
  std::int32_t last_length_ = 0;
  quality::Mask quality_ = 0;
  bool any_volume_ = false, any_bid_ = false, any_ask_ = false;
};

template <class F>
void BarSums::each(F&& f) {
  __extension__ using Wide = unsigned __int128;
  const auto wide = [&](Int128& value) {
    auto low = static_cast<std::int64_t>(static_cast<std::uint64_t>(value));
    auto high = static_cast<std::int64_t>(value >> 64);
    f(low), f(high);
    value = static_cast<Int128>(static_cast<Wide>(static_cast<std::uint64_t>(high)) << 64U |
                                static_cast<std::uint64_t>(low));
  };
  const auto narrow = [&](auto& value) {
    auto number = static_cast<std::int64_t>(value);
    f(number);
    value = static_cast<std::decay_t<decltype(value)>>(number);
  };
  for (auto* value : {&weighted_, &weights_, &turnover_, &volume_}) wide(*value);
  for (auto* value : {&open_, &high_, &low_, &close_, &bid_, &ask_}) f(value->units);
  for (auto* value : {&first_time_, &last_time_, &hold_end_, &count_, &excluded_}) f(*value);
  narrow(last_length_), narrow(quality_), narrow(any_volume_), narrow(any_bid_), narrow(any_ask_);
}

}  // namespace dpctl::pipeline
