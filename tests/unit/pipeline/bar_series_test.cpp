#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/pipeline/support.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;
using namespace dpctl::pipeline::test;

namespace {

constexpr Micros kMorning = 1'720'166'400 * kSecond;  // 2024-07-05T08:00Z, a Friday, 04:00 in New York
constexpr Micros kFar = kMorning + 100 * kDay;

EnrichedTick trade(std::string_view id, Micros at, std::int64_t cents, std::int64_t volume,
                   std::int64_t revision = 0, std::int32_t length = 0) {
  EnrichedTick tick;
  tick.tenant = "t";
  tick.market = "NYISO";
  tick.product = "RT5M";
  tick.instrument_id = "N.A";
  tick.tick_id = id;
  tick.currency = "USD";
  tick.unit = "MWh";
  tick.event_time = tick.interval_start = at;
  tick.interval_len = length;
  tick.price = Fixed{cents * 1'000'000};
  if (volume >= 0) tick.volume = Fixed::whole(volume);
  tick.revision = revision;
  return tick;
}

struct Trades {
  std::vector<std::string> ids;
  std::vector<EnrichedTick> ticks;  ///< in order of event time
};

/// Trades of `hours`, on average one every forty seconds, at times with quotes, some out of range.
Trades random_trades(unsigned seed, int hours) {
  std::mt19937 random(seed);
  Trades made;
  const int count = hours * 90;
  made.ids.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) made.ids.push_back(fmt::format("{:064x}", random() * 4294967291ULL + 17));
  for (int i = 0; i < count; ++i) {
    const Micros at = kMorning + static_cast<Micros>(random() % static_cast<unsigned>(hours * 3600)) * kSecond;
    auto tick = trade(made.ids[static_cast<std::size_t>(i)], at, static_cast<std::int64_t>(random() % 9000) - 500,
                      static_cast<std::int64_t>(random() % 50));
    if (random() % 5 == 0) tick.volume.reset();
    if (random() % 7 == 0) tick.bid = tick.price, tick.ask = tick.price + Fixed{1'000'000};
    if (random() % 40 == 0) tick.quality = quality::kOutOfRange;
    made.ticks.push_back(tick);
  }
  std::stable_sort(made.ticks.begin(), made.ticks.end(),
                   [](const auto& a, const auto& b) { return a.event_time < b.event_time; });
  return made;
}

/// Arrival: shuffled within `spread` of event time, some twice.
std::vector<EnrichedTick> arrivals(const Trades& trades, unsigned seed, Micros spread) {
  std::mt19937 random(seed);
  std::vector<std::pair<Micros, EnrichedTick>> order;
  for (const auto& tick : trades.ticks)
    for (int copies = random() % 10 == 0 ? 2 : 1; copies > 0; --copies)
      order.emplace_back(tick.event_time + static_cast<Micros>(random() % static_cast<unsigned>(spread / kSecond)) * kSecond,
                         tick);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<EnrichedTick> ticks;
  for (auto& [at, tick] : order) ticks.push_back(tick);
  return ticks;
}

using Final = std::map<std::pair<Interval, Micros>, std::string>;

void keep(BarOutput& out, Final& bars) {
  identify(out);
  for (auto bar : out.bars) {
    bar.revision = 0;
    bar.revised = false;
    auto& text = bars[{bar.interval, bar.start}];
    text.clear();
    append_bar(text, bar);
  }
  out.clear();
}

Final run(const std::vector<EnrichedTick>& ticks, const BarOptions& options, std::uint32_t restart_seed = 0) {
  auto aggregator = std::make_unique<Aggregator>(options);
  std::mt19937 random(restart_seed);
  BarOutput out;
  Final bars;
  for (const auto& tick : ticks) {
    aggregator->run({&tick, 1}, 0, kFar, out);
    CHECK(out.too_late.empty());
    keep(out, bars);
    if (restart_seed == 0 || random() % 50 != 0) continue;
    const auto state = aggregator->snapshot();
    aggregator = std::make_unique<Aggregator>(options);
    REQUIRE(aggregator->restore(state).has_value());
    REQUIRE(aggregator->snapshot() == state);
  }
  aggregator->close_all(out);
  keep(out, bars);
  return bars;
}

BarOptions every_interval() {
  BarOptions options;
  options.intervals = all_intervals();
  return options;
}

std::vector<Bar> decoded(const Final& bars, Interval interval, Arena& arena) {
  Decoder decoder;
  std::vector<Bar> found;
  for (const auto& [key, text] : bars)
    if (key.first == interval) found.push_back(*decoder.bar(text, arena));
  return found;
}

}  // namespace

