#include <doctest/doctest.h>
#include <fmt/format.h>

#include "pipeline-services/core/curves.hpp"
#include "pipeline-services/core/intervals.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;

namespace {

/// The n-th Sunday of a month.
std::string sunday(int year, int month, int n) {
  int seen = 0;
  for (int day = 1; day <= 31; ++day)
    if (weekday_of(year * 10'000 + month * 100 + day) == 0 && ++seen == n)
      return fmt::format("{}-{:02}-{:02}", year, month, day);
  return "";
}

Micros noon_utc(const std::string& date) { return *parse_iso(date + "T18:00:00Z"); }

Micros hours_of(std::string_view market, const std::string& date) {
  const auto day = local_day(calendar_of(market).zone, noon_utc(date));
  return (day.end - day.start) / kHour;
}

}  // namespace

TEST_CASE("market days of 2024 to 2027 have 23 hours in spring and 25 in autumn, but in MISO always 24") {
  for (int year = 2024; year <= 2027; ++year) {
    const auto spring = sunday(year, 3, 2), autumn = sunday(year, 11, 1);
    for (const auto market : {"PJM", "nyiso", "ISO-NE", "ercot", "spp", "CAISO"}) {
      CAPTURE(market);
      CHECK(hours_of(market, spring) == 23);
      CHECK(hours_of(market, autumn) == 25);
      CHECK(hours_of(market, fmt::format("{}-07-04", year)) == 24);
    }
    CHECK(hours_of("MISO", spring) == 24);
    CHECK(hours_of("MISO", autumn) == 24);
  }
}

TEST_CASE("the six NERC holidays are kept, a Sunday's on the Monday after, a Saturday's on the Saturday") {
  for (const int day : {20240101, 20240527, 20240704, 20240902, 20241128, 20241225, 20230102, 20270705, 20260704})
    CHECK_MESSAGE(is_nerc_holiday(day), day);
  // Sunday itself, the Friday before a Saturday, Columbus Day, the Friday after Thanksgiving.
  for (const int day : {20230101, 20260703, 20241014, 20241129, 20240520, 20240909})
    CHECK_FALSE_MESSAGE(is_nerc_holiday(day), day);
}

TEST_CASE("on-peak hours are sixteen, by each market's own clock") {
  const auto block = [](std::string_view market, const std::string& date) {
    const auto span = peak_block(calendar_of(market), noon_utc(date));
    return span.start == span.end ? std::string("none") : iso(span.start) + " " + iso(span.end);
  };
  CHECK(block("NYISO", "2024-07-03") == "2024-07-03T11:00:00Z 2024-07-04T03:00:00Z");  // 07:00–23:00 EDT
  CHECK(block("NYISO", "2024-01-03") == "2024-01-03T12:00:00Z 2024-01-04T04:00:00Z");
  CHECK(block("MISO", "2024-07-03") == "2024-07-03T11:00:00Z 2024-07-04T03:00:00Z");   // 06:00–22:00 EST
  CHECK(block("ERCOT", "2024-07-03") == "2024-07-03T11:00:00Z 2024-07-04T03:00:00Z");  // 06:00–22:00 CDT
  CHECK(block("CAISO", "2024-07-03") == "2024-07-03T13:00:00Z 2024-07-04T05:00:00Z");  // 06:00–22:00 PDT
  CHECK(block("CAISO", "2024-07-06") == "2024-07-06T13:00:00Z 2024-07-07T05:00:00Z");  // 6×16: Saturday too
  CHECK(block("ERCOT", "2024-07-06") == "none");
  CHECK(block("PJM", "2024-07-04") == "none");
  CHECK(block("CAISO", "2024-07-07") == "none");
}

TEST_CASE("a window holds the time that it is asked for, and the blocks share the day between them") {
  const auto& calendar = calendar_of("PJM");
  for (Micros at = noon_utc("2024-03-08"); at < noon_utc("2024-03-12"); at += 17 * kMinute) {
    for (const auto interval : {Interval::m1, Interval::m5, Interval::m15, Interval::h1, Interval::d1}) {
      const auto span = *window_of(interval, calendar, at);
      CHECK((span.start <= at && at < span.end));
    }
    const bool on = window_of(Interval::on_peak, calendar, at).has_value();
    CHECK(on != window_of(Interval::off_peak, calendar, at).has_value());
  }
}

TEST_CASE("delivery hours of a month follow the market's clock") {
  const auto hours = [](std::string_view market, LoadShape shape, const char* from, const char* to) {
    return delivery_hours(calendar_of(market), shape, *parse_day(from), *parse_day(to));
  };
  CHECK(hours("PJM", LoadShape::base, "2027-03-01", "2027-04-01") == 743);
  CHECK(hours("PJM", LoadShape::base, "2027-11-01", "2027-12-01") == 721);
  CHECK(hours("MISO", LoadShape::base, "2027-03-01", "2027-04-01") == 744);
  CHECK(hours("PJM", LoadShape::on_peak, "2027-01-01", "2027-02-01") == 20 * 16);  // 21 weekdays, New Year
  CHECK(hours("PJM", LoadShape::off_peak, "2027-01-01", "2027-02-01") == 744 - 320);
}
