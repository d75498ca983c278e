#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pipeline-services/core/contract/quality.hpp"
#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/intervals.hpp"

namespace dpctl::pipeline {

/// A bar. Strings are views into the batch's arena (or into the message it was decoded from).
struct Bar {
  std::string_view tenant, instrument_id, market, product, location_type, location, currency, unit;
  std::string_view commodity, region;
  std::string_view aggregation_id;  ///< UUIDv5 over instrument, tenant, interval, start
  Interval interval = Interval::m5;
  Micros start = 0, end = 0;  ///< half-open
  Fixed open, high, low, close;
  std::optional<Fixed> volume, vwap;  ///< nothing (not 0) when no observation has a volume
  Fixed twap;
  std::optional<Fixed> bid_close, ask_close;
  std::int64_t tick_count = 0;  ///< observations in the bar
  std::int64_t excluded_count =
      0;  ///< out of range, carried forward or superseded observations of the window
  Micros first_time = 0, last_time = 0;
  quality::Mask quality = 0;  ///< OR over the observations
  std::int64_t revision = 0;  ///< 0 when first final
  bool is_final = true;       ///< false: provisional, more ticks are expected
  bool revised = false;
};

}  // namespace dpctl::pipeline
