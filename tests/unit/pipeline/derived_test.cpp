#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <tuple>

#include "pipeline-services/core/rolling.hpp"
#include "pipeline-services/core/spreads.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;

namespace {

constexpr Micros kStart = 1'720'166'400 * kSecond;

Bar bar_at(std::string_view instrument, int hour, std::int64_t cents, Interval interval = Interval::h1) {
  Bar bar;
  bar.tenant = "t";
  bar.instrument_id = instrument;
  bar.currency = "USD";
  bar.unit = "MWh";
  bar.interval = interval;
  bar.start = kStart + hour * kHour;
  bar.end = bar.start + seconds_of(interval) * kSecond;
  bar.close = bar.twap = Fixed{cents * 1'000'000};
  return bar;
}

std::vector<Spread> spreads(std::string_view text) {
  const auto parsed = parse_spreads(text, "spreads.txt");
  REQUIRE(parsed.has_value());
  return *parsed;
}

}  // namespace

TEST_CASE("rolling statistics equal those computed from the window's values") {
  std::mt19937 random(5);
  const RollingWindow window{.interval = Interval::h1, .bars = 12};
  RollingStatistics rolling;
  std::vector<double> all;
  double ewma = 0;
  for (int i = 0; i < 400; ++i) {
    const auto cents = static_cast<std::int64_t>(random() % 20'000) - 4'000;
    rolling.add(kStart + i * kHour, Fixed{cents * 1'000'000}, window);
    const double price = static_cast<double>(cents) / 100;
    ewma = i == 0 ? price : ewma + 2.0 / 13.0 * (price - ewma);
    all.push_back(price);
    const std::vector<double> last(all.end() - std::min<std::ptrdiff_t>(12, static_cast<std::ptrdiff_t>(all.size())),
                                   all.end());
    const auto n = static_cast<double>(last.size());
    double sum = 0, squares = 0, changes = 0;
    for (const double value : last) sum += value;
    for (const double value : last) squares += (value - sum / n) * (value - sum / n);
    for (std::size_t k = 1; k < last.size(); ++k) changes += (last[k] - last[k - 1]) * (last[k] - last[k - 1]);
    DerivedValue value;
    rolling.fill(value);
    CHECK(value.count == static_cast<std::int64_t>(last.size()));
    CHECK(value.mean->to_double() == doctest::Approx(sum / n).epsilon(1e-9));
    CHECK(value.min->to_double() == *std::min_element(last.begin(), last.end()));
    CHECK(value.max->to_double() == *std::max_element(last.begin(), last.end()));
    CHECK(value.ewma->to_double() == doctest::Approx(ewma).epsilon(1e-6));
    CHECK(value.std.has_value() == (last.size() > 1));
    if (!value.std) continue;
    CHECK(value.std->to_double() == doctest::Approx(std::sqrt(squares / (n - 1))).epsilon(1e-7));
    CHECK(value.volatility->to_double() == doctest::Approx(std::sqrt(changes)).epsilon(1e-7));
  }
}

TEST_CASE("a window of hours holds the bars of those hours, and the state survives a restart") {
  const auto windows = parse_rolling("1h:3h, 1h:2");
  REQUIRE(windows.has_value());
  Rolling whole(*windows), first(*windows);
  std::vector<DerivedValue> expected, seen;
  for (int hour : {0, 1, 2, 5, 6}) {
    whole.add(bar_at("A", hour, 100 * hour), expected);
    first.add(bar_at("A", hour, 100 * hour), seen);
    Rolling second(*windows);
    REQUIRE(second.restore(first.snapshot()).has_value());
    first = std::move(second);
  }
  REQUIRE(seen.size() == expected.size());
  std::string a, b;
  for (std::size_t i = 0; i < seen.size(); ++i) append_derived(a, seen[i]), append_derived(b, expected[i]);
  CHECK(a == b);
  CHECK(expected[6].window == "3h");
  CHECK(expected[6].count == 1);  // hour 5: of 3, 4, 5 only itself
  CHECK(expected[8].count == 2);
  CHECK(expected[9].window == "2");
  CHECK(to_string(*expected[9].mean) == "5.5");
}

TEST_CASE("rolling windows that cannot be are refused with the entry that is wrong") {
  for (const auto text : {"5m", "7m:3", "5m:0", "5m:3w", "5m:-1", "1h:999999999999999999999"}) {
    const auto parsed = parse_rolling(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().what.find(text) != std::string::npos);
  }
  CHECK(parse_rolling("none")->empty());
}

TEST_CASE("a location spread waits for its other leg, and a revised leg re-issues it") {
  Spreads engine(spreads("w-z location USD/MWh 1h 0s A B"));
  std::vector<DerivedValue> out;
  engine.add(bar_at("A", 0, 5000), out);
  CHECK(out.empty());
  CHECK(engine.missing() == 1);
  engine.add(bar_at("B", 0, 4200), out);
  REQUIRE(out.size() == 1);
  CHECK(to_string(*out[0].value) == "8");
  CHECK(out[0].leg_ages == std::vector<std::int64_t>{0, 0});
  CHECK(engine.missing() == 0);
  engine.add(bar_at("B", 0, 4200), out);
  CHECK(out.size() == 1);  // nothing new
  engine.add(bar_at("B", 0, 4300), out);
  REQUIRE(out.size() == 2);
  CHECK(to_string(*out[1].value) == "7");
  CHECK(out[1].revision == 1);
  engine.add(bar_at("A", 1, 5000), out);
  CHECK(out.size() == 2);  // B of the hour before is too old
}

TEST_CASE("a spark spread takes the day's gas for each hour, at the usual heat rate, and stores its age") {
  Spreads engine(spreads("s spark USD/MWh 1h 2d POWER GAS@1d"));
  std::vector<DerivedValue> out;
  engine.add(bar_at("GAS", -24, 300, Interval::d1), out);
  engine.add(bar_at("POWER", 5, 5000), out);
  REQUIRE(out.size() == 1);
  CHECK(to_string(*out[0].value) == "29");
  CHECK(out[0].leg_ages == std::vector<std::int64_t>{0, 6 * 3600});
  engine.add(bar_at("POWER", 48, 5000), out);
  CHECK(out.size() == 1);  // two days and an hour
}

TEST_CASE("any order of the same bars leaves the same values") {
  std::vector<Bar> bars;
  for (int hour = 0; hour < 48; ++hour) {
    bars.push_back(bar_at("A", hour, 3000 + hour * 7 % 50));
    if (hour % 3 != 0) bars.push_back(bar_at("B", hour, 2000 + hour * 11 % 90));
  }
  std::mt19937 random(9);
  std::map<Micros, std::string> expected;
  for (int round = 0; round < 20; ++round) {
    Spreads engine(spreads("x basis USD/MWh 1h 2h A B"));
    std::vector<DerivedValue> out;
    for (const auto& bar : bars) engine.add(bar, out);
    std::map<Micros, std::string> last;
    for (const auto& value : out) last[value.start] = to_string(*value.value);
    if (round == 0) expected = last;
    CHECK(last == expected);
    CHECK(last.size() == 47);  // the first hour has no B
    std::shuffle(bars.begin(), bars.end(), random);
  }
}

TEST_CASE("of two spreads of one name the second is an error") {
  const auto parsed = parse_spreads("x basis USD 1h 0s A B\nx basis USD 1h 0s A C\n", "spreads.txt");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().where->line == 2);
}

