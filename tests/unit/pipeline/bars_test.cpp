#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "pipeline-services/core/project.hpp"
#include "tests/unit/pipeline/support.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;
using namespace dpctl::pipeline::test;

namespace {

constexpr Micros kMidnight = 1'720'152'000 * kSecond;  // 2024-07-05T04:00Z, midnight in New York
constexpr Micros kFive = 300 * kSecond;

BarOptions patient() {
  BarOptions options;
  options.max_late = 400 * kDay;
  return options;
}

/// A day of five-minute prices.
std::vector<std::string> day() {
  std::vector<std::string> values;
  std::mt19937 random(7);
  for (int i = 0; i < 288; ++i)
    values.push_back(
        enriched("N.A", kMidnight + i * kFive, static_cast<std::int64_t>(random() % 20'000) - 3'000));
  return values;
}

/// The last revision of each bar as JSON, without what counts revisions.
std::map<std::string, std::string> final_bars(const std::vector<std::string>& values,
                                              BarOptions options = patient(), bool snapshots = false) {
  auto aggregator = std::make_unique<Aggregator>(options);
  BarOutput out;
  std::size_t at = 0;
  for (const auto& message : messages_of(values)) {
    aggregator->run({&message, 1}, kNow, out);
    if (snapshots && ++at % 37 == 0) {
      const auto state = aggregator->snapshot();
      aggregator = std::make_unique<Aggregator>(options);
      REQUIRE(aggregator->restore(state).has_value());
      CHECK(aggregator->snapshot() == state);
    }
  }
  aggregator->close_all(out);
  identify(out);
  std::map<std::string, std::string> bars;
  for (auto bar : out.bars) {
    const std::string key = std::string(name_of(bar.interval)) + iso(bar.start);
    bar.revision = 0;
    bar.revised = false;
    bars[key].clear();
    append_bar(bars[key], bar);
  }
  return bars;
}

/// The messages of the bars.
std::vector<std::string> encoded(BarOutput& out) {
  identify(out);
  std::vector<std::string> messages;
  for (const auto& bar : out.bars) append_bar(messages.emplace_back(), bar);
  return messages;
}

}  // namespace

TEST_CASE("any order and any duplication of the same ticks give identical final bars") {
  const auto values = day();
  const auto expected = final_bars(values);
  CHECK(expected.size() == 288 + 24 + 1);
  std::mt19937 random(3);
  for (int round = 0; round < 5; ++round) {
    auto mixed = values;
    for (int i = 0; i < 100; ++i) mixed.push_back(values[random() % values.size()]);
    std::shuffle(mixed.begin(), mixed.end(), random);
    CHECK(final_bars(mixed) == expected);
  }
}

TEST_CASE("a restart from a snapshot in the middle of windows changes nothing") {
  CHECK(final_bars(day(), patient(), true) == final_bars(day()));
}

TEST_CASE("hours and days equal roll-ups of five-minute bars") {
  Aggregator aggregator(patient());
  BarOutput out;
  aggregator.run(messages_of(day()), kNow, out);
  aggregator.close_all(out);
  std::map<Interval, std::vector<Bar>> by_interval;
  for (const auto& bar : out.bars) by_interval[bar.interval].push_back(bar);
  for (auto& [interval, bars] : by_interval)
    std::sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.start < b.start; });
  for (const auto interval : {Interval::h1, Interval::d1}) {
    for (const auto& whole : by_interval[interval]) {
      std::vector<Bar> parts;
      for (const auto& part : by_interval[Interval::m5])
        if (part.start >= whole.start && part.end <= whole.end) parts.push_back(part);
      REQUIRE(parts.size() == static_cast<std::size_t>((whole.end - whole.start) / kFive));
      Int128 sum = 0;
      Fixed high = parts.front().high, low = parts.front().low;
      for (const auto& part : parts) {
        sum += part.twap.units;
        high = std::max(high, part.high);
        low = std::min(low, part.low);
      }
      CHECK(whole.open == parts.front().open);
      CHECK(whole.close == parts.back().close);
      CHECK(whole.high == high);
      CHECK(whole.low == low);
      CHECK(whole.twap.units == divide_rounded(sum, static_cast<Int128>(parts.size())));
      CHECK(whole.tick_count == static_cast<std::int64_t>(parts.size()));
    }
  }
}

