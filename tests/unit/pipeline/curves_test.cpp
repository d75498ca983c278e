#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "pipeline-services/core/curve_smooth.hpp"
#include "pipeline-services/core/curves.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;

namespace {

/// Quotes of a curve of PJM: "shape from last price" a line, quoted at 2026-11-27 in the order of the lines.
std::vector<ContractQuote> quotes(std::string_view lines) {
  std::string csv = "curve,shape,delivery_start,delivery_end,price,quoted_at,market\n";
  int second = 10;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find(';', at), lines.size());
    std::string line(lines.substr(at, end - at));
    for (char& c : line)
      if (c == ' ') c = ',';
    csv += "WH," + line + fmt::format(",2026-11-27T20:00:{}Z,PJM\n", second++);
    at = end + 1;
  }
  const auto read = read_quotes(csv, "quotes.csv");
  REQUIRE(read.has_value());
  return *read;
}

const Day kAsOf = *parse_day("2026-12-31");

/// "M1 2027-01-01 40 quoted" a line.
std::string text_of(const ForwardCurve& curve) {
  std::string text;
  for (const auto& point : curve.points)
    text += point.tenor + " " + day_text(point.start) + " " + to_string(point.price) + " " +
            std::string(name_of(point.source)) + "\n";
  return text;
}

}  // namespace

TEST_CASE("a quarter gives its unknown months what its hour-weighted mean leaves for them") {
  // Hours: January 744, February 672, March 743 (clocks go forward on the 14th). The quarter has 2159.
  // (50 · 2159 − 60 · 744) / (672 + 743) = 63310 / 1415 = 44.74204947
  const auto curves = build_curves(quotes("base 2027-01-01 2027-03-31 50;base 2027-01-01 2027-01-31 60"),
                                   {.as_of = kAsOf});
  REQUIRE(curves.size() == 1);
  CHECK(text_of(curves[0]) ==
        "M1 2027-01-01 60 quoted\nM2 2027-02-01 44.74204947 derived\nM3 2027-03-01 44.74204947 derived\n");
  CHECK(curves[0].remarks.empty());
  CHECK(curves[0].points[2].hours == 743);
}

TEST_CASE("a strip whose months are known is redundant within the tolerance and named beyond it") {
  const std::string months = "base 2027-01-01 2027-01-31 60;base 2027-02-01 2027-02-28 50;base 2027-03-01 2027-03-31 40;";
  // (60 · 744 + 50 · 672 + 40 · 743) / 2159 = 50.00463177
  const auto near = build_curves(quotes(months + "base 2027-01-01 2027-03-31 50.01"), {.as_of = kAsOf});
  CHECK_FALSE(near[0].arbitrage);
  CHECK(near[0].remarks.empty());
  const auto far = build_curves(quotes(months + "base 2027-01-01 2027-03-31 51"), {.as_of = kAsOf});
  CHECK(far[0].arbitrage);
  REQUIRE(far[0].remarks.size() == 1);
  CHECK(far[0].remarks[0].find("50.00463177") != std::string::npos);
  CHECK(text_of(far[0]) == text_of(near[0]));
}

TEST_CASE("months go before quarters, quarters before years, and of one period the newest quote holds") {
  const auto curves = build_curves(
      quotes("base 2027-01-01 2027-12-31 50;base 2027-04-01 2027-06-30 40;base 2027-04-01 2027-04-30 44;"
             "base 2027-04-01 2027-04-30 45"),
      {.as_of = kAsOf});
  const auto& points = curves[0].points;
  REQUIRE(points.size() == 12);
  CHECK(to_string(points[3].price) == "45");
  // May and June: (40 · 2184 − 45 · 720) / 1464 = 37.54098361
  CHECK(to_string(points[4].price) == "37.54098361");
  CHECK(points[4].price == points[5].price);
  // The rest of the year: (50 · 8760 − 40 · 2184) / 6576 = 53.32116788
  CHECK(to_string(points[0].price) == "53.32116788");
  Int128 sum = 0;
  std::int32_t hours = 0;
  for (const auto& point : points) sum += static_cast<Int128>(point.price.units) * point.hours, hours += point.hours;
  CHECK(hours == 8760);
  CHECK(std::abs(divide_rounded(sum, hours) - 50 * Fixed::kOne) <= 1);
}

TEST_CASE("off-peak follows from base and on-peak") {
  // January 2027: 744 hours, 320 of them on-peak. (50 · 744 − 60 · 320) / 424 = 42.45283019
  const auto curves = build_curves(quotes("base 2027-01-01 2027-01-31 50;on_peak 2027-01-01 2027-01-31 60"),
                                   {.as_of = kAsOf});
  REQUIRE(curves.size() == 3);
  CHECK(curves[2].shape == LoadShape::off_peak);
  CHECK(text_of(curves[2]) == "M1 2027-01-01 42.45283019 derived\n");
  CHECK(curves[2].points[0].hours == 424);
}

