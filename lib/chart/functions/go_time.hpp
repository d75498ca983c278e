#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl::chart {

/// A moment with a zone, formatted and parsed by Go's layouts ("2006-01-02T15:04:05Z07:00"). "Local" is UTC:
/// what a chart renders must not depend on the machine that renders it.
struct GoTime {
  std::int64_t seconds = 0;  ///< since 1970
  std::int32_t nanoseconds = 0;
  std::int32_t offset = 0;   ///< seconds east of UTC
  std::string zone = "UTC";  ///< abbreviation

  struct Clock {
    int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, week_day = 4, year_day = 1;
  };

  static GoTime now();
  static GoTime at(std::int64_t seconds);
  /// Go's zero time: the year 1.
  static GoTime zero();
  /// time.Parse; the error is in its words.
  static Result<GoTime> parse(std::string_view layout, std::string_view text);

  /// The same moment in another zone (IANA name); an unknown one is UTC.
  [[nodiscard]] GoTime in(const std::string& zone) const;
  [[nodiscard]] GoTime plus(std::chrono::nanoseconds span) const;
  [[nodiscard]] std::chrono::nanoseconds since(const GoTime& earlier) const;
  [[nodiscard]] bool is_zero() const;
  [[nodiscard]] Clock clock() const;
  [[nodiscard]] std::string format(std::string_view layout) const;
};

}  // namespace dpctl::chart