TEST_CASE("a bar is final once, when its series' watermark passes its end") {
  Aggregator aggregator;
  BarOutput out;
  const std::vector<std::string> values{
      enriched("N.A", kMidnight, 100), enriched("N.A", kMidnight + kFive, 200),
      enriched("N.B", kMidnight + kDay, 1), enriched("N.A", kMidnight + 2 * kFive, 300)};
  const auto messages = messages_of(values);
  aggregator.run({messages.data(), 3}, kNow, out);
  CHECK(out.bars.empty());
  aggregator.run({messages.data() + 3, 1}, kNow, out);
  REQUIRE(out.bars.size() == 1);
  CHECK(out.bars[0].start == kMidnight);
  CHECK(out.bars[0].is_final);
  CHECK(out.bars[0].revision == 0);
}

TEST_CASE(
    "a late tick within the limit re-issues its bar with the next revision, a later one goes to the side "
    "output") {
  BarOptions options;
  options.intervals = {Interval::m5};
  options.max_late = kHour;
  Aggregator aggregator(options);
  BarOutput out;
  const std::vector<std::string> values{
      enriched("N.A", kMidnight, 100), enriched("N.A", kMidnight + 2 * kFive, 200),
      enriched("N.A", kMidnight + 60 * kSecond, 50, 0, 60), enriched("N.A", kMidnight + 6 * kHour, 1),
      enriched("N.A", kMidnight + 120 * kSecond, 60, 0, 60)};
  aggregator.run(messages_of(values), kNow, out);
  REQUIRE(out.bars.size() == 3);
  CHECK(out.bars[1].start == kMidnight);
  CHECK(out.bars[1].revision == 1);
  CHECK(out.bars[1].revised);
  CHECK(to_string(out.bars[1].low) == "0.5");
  CHECK(out.counts.late == 1);
  CHECK(out.counts.too_late == 1);
  REQUIRE(out.too_late.size() == 1);
  CHECK(out.too_late.value(0) == values[4]);
}

TEST_CASE("a correction replaces its observation and re-issues the bars that were final") {
  Aggregator aggregator;
  BarOutput out;
  aggregator.run(messages_of({enriched("N.A", kMidnight, 100), enriched("N.A", kMidnight + 2 * kFive, 200),
                              enriched("N.A", kMidnight, 150, 1), enriched("N.A", kMidnight, 100, 0)}),
                 kNow, out);
  REQUIRE(out.bars.size() == 2);
  CHECK(to_string(out.bars[1].close) == "1.5");
  CHECK(out.bars[1].tick_count == 1);
  CHECK(out.counts.duplicates == 1);
}

TEST_CASE("out-of-range and carried-forward prices stay out of the bar and are counted") {
  Aggregator aggregator;
  BarOutput out;
  aggregator.run(messages_of({enriched("N.A", kMidnight, 100, 0, 60),
                              enriched("N.A", kMidnight + kMinute, 9'999'999, 0, 60, quality::kOutOfRange),
                              enriched("N.A", kMidnight + 2 * kMinute, 5, 0, 60, quality::kCarryForward)}),
                 kNow, out);
  aggregator.close_all(out);
  REQUIRE(out.bars.size() == 3);
  CHECK(to_string(out.bars[0].high) == "1");
  CHECK(out.bars[0].excluded_count == 2);
  CHECK(out.bars[0].tick_count == 1);
}

TEST_CASE("an hourly price makes hours and days, never five-minute bars") {
  Aggregator aggregator;
  BarOutput out;
  aggregator.run(messages_of({enriched("N.A", kMidnight, 100, 0, 3600)}), kNow, out);
  aggregator.close_all(out);
  REQUIRE(out.bars.size() == 2);
  CHECK(out.bars[0].interval == Interval::h1);
  CHECK(out.bars[1].interval == Interval::d1);
  CHECK_FALSE(out.bars[0].volume.has_value());
}

TEST_CASE("an event time from the future moves no watermark") {
  Aggregator aggregator;
  BarOutput out;
  aggregator.run(messages_of({enriched("N.A", kMidnight, 100), enriched("N.A", kMidnight + 300 * kDay, 1)}),
                 kMidnight + kMinute, out);
  CHECK(out.bars.empty());
}

TEST_CASE("a silent series is closed by the clock, but not before its windows are over") {
  BarOptions options;
  Aggregator aggregator(options);
  BarOutput out;
  const Micros now = kMidnight + 10 * kMinute;
  aggregator.run(messages_of({enriched("N.A", kMidnight, 100)}), now, out);
  aggregator.advance(now + 30 * kSecond, out);
  CHECK(out.bars.empty());
  aggregator.advance(now + 2 * kMinute, out);
  REQUIRE(out.bars.size() == 1);
  CHECK(out.bars[0].interval == Interval::m5);
  aggregator.advance(now + 2 * kHour, out);
  CHECK(out.bars.size() == 2);
}

