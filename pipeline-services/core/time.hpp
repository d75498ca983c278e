#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl::pipeline {

/// Microseconds since 1970-01-01T00:00:00Z.
using Micros = std::int64_t;
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;
inline constexpr Micros kDay = 24 * kHour;

/// A wall-clock time without a zone.
struct LocalTime {
  int year = 0, month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
};

/// Microseconds since 1970 as if the local time were UTC; nothing when the date does not exist. hour may be
/// 24 (= next midnight).
std::optional<Micros> as_if_utc(const LocalTime& local);

/// Calendars of the markets; the rules come from the system's time-zone database.
enum class Zone : std::uint8_t { utc, eastern, central, pacific, est };

/// Reads the time-zone database once; services call it at start. Code::failed when tzdata is not installed
/// (in an image: /usr/share/zoneinfo); the functions below end the process then.
Result<void> load_time_zones();

/// Which of two instants a repeated local hour means.
enum class Fold : std::uint8_t {
  none,    ///< the message does not say: an ambiguous time is an error
  first,   ///< daylight time
  second,  ///< standard time, the repeated hour
};

/// Local to UTC. Code::not_found in the spring gap, Code::conflict in the repeated hour when `fold` is none,
/// Code::failed when it is no date and time at all; `fold` is ignored for times that occur once.
Result<Micros> to_utc(Zone zone, const LocalTime& local, Fold fold);

/// Midnight, in the zone, of the day that holds `at`; and of the next day. [start, end) has 23, 24 or 25
/// hours.
struct DaySpan {
  Micros start;
  Micros end;
};
DaySpan local_day(Zone zone, Micros at);

/// The local date (year*10000 + month*100 + day), the hour ending 1..24, and whether the hour is the repeated
/// one.
struct LocalHour {
  int date;
  int hour_ending;
  bool repeated;
};
LocalHour local_hour(Zone zone, Micros at);

/// ISO 8601: date, "T" or blank, time with optional seconds and fraction, "Z" or offset ("-05:00", "+0530",
/// "-00:00") or nothing, which means `zone` (so a zone other than utc can fail as to_utc does).
Result<Micros> parse_iso(std::string_view text, Zone zone = Zone::utc, Fold fold = Fold::none);

/// An epoch number by magnitude: s < 1e11 <= ms < 1e14 <= us < 1e17 <= ns. Years outside 1990..2100 are an
/// error.
Result<Micros> from_epoch(std::int64_t number);

/// "2025-11-02T06:00:00Z", with a fraction only when there is one; at most kIsoWidth bytes. Returns where it
/// ends.
inline constexpr std::size_t kIsoWidth = 28;
char* print_iso(char* at, Micros time);
void append_iso(std::string& out, Micros at);
std::string iso(Micros at);

}  // namespace dpctl::pipeline
