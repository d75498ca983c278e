#include "pipeline-services/core/rolling.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "lib/base/strings.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::string_view kMagic = "rolling-state-1";

/// The root of an exact sum of squares. A double holds 53 bits of it; the root is right to eight places for
/// sums below 8e15 (prices to 80 million).
Fixed root_of(Int128 squares) {
  return {static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(squares))))};
}

std::int64_t bars_of(const RollingWindow& window) {
  return window.bars > 0 ? window.bars
                         : std::max<std::int64_t>(1, window.span / (seconds_of(window.interval) * kSecond));
}

}  // namespace

std::string RollingWindow::name() const {
  if (bars > 0) return std::to_string(bars);
  return span % kDay == 0 ? std::to_string(span / kDay) + "d" : std::to_string(span / kHour) + "h";
}

Result<std::vector<RollingWindow>> parse_rolling(std::string_view list) {
  std::vector<RollingWindow> windows;
  for (const auto part : split(list, ',')) {
    const auto entry = trim(part);
    if (entry.empty() || entry == "none") continue;
    const auto bad = [&] {
      return fail(Code::usage, "\"{}\" is no rolling window", entry)
          .hint("write interval:size, for example 5m:12 (bars), 5m:24h or 1h:7d");
    };
    const auto colon = entry.find(':');
    if (colon == std::string_view::npos) return bad();
    const auto interval = interval_of(trim(entry.substr(0, colon)));
    const auto size = trim(entry.substr(colon + 1));
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(size.data() + size.size() - end));
    if (!interval || error != std::errc() || number < 1 || number > 100'000) return bad();
    RollingWindow window{.interval = *interval};
    if (unit.empty())
      window.bars = number;
    else if (unit == "h" && number <= 24 * 366)
      window.span = number * kHour;
    else if (unit == "d" && number <= 366)
      window.span = number * kDay;
    else
      return bad();
    windows.push_back(window);
  }
  return windows;
}

void RollingStatistics::put(Value value) {
  if (!values_.empty()) {
    const Int128 change = value.units - values_.back().units;
    changes_ += change * change;
  }
  const Int128 moved = value.units - base_;
  sum_ += moved;
  squares_ += moved * moved;
  values_.push_back(value);
  while (!lowest_.empty() && lowest_.back().units >= value.units) lowest_.pop_back();
  lowest_.push_back(value);
  while (!highest_.empty() && highest_.back().units <= value.units) highest_.pop_back();
  highest_.push_back(value);
}

void RollingStatistics::drop_first() {
  const Value gone = values_.front();
  const Int128 moved = gone.units - base_;
  sum_ -= moved;
  squares_ -= moved * moved;
  values_.pop_front();
  if (!values_.empty()) {
    const Int128 change = values_.front().units - gone.units;
    changes_ -= change * change;
  }
  if (lowest_.front().time == gone.time) lowest_.pop_front();
  if (highest_.front().time == gone.time) highest_.pop_front();
}

void RollingStatistics::add(Micros time, Fixed value, const RollingWindow& window) {
  if (!based_) {
    based_ = true;
    base_ = ewma_ = value.units;
  } else {
    ewma_ += divide_rounded(Int128{2} * (value.units - ewma_), bars_of(window) + 1);
  }
  put({time, value.units});
  if (window.bars > 0) {
    while (count() > window.bars) drop_first();
  } else {
    while (values_.front().time <= time - window.span) drop_first();
  }
}

void RollingStatistics::rebuild() {
  std::deque<Value> values;
  values.swap(values_);
  lowest_.clear();
  highest_.clear();
  sum_ = squares_ = changes_ = 0;
  for (const auto& value : values) put(value);
}

bool RollingStatistics::correct(Micros time, Fixed value) {
  const auto found =
      std::find_if(values_.begin(), values_.end(), [&](const Value& known) { return known.time == time; });
  if (found == values_.end()) return false;
  found->units = value.units;
  rebuild();
  return true;
}

void RollingStatistics::fill(DerivedValue& value) const {
  const Int128 n = count();
  value.count = count();
  if (n == 0) return;
  value.mean = Fixed{base_ + divide_rounded(sum_, n)};
  value.min = Fixed{lowest_.front().units};
  value.max = Fixed{highest_.front().units};
  value.range = *value.max - *value.min;
  value.ewma = Fixed{ewma_};
  if (n < 2) return;
  // Σ(x − mean)² = Σx² − (Σx)²/n; the division is the only rounding before the root.
  const Int128 deviations = squares_ - sum_ * sum_ / n;
  value.std = root_of(deviations / (n - 1));
  value.volatility = root_of(changes_);
}

void RollingStatistics::write(ByteWriter& out) const {
  out.number(base_);
  out.number(ewma_);
  out.number(count());
  for (const auto& value : values_) out.number(value.time), out.number(value.units);
}

void RollingStatistics::read(ByteReader& in) {
  based_ = true;
  base_ = in.number();
  ewma_ = in.number();
  for (auto left = in.count(16); left > 0; --left) {
    const auto time = in.number();
    put({time, in.number()});
  }
}

void Rolling::add(const Bar& bar, std::vector<DerivedValue>& out) {
  if (!bar.is_final) return;
  for (const auto& window : windows_) {
    if (window.interval != bar.interval) continue;
    auto& statistics =
        statistics_[{std::string(bar.tenant), std::string(bar.instrument_id), window}];
    if (bar.start <= statistics.last()) {
      statistics.correct(bar.start, bar.close);
      continue;
    }
    statistics.add(bar.start, bar.close, window);
    DerivedValue value;
    value.tenant = bar.tenant;
    value.kind = "rolling";
    value.name = bar.instrument_id;
    value.interval = bar.interval;
    value.window = window.name();
    value.start = bar.start;
    value.end = bar.end;
    value.unit = std::string(bar.currency) + "/" + std::string(bar.unit);
    value.revision = bar.revision;
    statistics.fill(value);
    out.push_back(std::move(value));
  }
}

std::string Rolling::snapshot() const {
  ByteWriter out;
  out.text(kMagic);
  out.number(static_cast<std::int64_t>(statistics_.size()));
  for (const auto& [key, statistics] : statistics_) {
    const auto& [tenant, instrument, window] = key;
    out.text(tenant), out.text(instrument);
    out.number(static_cast<std::int64_t>(window.interval)), out.number(window.bars), out.number(window.span);
    statistics.write(out);
  }
  return out.take();
}

Result<void> Rolling::restore(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.text() != kMagic)
    return fail(Code::conflict, "the state of the rolling statistics is of another version of its format");
  for (auto left = in.count(64); left > 0 && in.ok(); --left) {
    const std::string tenant(in.text()), instrument(in.text());
    RollingWindow window;
    window.interval = static_cast<Interval>(std::clamp<std::int64_t>(in.number(), 0, kIntervals - 1));
    window.bars = in.number();
    window.span = in.number();
    RollingStatistics statistics;
    statistics.read(in);
    // A window that is configured no more is left behind.
    if (std::find(windows_.begin(), windows_.end(), window) != windows_.end())
      statistics_[{tenant, instrument, window}] = std::move(statistics);
  }
  return in.done() ? Result<void>()
                   : fail(Code::failed, "the state of the rolling statistics is damaged ({} bytes)", bytes.size());
}

}  // namespace dpctl::pipeline
