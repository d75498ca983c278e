#include <doctest/doctest.h>

#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/time.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;

TEST_CASE("a local time in the spring gap does not exist in any market that changes its clocks") {
  for (const auto zone : {Zone::eastern, Zone::central, Zone::pacific}) {
    const auto time = to_utc(zone, {2025, 3, 9, 2, 30, 0}, Fold::first);
    REQUIRE_FALSE(time);
    CHECK(time.error().code == Code::not_found);
  }
  CHECK(to_utc(Zone::est, {2025, 3, 9, 2, 30, 0}, Fold::none).has_value());
}

TEST_CASE("the repeated autumn hour needs a flag and means two instants an hour apart") {
  const LocalTime one{2025, 11, 2, 1, 15, 0};
  CHECK(to_utc(Zone::eastern, one, Fold::none).error().code == Code::conflict);
  CHECK(iso(*to_utc(Zone::eastern, one, Fold::first)) == "2025-11-02T05:15:00Z");
  CHECK(iso(*to_utc(Zone::eastern, one, Fold::second)) == "2025-11-02T06:15:00Z");
}

TEST_CASE("market days have 23, 24 and 25 hours from 2024 to 2027, in Eastern Standard Time always 24") {
  struct Day {
    const char* noon;
    int hours;
  };
  for (const auto& [noon, hours] :
       {Day{"2024-03-10T16:00:00Z", 23}, Day{"2024-11-03T17:00:00Z", 25}, Day{"2025-03-09T16:00:00Z", 23},
        Day{"2025-11-02T17:00:00Z", 25}, Day{"2026-03-08T16:00:00Z", 23}, Day{"2027-11-07T17:00:00Z", 25},
        Day{"2026-07-01T16:00:00Z", 24}}) {
    for (const auto zone : {Zone::eastern, Zone::central, Zone::pacific}) {
      const auto day = local_day(zone, *parse_iso(noon));
      CHECK((day.end - day.start) / kHour == hours);
      CHECK(local_day(zone, day.start).start == day.start);
      CHECK(local_day(zone, day.end - 1).start == day.start);
    }
    CHECK(local_day(Zone::est, *parse_iso(noon)).end - local_day(Zone::est, *parse_iso(noon)).start == kDay);
  }
}

TEST_CASE("the repeated hour is known from the instant alone") {
  const auto first = local_hour(Zone::eastern, *parse_iso("2025-11-02T05:30:00Z"));
  const auto second = local_hour(Zone::eastern, *parse_iso("2025-11-02T06:30:00Z"));
  CHECK(first.hour_ending == 2);
  CHECK_FALSE(first.repeated);
  CHECK(second.hour_ending == 2);
  CHECK(second.repeated);
  CHECK(second.date == 20251102);
}

TEST_CASE("an epoch is read by its magnitude and an implausible one is refused") {
  for (const std::int64_t epoch :
       {1'700'000'000LL, 1'700'000'000'000LL, 1'700'000'000'000'000LL, 1'700'000'000'000'000'000LL})
    CHECK(iso(*from_epoch(epoch)) == "2023-11-14T22:13:20Z");
  CHECK_FALSE(from_epoch(5).has_value());
  CHECK_FALSE(from_epoch(-1).has_value());
}

TEST_CASE("ISO 8601 with a zone, an offset, a fraction or none") {
  CHECK(iso(*parse_iso("2025-11-02T01:00:00.000-05:00")) == "2025-11-02T06:00:00Z");
  CHECK(iso(*parse_iso("2019-03-01T17:00:00-00:00")) == "2019-03-01T17:00:00Z");
  CHECK(iso(*parse_iso("2025-01-01 10:00")) == "2025-01-01T10:00:00Z");
  CHECK(iso(*parse_iso("2025-01-01T10:00:00.25Z")) == "2025-01-01T10:00:00.25Z");
  CHECK(iso(*parse_iso("2025-01-01T10:00:00+0530")) == "2025-01-01T04:30:00Z");
  for (const auto* bad : {"", "2025", "2025-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2025-01-01T10:00:00Zx",
                          "2025-01-01T25:00:00Z", "yesterday"})
    CHECK_FALSE(parse_iso(bad).has_value());
}

TEST_CASE("decimals keep their eight places exactly, and what is no finite number is refused") {
  struct Pair {
    const char* in;
    const char* out;
  };
  for (const auto& [in, out] :
       {Pair{"41.57641", "41.57641"}, Pair{"-.37", "-0.37"}, Pair{"0.123456785", "0.12345679"},
        Pair{"10.000000", "10"}, Pair{"-0.00", "0"}, Pair{"1e3", "1000"}, Pair{"-278.20", "-278.2"}})
    CHECK(to_string(*Fixed::parse(in)) == out);
  for (const auto* bad :
       {"", "nan", "NaN", "inf", "-", ".", " 1", "1_000", "0x10", "1,000", "90000000000", "1e30", "--1"})
    CHECK_FALSE(Fixed::parse(bad).has_value());
}

TEST_CASE("averages are rounded half away from zero") {
  CHECK(divide_rounded(5, 2) == 3);
  CHECK(divide_rounded(-5, 2) == -3);
  CHECK(divide_rounded(7, 3) == 2);
  CHECK(divide_rounded(-8, 3) == -3);
}
