#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline-services/core/bar.hpp"

namespace dpctl::pipeline {

/// A value made of bars: rolling statistics of one series, or a spread. Owns its strings.
struct DerivedValue {
  std::string tenant;
  std::string kind;  ///< "rolling", "bid_ask", or the spread's kind
  std::string name;  ///< the instrument, or the spread's name
  Interval interval = Interval::m5;
  std::string window;  ///< of rolling statistics: "12" bars or "24h"
  Micros start = 0, end = 0;
  std::string unit;
  std::optional<Fixed> value, value_bps;
  std::int64_t count = 0;
  std::optional<Fixed> mean, std, min, max, range, volatility, ewma;
  std::vector<std::int64_t> leg_ages;  ///< seconds from the end of each leg's bar to the end of the window
  std::string flags;                   ///< "crossed", "locked" or empty
  std::int64_t revision = 0;
};

/// Appends the message of the derived topic.
void append_derived(std::string& out, const DerivedValue& value);

/// Ask − bid of a bar's last quotes, also in 1/10000 of their mid price (nothing when the mid price is not
/// positive); flagged when the quotes are crossed or locked. Nothing when one of them is missing.
std::optional<DerivedValue> bid_ask_spread(const Bar& bar);

}  // namespace dpctl::pipeline