TEST_CASE("the balance of the month begins tomorrow, contracts in delivery are left out and named") {
  const auto curves =
      build_curves(quotes("base 2026-12-11 2026-12-31 30;base 2026-12-01 2026-12-31 99;base 2027-01-01 2027-01-31 40;"
                          "base 2026-10-01 2026-10-31 20"),
                   {.as_of = *parse_day("2026-12-10")});
  CHECK(text_of(curves[0]) == "BALMO 2026-12-11 30 quoted\nM1 2027-01-01 40 quoted\n");
  CHECK(curves[0].remarks.size() == 2);
  const auto tomorrow = build_curves(quotes("base 2026-12-12 2026-12-31 31;base 2027-01-01 2027-01-31 40"),
                                     {.as_of = *parse_day("2026-12-11")});
  CHECK(tomorrow[0].points[0].hours == 20 * 24);
}

TEST_CASE("holes and what lies beyond the last quote are flat and marked") {
  const auto curves = build_curves(quotes("base 2027-01-01 2027-01-31 60;base 2027-03-01 2027-03-31 40"),
                                   {.as_of = kAsOf, .months = 4});
  CHECK(text_of(curves[0]) ==
        "M1 2027-01-01 60 quoted\nM2 2027-02-01 60 extrapolated\nM3 2027-03-01 40 quoted\n"
        "M4 2027-04-01 40 extrapolated\n");
  CHECK(curves[0].points[3].confidence < curves[0].points[2].confidence);
}

TEST_CASE("the smooth curve keeps every quote and is less bent than the flat one") {
  const auto given = quotes(
      "base 2027-01-01 2027-03-31 60;base 2027-04-01 2027-06-30 40;base 2027-07-01 2027-09-30 50;"
      "base 2027-10-01 2027-12-31 45;base 2027-01-01 2027-01-31 70");
  const auto flat = build_curves(given, {.as_of = kAsOf});
  const auto smooth = build_curves(given, {.as_of = kAsOf, .smooth = true});
  const auto& points = smooth[0].points;
  CHECK(to_string(points[0].price) == "70");
  for (std::size_t quarter = 0; quarter < 4; ++quarter) {
    double sum = 0, hours = 0;
    for (std::size_t i = quarter * 3; i < quarter * 3 + 3; ++i)
      sum += points[i].price.to_double() * points[i].hours, hours += points[i].hours;
    CHECK(sum / hours == doctest::Approx(std::array{60.0, 40.0, 50.0, 45.0}[quarter]).epsilon(1e-8));
  }
  const auto bend = [](const ForwardCurve& curve) {
    double total = 0;
    for (std::size_t i = 1; i + 1 < curve.points.size(); ++i)
      total += std::pow(curve.points[i - 1].price.to_double() - 2 * curve.points[i].price.to_double() +
                            curve.points[i + 1].price.to_double(), 2);
    return total;
  };
  CHECK(bend(smooth[0]) < bend(flat[0]));
}

TEST_CASE("the smoothest line through averages of a line is that line") {
  // x = 1, 2, 3, 4, 5, 6: means of halves are 2 and 5.
  const auto x = smoothest(6, {{0, {1 / 3.0, 1 / 3.0, 1 / 3.0}, 2}, {3, {1 / 3.0, 1 / 3.0, 1 / 3.0}, 5}});
  REQUIRE(x.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) CHECK(x[i] == doctest::Approx(static_cast<double>(i + 1)));
  CHECK(smoothest(3, {{0, {1}, 1}, {0, {1}, 2}}).empty());
}

TEST_CASE("a quote that cannot be read is an error with its line") {
  const std::string header = "curve,shape,delivery_start,delivery_end,price,quoted_at\n";
  for (const auto line : {"W,round,2027-01-01,2027-01-31,1,2026-11-27", "W,base,2027-01-32,2027-01-31,1,2026-11-27",
                          "W,base,2027-02-01,2027-01-31,1,2026-11-27", "W,base,2027-01-01,2027-01-31,x,2026-11-27",
                          "W,base,2027-01-01,2027-01-31,1,never", ",base,2027-01-01,2027-01-31,1,2026-11-27"}) {
    CAPTURE(line);
    const auto read = read_quotes(header + line, "q.csv");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().where->line == 2);
  }
  CHECK_FALSE(read_quotes("curve,shape\n", "q.csv").has_value());
  CHECK_FALSE(read_quotes(header, "q.csv").has_value());
}