TEST_CASE("in bounded memory the bars are those of unbounded memory, for any arrival within the limit") {
  BarOptions unbounded = every_interval();
  unbounded.max_late = 400 * kDay;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const auto trades = random_trades(seed, 30);
    const auto expected = run(trades.ticks, unbounded);
    CHECK(expected.size() > 1800);
    // One-minute windows bear 300 s beyond the watermark, which is 30 s behind.
    CHECK(run(arrivals(trades, seed + 100, 300 * kSecond), every_interval()) == expected);
    CHECK(run(arrivals(trades, seed + 200, 300 * kSecond), every_interval(), seed) == expected);
  }
}

TEST_CASE("volume, counts and extremes of coarse bars are those of the fine ones, and blocks make the day") {
  const auto trades = random_trades(42, 48);
  const auto bars = run(trades.ticks, every_interval());
  Arena arena;
  const auto total = [&](Interval interval, auto&& member) {
    std::int64_t sum = 0;
    for (const auto& bar : decoded(bars, interval, arena)) sum += member(bar);
    return sum;
  };
  const auto volume = [](const Bar& bar) { return bar.volume.value_or(Fixed{}).units; };
  const auto count = [](const Bar& bar) { return bar.tick_count; };
  const auto excluded = [](const Bar& bar) { return bar.excluded_count; };
  std::int64_t fed = 0;
  for (const auto& tick : trades.ticks)
    if (tick.quality == 0) fed += tick.volume.value_or(Fixed{}).units;
  for (const auto interval : {Interval::m1, Interval::m5, Interval::m15, Interval::h1, Interval::d1}) {
    CHECK(total(interval, volume) == fed);
    CHECK(total(interval, count) == total(Interval::d1, count));
  }
  CHECK(total(Interval::on_peak, volume) + total(Interval::off_peak, volume) == fed);
  CHECK(total(Interval::on_peak, excluded) + total(Interval::off_peak, excluded) == total(Interval::d1, excluded));
  for (const auto& day : decoded(bars, Interval::d1, arena)) {
    Fixed high = day.low, low = day.high;
    for (const auto interval : {Interval::on_peak, Interval::off_peak})
      for (const auto& block : decoded(bars, interval, arena))
        if (block.start >= day.start && block.end <= day.end)
          high = std::max(high, block.high), low = std::min(low, block.low);
    CHECK(day.high == high);
    CHECK(day.low == low);
  }
}

TEST_CASE("a tick that is too late for its finest bar is in none, so that hours stay the sum of their parts") {
  BarOptions options;
  Aggregator aggregator(options);
  BarOutput out;
  const std::vector<EnrichedTick> ticks{trade("a", kMorning, 100, 1), trade("b", kMorning + 30 * kMinute, 200, 1),
                                        trade("c", kMorning + kMinute, 900, 1)};
  aggregator.run(ticks, 0, kFar, out);
  aggregator.close_all(out);
  CHECK(out.counts.too_late == 1);
  REQUIRE(out.too_late.size() == 1);
  for (const auto& bar : out.bars) CHECK(to_string(bar.high) != "9");
}

TEST_CASE("memory holds the ticks within the limit and the open windows, no more") {
  Aggregator aggregator;
  BarOutput out;
  for (int i = 0; i < 20'000; ++i) {
    const auto id = fmt::format("{:064x}", i);
    const auto tick = trade(id, kMorning + i * 5 * kSecond, 100, 1);
    aggregator.run({&tick, 1}, 0, kFar, out);
    out.clear();
  }
  const auto memory = aggregator.memory();
  CHECK(memory.observations <= 2 * 330 / 5 + 60);
  CHECK(memory.windows <= 6);
}

TEST_CASE("the on-peak bar has the sixteen hours, and the off-peak bar the day without them") {
  BarOptions options;
  options.intervals = {Interval::on_peak, Interval::off_peak};
  Aggregator aggregator(options);
  BarOutput out;
  std::vector<std::string> ids;
  std::vector<EnrichedTick> ticks;
  for (int hour = 0; hour < 24; ++hour) ids.push_back(fmt::format("h{}", hour));
  const Micros midnight = kMorning - 4 * kHour;
  for (int hour = 0; hour < 24; ++hour)
    ticks.push_back(trade(ids[static_cast<std::size_t>(hour)], midnight + hour * kHour, hour * 100, -1, 0, 3600));
  aggregator.run(ticks, 0, kFar, out);
  aggregator.close_all(out);
  REQUIRE(out.bars.size() == 2);
  const auto& on = out.bars[0].interval == Interval::on_peak ? out.bars[0] : out.bars[1];
  const auto& off = out.bars[0].interval == Interval::on_peak ? out.bars[1] : out.bars[0];
  CHECK(iso(on.start) == "2024-07-05T11:00:00Z");
  CHECK(iso(on.end) == "2024-07-06T03:00:00Z");
  CHECK(on.tick_count == 16);
  CHECK(to_string(on.open) == "7");
  CHECK(to_string(on.close) == "22");
  CHECK(to_string(on.twap) == "14.5");
  CHECK(off.tick_count == 8);
  CHECK(to_string(off.open) == "0");
  CHECK(to_string(off.close) == "23");
  CHECK(to_string(off.twap) == "5.5");
  CHECK(off.end - off.start == 24 * kHour);
}

