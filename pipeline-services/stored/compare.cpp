#include "pipeline-services/stored/compare.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "pipeline-services/core/bars.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::uint64_t kTicksAtOnce = 500'000;

using Key = std::tuple<std::string, std::string, Micros>;
Key key_of(const Bar& bar) { return {std::string(bar.tenant), std::string(bar.instrument_id), bar.start}; }

void note(VerifyReport& report, const VerifyOptions& options, BarDifference::Kind kind, const Bar& bar,
          std::string what) {
  using Kind = BarDifference::Kind;
  ++(kind == Kind::missing ? report.missing : kind == Kind::unexpected ? report.unexpected : report.different);
  if (report.differences.size() < options.most)
    report.differences.push_back({kind, bar.interval, std::string(bar.tenant), std::string(bar.instrument_id),
                                  bar.start, std::move(what)});
}

/// One bucket of instruments: `computed` by interval and key against what is stored.
Result<void> compare_bucket(io::ClickHouse& store, const VerifyOptions& options, const StoredRange& range,
                            std::map<Interval, std::map<Key, Bar>>& computed, VerifyReport& report) {
  using Kind = BarDifference::Kind;
  for (const auto interval : options.intervals) {
    auto& expected = computed[interval];
    DPCTL_CHECK(read_bars(store, interval, range, [&](std::span<const Bar> bars) -> Result<void> {
      for (const auto& bar : bars) {
        ++report.bars;
        const auto found = expected.find(key_of(bar));
        if (found == expected.end()) {
          note(report, options, Kind::unexpected, bar, "no stored tick gives it");
          continue;
        }
        auto what = difference_of(bar, found->second);
        if (what.empty())
          ++report.equal;
        else
          note(report, options, Kind::different, bar, std::move(what));
        expected.erase(found);
      }
      return {};
    }));
    for (const auto& [key, bar] : expected)
      note(report, options, Kind::missing, bar,
           fmt::format("computed from {} ticks, close {}", bar.tick_count, to_string(bar.close)));
  }
  return {};
}

}  // namespace

std::string difference_of(const Bar& stored, const Bar& computed) {
  std::string what;
  const auto text = [](const auto& value) -> std::string {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, Fixed>)
      return to_string(value);
    else if constexpr (std::is_same_v<T, std::optional<Fixed>>)
      return value ? to_string(*value) : "none";
    else
      return std::to_string(value);
  };
  const auto check = [&](std::string_view name, const auto& ours, const auto& theirs) {
    if (ours == theirs) return;
    what += fmt::format("{}{} {}, computed {}", what.empty() ? "" : "; ", name, text(ours), text(theirs));
  };
  check("end", stored.end, computed.end);
  check("open", stored.open, computed.open);
  check("high", stored.high, computed.high);
  check("low", stored.low, computed.low);
  check("close", stored.close, computed.close);
  check("twap", stored.twap, computed.twap);
  check("vwap", stored.vwap, computed.vwap);
  check("volume", stored.volume, computed.volume);
  check("bid_close", stored.bid_close, computed.bid_close);
  check("ask_close", stored.ask_close, computed.ask_close);
  check("tick_count", stored.tick_count, computed.tick_count);
  check("excluded_count", stored.excluded_count, computed.excluded_count);
  check("first_time", stored.first_time, computed.first_time);
  check("last_time", stored.last_time, computed.last_time);
  check("quality", stored.quality, computed.quality);
  return what;
}

Result<VerifyReport> verify_bars(io::ClickHouse& store, const VerifyOptions& options) {
  VerifyReport report;
  StoredRange range = options.range;
  DPCTL_TRY(const auto ticks, count_ticks(store, range));
  range.buckets = static_cast<std::uint32_t>(1 + ticks / kTicksAtOnce);
  for (range.bucket = 0; range.bucket < range.buckets; ++range.bucket) {
    DPCTL_TRY(const auto found, read_ticks(store, range));
    report.ticks += found->ticks.size();
    BarOptions bars;
    bars.intervals = options.intervals;
    bars.max_late = 100 * 365 * kDay;
    Aggregator aggregator(bars);
    BarOutput out;
    aggregator.run(found->ticks, 0, 200 * 365 * kDay, out);
    aggregator.close_all(out);
    std::map<Interval, std::map<Key, Bar>> computed;
    for (const auto& bar : out.bars)
      if (bar.start >= range.from && bar.end <= range.to)
        computed[bar.interval].insert_or_assign(key_of(bar), bar);
    DPCTL_CHECK(compare_bucket(store, options, range, computed, report));
  }
  return report;
}

}  // namespace dpctl::pipeline
