#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/calendar.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// What a bar spans, from fine to coarse. Minutes and hours are floored in UTC (every market's clock differs
/// from it by whole hours), days and blocks in the market's own calendar.
enum class Interval : std::uint8_t { m1, m5, m15, h1, d1, on_peak, off_peak };
inline constexpr std::size_t kIntervals = 7;

/// "1m", "5m", "15m", "1h", "1d", "on_peak", "off_peak".
std::string_view name_of(Interval interval);
std::optional<Interval> interval_of(std::string_view name);
/// The ones that are made when nobody says otherwise: 5m, 1h, 1d.
std::vector<Interval> default_intervals();
/// All seven.
std::vector<Interval> all_intervals();
/// "5m,1h,on_peak" in any order; Code::usage names the part that is wrong.
Result<std::vector<Interval>> parse_intervals(std::string_view list);

/// Seconds of the interval's nominal length. A block counts as an hour, because its hours are what it is made
/// of: a price of a longer interval cannot be divided between the blocks.
std::int32_t seconds_of(Interval interval);
/// Of two bars with one last price the finer one names it: 3 for 1m down to 0 for days and blocks.
int fineness_of(Interval interval);

inline bool is_block(Interval interval) { return interval >= Interval::on_peak; }

/// The window of an interval that holds `at`; nothing when `at` lies outside the block. The off-peak block of
/// a day spans the whole local day and leaves out the on-peak hours.
std::optional<DaySpan> window_of(Interval interval, const Calendar& calendar, Micros at);

/// UUIDv5 over "instrument::tenant::interval::start" in the bars' namespace.
std::string aggregation_id(std::string_view instrument, std::string_view tenant, Interval interval,
                           Micros start);

}  // namespace dpctl::pipeline