TEST_CASE("a correction older than the limit asks for the store, from which its bars are made again") {
  Aggregator aggregator;
  BarOutput out;
  std::vector<EnrichedTick> ticks{trade("a", kMorning, 100, 1), trade("b", kMorning + kMinute, 300, 1),
                                  trade("c", kMorning + 2 * kHour, 200, 1)};
  aggregator.run(ticks, 0, kFar, out);
  out.clear();
  const auto corrected = trade("a", kMorning, 700, 1, 1);
  aggregator.run({&corrected, 1}, 0, kFar, out);
  CHECK(out.counts.reissues == 1);
  CHECK(out.too_late.empty());
  REQUIRE(out.reissue.size() == 1);
  aggregator.reissue(0, ticks, {&corrected, 1}, out);
  REQUIRE(out.bars.size() == 2);  // the day is not over
  for (const auto& bar : out.bars) {
    CHECK(to_string(bar.open) == "7");
    CHECK(bar.revised);
    CHECK(bar.tick_count == 2);
  }
  out.clear();
  aggregator.close_all(out);
  const auto day = std::find_if(out.bars.begin(), out.bars.end(), [](const Bar& b) { return b.interval == Interval::d1; });
  REQUIRE(day != out.bars.end());
  CHECK(to_string(day->open) == "7");
  CHECK(day->tick_count == 3);
  CHECK(day->revision == 0);
}

TEST_CASE("a backfilled tick is never too late") {
  Aggregator aggregator;
  BarOutput out;
  std::vector<EnrichedTick> ticks{trade("c", kMorning + 2 * kDay, 200, 1), trade("a", kMorning, 100, 1)};
  ticks[1].backfill = true;
  aggregator.run(ticks, 0, kFar, out);
  if (out.reissue.size() == 1) aggregator.reissue(0, {}, {&ticks[1], 1}, out);
  std::size_t old = 0;
  for (const auto& bar : out.bars) old += bar.start <= kMorning && bar.end > kMorning ? 1 : 0;
  CHECK(old == 3);
  CHECK(out.too_late.empty());
}

TEST_CASE("provisional bars come while a window is open, and the final one after them has revision 0") {
  BarOptions options;
  options.intervals = {Interval::m5};
  options.early = 10 * kSecond;
  Aggregator aggregator(options);
  BarOutput out;
  const std::vector<EnrichedTick> ticks{trade("a", kMorning, 100, 1), trade("b", kMorning + 10 * kMinute, 300, 1)};
  aggregator.run({ticks.data(), 1}, 0, kMorning, out);
  aggregator.advance(kMorning + kSecond, out);
  REQUIRE(out.bars.size() == 1);
  CHECK_FALSE(out.bars[0].is_final);
  CHECK(out.counts.provisional == 1);
  aggregator.advance(kMorning + 20 * kSecond, out);
  CHECK(out.bars.size() == 1);  // nothing has changed
  aggregator.run({ticks.data() + 1, 1}, 0, kMorning + 10 * kMinute, out);
  REQUIRE(out.bars.size() == 2);
  CHECK(out.bars[1].is_final);
  CHECK(out.bars[1].revision == 0);
  CHECK_FALSE(out.bars[1].revised);
}

TEST_CASE("a series that is silent for weeks is forgotten") {
  Aggregator aggregator;
  BarOutput out;
  const auto tick = trade("a", kMorning, 100, 1);
  aggregator.run({&tick, 1}, 0, kMorning, out);
  aggregator.advance(kMorning + 2 * kDay, out);
  CHECK(out.bars.size() == 3);
  CHECK(aggregator.memory().series == 1);
  aggregator.advance(kMorning + 36 * kDay, out);
  CHECK(aggregator.memory().series == 0);
  CHECK(out.bars.size() == 3);
}

TEST_CASE("state of another version is told apart from damaged state") {
  Aggregator aggregator;
  BarOutput out;
  const auto tick = trade("a", kMorning, 100, 1);
  aggregator.run({&tick, 1}, 0, kMorning, out);
  const auto state = aggregator.snapshot();
  for (std::size_t cut = 40; cut < state.size(); cut += 13) {
    Aggregator other;
    const auto restored = other.restore(state.substr(0, cut));
    REQUIRE_FALSE(restored.has_value());
    CHECK(restored.error().code == Code::failed);
  }
  Aggregator other;
  CHECK(other.restore("something else").error().code == Code::conflict);
}
