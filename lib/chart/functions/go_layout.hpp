#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace dpctl::chart {

inline constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};
inline constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

/// What stands in a layout of Go's time package.
enum class Part {
  text,
  long_month,
  month,
  num_month,
  zero_month,
  long_day,
  day_name,
  day,
  under_day,
  zero_day,
  under_year_day,
  zero_year_day,
  hour,
  hour12,
  zero_hour12,
  minute,
  zero_minute,
  second,
  zero_second,
  long_year,
  year,
  upper_pm,
  lower_pm,
  zone_name,
  iso_zone,
  iso_colon_zone,
  iso_short_zone,
  iso_seconds_zone,
  iso_colon_seconds_zone,
  num_zone,
  num_seconds_zone,
  num_short_zone,
  num_colon_zone,
  num_colon_seconds_zone,
  fraction_zeros,
  fraction_nines,
};

struct Piece {
  Part part = Part::text;
  std::string_view text{};  ///< as it stands in the layout
};

/// The next piece of a layout: plain text up to a known part, or the part.
Piece next_piece(std::string_view layout);

/// As package time quotes in its errors: bytes beyond ASCII in hexadecimal.
std::string quote_bytes(std::string_view text);

/// An offset in seconds east of UTC, as the part writes it.
std::string zone_text(Part part, std::int32_t offset);

}  // namespace dpctl::chart