TEST_CASE("the clock changes what is remembered only when it says so") {
  std::mt19937 chance(5);
  const auto below = [&](int limit) { return static_cast<int>(chance() % static_cast<unsigned>(limit)); };
  for (const Micros early : {Micros{0}, 20 * kSecond}) {
    BarOptions options;
    options.early = early;
    options.forget_after = kHour;
    Aggregator aggregator(options);
    BarOutput out;
    Micros now = kMidnight;
    int changes = 0;
    int calls = 0;
    for (int i = 0; i < 2'000; ++i) {
      now += below(20) * kSecond;
      if (below(100) < 2) now += kHour;
      if (below(4) == 0) {
        const auto series = "N." + std::to_string(below(5));
        aggregator.run(messages_of({enriched(series.c_str(), now - below(900) * kSecond, 100 + i)}), now,
                       out);
        continue;
      }
      const auto before = aggregator.snapshot();
      const bool changed = aggregator.advance(now, out);
      changes += changed ? 1 : 0;
      ++calls;
      if (!changed) REQUIRE(aggregator.snapshot() == before);
    }
    CHECK(changes > 50);
    CHECK(calls - changes > 500);
  }
}

TEST_CASE("bars survive the wire") {
  Aggregator aggregator;
  BarOutput out;
  aggregator.run(messages_of({enriched("N.A", kMidnight, -123)}), kNow, out);
  aggregator.close_all(out);
  const auto sent = encoded(out);
  Decoder decoder;
  Arena arena;
  const auto bar = decoder.bar(sent[0], arena);
  REQUIRE(bar.has_value());
  std::string again;
  append_bar(again, *bar);
  CHECK(again == sent[0]);
}

TEST_CASE("the latest price never moves back") {
  Aggregator aggregator(patient());
  BarOutput bars;
  aggregator.run(messages_of({enriched("N.A", kMidnight, 100), enriched("N.A", kMidnight + 3 * kFive, 300),
                              enriched("N.A", kMidnight + 6 * kFive, 500)}),
                 kNow, bars);
  aggregator.close_all(bars);
  const auto sent = encoded(bars);
  std::vector<SourceMessage> messages;
  for (std::size_t i = sent.size(); i-- > 0;) messages.push_back({.topic = "b", .key = "k", .value = sent[i]});
  Projector projector;
  ProjectOutput out;
  projector.run(messages, kNow, out);
  projector.run(messages, kNow, out);
  REQUIRE_FALSE(out.updates.empty());
  CHECK(to_string(out.updates.back().price) == "5");
  for (std::size_t i = 1; i < out.updates.size(); ++i)
    CHECK(out.updates[i - 1].event_time <= out.updates[i].event_time);
  Decoder decoder;
  const auto latest = decoder.latest(out.messages.value(out.messages.size() - 1));
  REQUIRE(latest.has_value());
  CHECK(latest->price == out.updates.back().price);
}

TEST_CASE("enrichment matches whole tokens, the market's own first, and the tenant's metadata before all") {
  Enricher enricher;
  Catalog catalog = Catalog::with_defaults();
  catalog.put("u", "N.A",
              {.commodity = "steam",
               .region = "",
               .product_tier = "premium",
               .unit = "",
               .contract_size = {},
               .tick_size = {}});
  const auto classify = [&](std::string_view tenant, std::string_view market, std::string_view instrument) {
    Tick tick;
    tick.tenant = tenant;
    tick.market = market;
    tick.instrument_id = instrument;
    tick.tick_id = "x";
    tick.event_time = tick.interval_start = kMidnight;
    std::string value;
    append_normalized(value, tick);
    EnrichOutput out;
    enricher.run(messages_of({value}), catalog, kNow, out);
    REQUIRE(out.batch.ticks.size() == 1);
    const auto& made = out.batch.ticks[0];
    return std::string(made.commodity) + "/" + std::string(made.region) + "/" +
           std::string(made.product_tier) + "/" + std::string(made.method);
  };
  CHECK(classify("t", "NYISO", "NYISO.RT5M.ZONE.WEST") == "electricity/northeast/standard/rules");
  CHECK(classify("t", "CAISO", "CAISO_GENERATOR_1") == "electricity/west/standard/rules");
  CHECK(classify("t", "", "NG_HH_BALMO") == "natural_gas/gulf/premium/rules");
  CHECK(classify("t", "", "XYZ_123") == "unknown/unknown/standard/fallback");
  CHECK(classify("t", "", "N.A") == "unknown/unknown/standard/fallback");
  CHECK(classify("u", "", "N.A") == "steam/unknown/premium/database");
}
