// The markets' calendars against the system's time-zone database, as the C library reads it.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include <map>

#include "pipeline-services/core/time.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;

namespace {

struct Place {
  Zone zone;
  const char* name;
  bool shifts;
};
constexpr Place kPlaces[]{{Zone::eastern, "America/New_York", true},
                          {Zone::central, "America/Chicago", true},
                          {Zone::pacific, "America/Los_Angeles", true},
                          {Zone::est, "Etc/GMT+5", false}};

::tm local_of(Micros at) {
  const auto seconds = static_cast<::time_t>(at / kSecond);
  ::tm local{};
  localtime_r(&seconds, &local);
  return local;
}

LocalTime wall(const ::tm& t) {
  return {t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec};
}

/// Sundays of the clock changes, 2024 to 2027: {spring, autumn}, as yyyymmdd.
constexpr int kChanges[][2]{
    {20240310, 20241103}, {20250309, 20251102}, {20260308, 20261101}, {20270314, 20271107}};

}  // namespace

TEST_CASE("every quarter hour of 2024 to 2027 is where the C library's calendar has it, there and back") {
  for (const auto& place : kPlaces) {
    CAPTURE(place.name);
    setenv("TZ", place.name, 1);
    tzset();
    const Micros begin = *parse_iso("2024-01-01T00:00:00Z");
    const Micros end = *parse_iso("2028-01-01T00:00:00Z");
    std::map<int, int> quarters;
    int wrong = 0;
    for (Micros at = begin; at < end; at += 15 * kMinute) {
      const auto t = local_of(at);
      const auto before = local_of(at - kHour);
      const bool repeated = before.tm_hour == t.tm_hour && before.tm_mday == t.tm_mday;
      const auto local = local_hour(place.zone, at);
      const int date = (t.tm_year + 1900) * 10'000 + (t.tm_mon + 1) * 100 + t.tm_mday;
      const auto back = to_utc(place.zone, wall(t), repeated ? Fold::second : Fold::first);
      if (local.date != date || local.hour_ending != t.tm_hour + 1 || local.repeated != repeated || !back ||
          *back != at)
        ++wrong;
      ++quarters[date];
    }
    CHECK(wrong == 0);
    for (const auto& [spring, autumn] : kChanges) {
      CHECK(quarters[spring] == (place.shifts ? 92 : 96));
      CHECK(quarters[autumn] == (place.shifts ? 100 : 96));
    }
  }
  unsetenv("TZ");
  tzset();
}

TEST_CASE(
    "on the days of 2024 to 2027 the gap hour is refused and the repeated hour needs to be told apart") {
  for (const auto& place : kPlaces) {
    for (const auto& [spring, autumn] : kChanges) {
      for (const int minute : {0, 15, 30, 45}) {
        const auto at = [minute = minute](int date, int hour) {
          return LocalTime{date / 10'000, date / 100 % 100, date % 100, hour, minute, 0};
        };
        const auto gap = to_utc(place.zone, at(spring, 2), Fold::first);
        const auto twice = to_utc(place.zone, at(autumn, 1), Fold::none);
        CHECK(gap.has_value() != place.shifts);
        CHECK(twice.has_value() != place.shifts);
        if (place.shifts) CHECK(gap.error().code == Code::not_found);
        if (place.shifts) CHECK(twice.error().code == Code::conflict);
      }
    }
  }
}
