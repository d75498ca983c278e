#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pipeline-services/core/bars.hpp"

namespace dpctl::pipeline {

/// What a bar needs of a tick.
struct Observation {
  Micros time = 0;  ///< interval start
  std::int64_t sequence = 0;
  std::array<unsigned char, 32> id{};  ///< the tick id's bytes: the last tie-break
  std::int32_t length = 0;             ///< seconds
  std::int64_t revision = 0;
  Fixed price;
  std::optional<Fixed> volume, bid, ask;
  quality::Mask quality = 0;
  bool superseded = false;

  [[nodiscard]] bool counts() const { return !superseded && (quality & quality::kExcludedFromBars) == 0; }
  /// The order of open and close: (event time, sequence, tick id).
  friend bool operator<(const Observation& a, const Observation& b) {
    return std::tie(a.time, a.sequence, a.id) < std::tie(b.time, b.sequence, b.id);
  }
  [[nodiscard]] bool same_value(const Observation& other) const {
    return std::tie(price, volume, bid, ask, superseded, sequence) ==
               std::tie(other.price, other.volume, other.bid, other.ask, other.superseded, other.sequence) &&
           (quality & quality::kExcludedFromBars) == (other.quality & quality::kExcludedFromBars);
  }
};

/// The window of an interval that holds `at`: UTC for 5m and 1h, the market's local day for 1d.
DaySpan window_of(Interval interval, Zone zone, Micros at);
/// Seconds of the interval's nominal length: 300, 3600, 86400.
std::int32_t seconds_of(Interval interval);

/// Fills prices, averages, counts, times and quality from the window's observations, in their order. False
/// when none counts.
///
/// The time-weighted average weighs each price with its own interval length; an observation without one holds
/// until the next or the window's end. Sums are integers; averages are rounded half away from zero to eight
/// places.
bool fill_bar(Bar& bar, std::span<const Observation> observations);

/// UUIDv5 over "instrument::tenant::interval::start" in the bars' namespace.
std::string aggregation_id(std::string_view instrument, std::string_view tenant, Interval interval,
                           Micros start);

}  // namespace dpctl::pipeline