TEST_CASE("a spread that is restored goes on as if nothing had happened") {
  const auto definitions = spreads("x basis USD/MWh 1h 2h A B\ny spark USD/MWh 1h 2d A GAS:-7.5@1d\n");
  std::vector<Bar> bars{bar_at("GAS", -24, 300, Interval::d1)};
  for (int hour = 0; hour < 40; ++hour) {
    bars.push_back(bar_at("A", hour, 3000 + hour * 7 % 50));
    if (hour % 4 != 0) bars.push_back(bar_at("B", hour, 2000 + hour * 11 % 90));
  }
  for (int hour = 0; hour < 40; ++hour) bars.push_back(bar_at("A", hour, 3100 + hour));  // all are revised
  Spreads whole(definitions);
  std::vector<DerivedValue> expected, out;
  for (const auto& bar : bars) whole.add(bar, expected);
  auto parts = std::make_unique<Spreads>(definitions);
  for (const auto& bar : bars) {
    auto next = std::make_unique<Spreads>(definitions);
    REQUIRE(next->restore(parts->snapshot()));
    parts = std::move(next);
    parts->add(bar, out);
  }
  CHECK(parts->snapshot() == whole.snapshot());
  CHECK(parts->missing() == whole.missing());
  REQUIRE(out.size() == expected.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    CHECK(std::tie(out[i].name, out[i].start, out[i].value, out[i].revision) ==
          std::tie(expected[i].name, expected[i].start, expected[i].value, expected[i].revision));
}

TEST_CASE("the state of a spread whose definition has changed is left, that of the others is kept") {
  Spreads before(spreads("x basis USD/MWh 1h 2h A B\ny basis USD/MWh 1h 2h A C\n"));
  std::vector<DerivedValue> out;
  before.add(bar_at("A", 0, 5000), out);
  Spreads after(spreads("x basis USD/MWh 1h 2h A B:-2\ny basis USD/MWh 1h 2h A C\n"));
  REQUIRE(after.restore(before.snapshot()));
  after.add(bar_at("B", 0, 1000), out);
  CHECK(out.empty());
  after.add(bar_at("C", 0, 1000), out);
  CHECK(out.size() == 1);
  CHECK_FALSE(after.restore("rubbish"));
  CHECK_FALSE(after.restore(before.snapshot().substr(0, 100)));
}

TEST_CASE("a leg can be given to one of its spreads alone") {
  Spreads engine(spreads("x basis USD/MWh 1h 2h A B\ny basis USD/MWh 1h 2h A B\n"));
  std::vector<std::string> names;
  engine.each_of(bar_at("A", 0, 1), [&](std::string_view name) { names.emplace_back(name); });
  CHECK(names == std::vector<std::string>{"x", "y"});
  engine.each_of(bar_at("A", 0, 1, Interval::d1), [&](std::string_view) { FAIL("of another interval"); });
  std::vector<DerivedValue> out;
  engine.add("y", bar_at("A", 0, 5000), out);
  engine.add("y", bar_at("B", 0, 4000), out);
  engine.add("none", bar_at("B", 0, 4000), out);
  REQUIRE(out.size() == 1);
  CHECK(out[0].name == "y");
}

TEST_CASE("a wrong spread is an error with its line") {
  for (const auto text :
       {"a location USD 1h 0s A", "a pairs USD 1h 0s A B", "a location USD 7m 0s A B", "a location USD 1h soon A B",
        "a crack USD 1h 0s A B", "a dark USD 1h 0s A B", "a location USD 1h 0s A B C", "a spark USD 1h 0s A B:0"}) {
    CAPTURE(text);
    const auto parsed = parse_spreads(std::string("# first\n") + text, "spreads.txt");
    REQUIRE_FALSE(parsed.has_value());
    REQUIRE(parsed.error().where.has_value());
    CHECK(parsed.error().where->line == 2);
  }
}

TEST_CASE("a bid/ask spread is in price and in ten-thousandths of the mid, and crossed quotes are flagged") {
  auto bar = bar_at("A", 0, 1000);
  CHECK_FALSE(bid_ask_spread(bar).has_value());
  bar.bid_close = Fixed{990'000'000};
  bar.ask_close = Fixed{1'010'000'000};
  const auto spread = bid_ask_spread(bar);
  REQUIRE(spread.has_value());
  CHECK(to_string(*spread->value) == "0.2");
  CHECK(to_string(*spread->value_bps) == "200");
  CHECK(spread->flags.empty());
  bar.bid_close = Fixed{1'020'000'000};
  CHECK(bid_ask_spread(bar)->flags == "crossed");
  bar.bid_close = bar.ask_close = Fixed{-100};
  CHECK(bid_ask_spread(bar)->flags == "locked");
  CHECK_FALSE(bid_ask_spread(bar)->value_bps.has_value());
}
