// bars.cpp: stage 3. Each series keeps its observations in order and its windows by end; a bar is computed
// from the observations of its window when it is emitted, so arrival order cannot matter, and a correction
// replaces an observation and re-issues its bars.
#include "pipeline-services/core/bars.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "pipeline-services/core/bar_math.hpp"
#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/codec.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::size_t kIntervals = 3;
constexpr Micros kNever = INT64_MIN;

struct WindowKey {
  Micros end;
  Interval interval;
  Micros start;
  friend auto operator<=>(const WindowKey&, const WindowKey&) = default;
};

struct Window {
  std::int64_t revision = -1;  ///< last emitted; -1: not yet
  bool dirty = true;           ///< changed since it was emitted
};

/// The texts of a series that go into its bars, in the order of the snapshot.
struct Labels {
  std::array<std::string, 10> text;
  enum Index {
    tenant,
    instrument,
    market,
    product,
    location_type,
    location,
    currency,
    unit,
    commodity,
    region
  };
};

struct Series {
  std::int32_t partition = 0;
  Labels labels;
  Zone zone = Zone::utc;
  bool day_ahead = false;
  std::vector<Observation> observations;  ///< sorted
  std::map<WindowKey, Window> windows;
  std::array<Micros, kIntervals> forgotten_to{kNever, kNever, kNever};  ///< windows that end by then are gone
  Micros latest = kNever;  ///< event time that the watermark follows
  Micros heard = 0;        ///< processing time of the last message
  std::size_t dirty = 0;   ///< windows that were emitted and have changed since
};

Observation observe(const Tick& tick) {
  Observation seen;
  seen.time = tick.interval_start;
  seen.sequence = tick.sequence;
  seen.length = tick.interval_len;
  seen.revision = tick.revision;
  seen.price = tick.price;
  seen.volume = tick.volume;
  seen.bid = tick.bid;
  seen.ask = tick.ask;
  seen.quality = tick.quality;
  seen.superseded = tick.superseded;
  // Hexadecimal ids become their bytes; other producers' ids are cut to what fits.
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
  const bool hex = tick.tick_id.size() == 64 &&
                   tick.tick_id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (hex)
    for (std::size_t i = 0; i < 32; ++i)
      seen.id[i] =
          static_cast<unsigned char>(digit(tick.tick_id[2 * i]) << 4 | digit(tick.tick_id[2 * i + 1]));
  else
    std::copy_n(tick.tick_id.begin(), std::min<std::size_t>(32, tick.tick_id.size()), seen.id.begin());
  return seen;
}

enum class Taken { fresh, corrected, duplicate };

/// Puts the observation in its place; an older one of the same identity gives way to a newer revision.
Taken take(std::vector<Observation>& observations, const Observation& seen) {
  const auto by_time = [](const Observation& a, Micros time) { return a.time < time; };
  auto at = std::lower_bound(observations.begin(), observations.end(), seen.time, by_time);
  Taken result = Taken::fresh;
  for (; at != observations.end() && at->time == seen.time; ++at) {
    if (at->id != seen.id) continue;
    if (seen.revision < at->revision || (seen.revision == at->revision && seen.same_value(*at)))
      return Taken::duplicate;
    observations.erase(at);
    result = Taken::corrected;
    break;
  }
  observations.insert(std::lower_bound(observations.begin(), observations.end(), seen), seen);
  return result;
}

}  // namespace

struct Aggregator::State {
  explicit State(BarOptions given) : options(std::move(given)) {}

  BarOptions options;
  Decoder decoder;
  Arena scratch;
  std::map<std::pair<std::int32_t, std::string>, Series> series;  ///< by partition and "tenant|instrument"
  std::string key;

  Series& series_of(std::int32_t partition, const EnrichedTick& tick);
  void add(Series& at, const EnrichedTick& tick, const SourceMessage& message, Micros now, BarOutput& out);
  void settle(Series& at, Micros watermark, BarOutput& out) const;
  static void emit(Series& at, const WindowKey& window, Window& state, BarOutput& out);
  void forget(Series& at, Micros watermark) const;
  [[nodiscard]] Micros watermark_of(const Series& at) const {
    return at.latest == kNever ? kNever : at.latest - options.delay;
  }
};

Series& Aggregator::State::series_of(std::int32_t partition, const EnrichedTick& tick) {
  key.assign(tick.tenant);
  key += '|';
  key += tick.instrument_id;
  auto [found, fresh] = series.try_emplace({partition, key});
  Series& at = found->second;
  if (fresh) {
    at.partition = partition;
    at.zone = facts(market_of(tick.market)).zone;
    at.day_ahead = tick.product.starts_with("DAM");
    const std::array<std::string_view, 10> texts{
        tick.tenant,   tick.instrument_id, tick.market, tick.product,   tick.location_type,
        tick.location, tick.currency,      tick.unit,   tick.commodity, tick.region};
    std::copy(texts.begin(), texts.end(), at.labels.text.begin());
  }
  return at;
}

void Aggregator::State::add(Series& at, const EnrichedTick& tick, const SourceMessage& message, Micros now,
                            BarOutput& out) {
  at.heard = std::max(at.heard, now);
  const Micros watermark = watermark_of(at);
  std::vector<WindowKey> windows;
  bool missed = false;
  for (const auto interval : options.intervals) {
    if (seconds_of(interval) < tick.interval_len) continue;
    const auto span = window_of(interval, at.zone, tick.interval_start);
    const WindowKey window{span.end, interval, span.start};
    const bool open = at.windows.contains(window);
    const bool forgotten = span.end <= at.forgotten_to[static_cast<std::size_t>(interval)];
    const bool late = watermark != kNever && span.end + options.max_late <= watermark && !tick.backfill;
    if (!open && (forgotten || late))
      missed = true;
    else
      windows.push_back(window);
  }
  if (missed) {
    ++out.counts.too_late;
    out.too_late.add(message.key, [&](std::string& bytes) { bytes += message.value; });
  }
  if (windows.empty()) return;
  if (take(at.observations, observe(tick)) == Taken::duplicate) {
    ++out.counts.duplicates;
    return;
  }
  if (tick.superseded || (tick.quality & quality::kExcludedFromBars) != 0) ++out.counts.excluded;
  bool late = false;
  for (const auto& window : windows) {
    Window& state = at.windows[window];
    if (state.revision >= 0 && !state.dirty) ++at.dirty;
    late = late || state.revision >= 0;
    state.dirty = true;
  }
  if (late) ++out.counts.late;
  // An event time from the future must not close the windows of the present; day-ahead prices are about
  // tomorrow by nature.
  if (tick.event_time <= now + options.max_ahead || (at.day_ahead && tick.event_time <= now + 2 * kDay))
    at.latest = std::max(at.latest, tick.event_time);
}

void Aggregator::State::emit(Series& at, const WindowKey& window, Window& state, BarOutput& out) {
  const auto before = [](const Observation& seen, Micros time) { return seen.time < time; };
  const auto from = std::lower_bound(at.observations.begin(), at.observations.end(), window.start, before);
  const auto to = std::lower_bound(from, at.observations.end(), window.end, before);
  Bar bar;
  bar.interval = window.interval;
  bar.start = window.start;
  bar.end = window.end;
  if (state.revision >= 0 && at.dirty > 0) --at.dirty;
  state.dirty = false;
  if (!fill_bar(bar, {from, to})) return;
  const auto text = [&](Labels::Index index) { return out.arena.keep(at.labels.text[index]); };
  bar.tenant = text(Labels::tenant);
  bar.instrument_id = text(Labels::instrument);
  bar.market = text(Labels::market);
  bar.product = text(Labels::product);
  bar.location_type = text(Labels::location_type);
  bar.location = text(Labels::location);
  bar.currency = text(Labels::currency);
  bar.unit = text(Labels::unit);
  bar.commodity = text(Labels::commodity);
  bar.region = text(Labels::region);
  bar.aggregation_id = out.arena.keep(aggregation_id(bar.instrument_id, bar.tenant, bar.interval, bar.start));
  bar.revision = ++state.revision;
  bar.revised = bar.revision > 0;
  ++out.counts.bars;
  if (bar.revised) ++out.counts.revised;
  out.messages.add(at.labels.text[Labels::tenant] + "|" + at.labels.text[Labels::instrument],
                   [&](std::string& bytes) { append_bar(bytes, bar); });
  out.bars.push_back(bar);
}

/// Emits the windows that became final, and those that were and have changed.
void Aggregator::State::settle(Series& at, Micros watermark, BarOutput& out) const {
  for (auto& [window, state] : at.windows) {
    const bool due = window.end <= watermark;
    if (state.dirty && (due || state.revision >= 0)) emit(at, window, state, out);
    if (!due && at.dirty == 0) break;
  }
  // By the series' own watermark: silence ends a bar, but a tick that comes after it must still find its
  // window to revise.
  forget(at, watermark_of(at));
}

/// Drops windows beyond max_late and the observations that no window needs any more.
void Aggregator::State::forget(Series& at, Micros watermark) const {
  bool dropped = false;
  while (!at.windows.empty()) {
    const auto& [window, state] = *at.windows.begin();
    if (watermark == kNever || window.end + options.max_late > watermark || state.dirty) break;
    Micros& mark = at.forgotten_to[static_cast<std::size_t>(window.interval)];
    mark = std::max(mark, window.end);
    at.windows.erase(at.windows.begin());
    dropped = true;
  }
  if (!dropped) return;
  Micros needed = INT64_MAX;
  for (const auto& [window, state] : at.windows) needed = std::min(needed, window.start);
  const auto keep = std::find_if(at.observations.begin(), at.observations.end(),
                                 [&](const Observation& o) { return o.time >= needed; });
  at.observations.erase(at.observations.begin(), keep);
}

Aggregator::Aggregator(BarOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Aggregator::~Aggregator() = default;
Aggregator::Aggregator(Aggregator&&) noexcept = default;
Aggregator& Aggregator::operator=(Aggregator&&) noexcept = default;

void Aggregator::run(std::span<const SourceMessage> messages, Micros now, BarOutput& out) {
  for (const auto& message : messages) {
    ++out.counts.in;
    state_->scratch.clear();
    const auto tick = state_->decoder.enriched(message.value, state_->scratch);
    if (!tick) {
      out.dead.add(message, "aggregation", {fault::kContract, "invalid_tick", tick.error().what}, now);
      ++out.counts.dead;
      continue;
    }
    Series& at = state_->series_of(message.partition, *tick);
    state_->add(at, *tick, message, now, out);
    state_->settle(at, state_->watermark_of(at), out);
  }
}

void Aggregator::advance(Micros now, BarOutput& out) {
  for (auto& [key, at] : state_->series) {
    if (at.windows.empty() || at.heard + state_->options.idle_timeout > now) continue;
    // The clock stands in for the missing events, so a window whose day is not over stays open.
    const Micros silent_watermark = now - state_->options.delay;
    const Micros watermark = std::max(state_->watermark_of(at), silent_watermark);
    state_->settle(at, watermark, out);
  }
}

void Aggregator::close_all(BarOutput& out) {
  for (auto& [key, at] : state_->series)
    for (auto& [window, window_state] : at.windows)
      if (window_state.dirty) State::emit(at, window, window_state, out);
}

void Aggregator::drop_partition(std::int32_t partition) {
  std::erase_if(state_->series, [&](const auto& entry) { return entry.first.first == partition; });
}

std::optional<Micros> Aggregator::watermark() const {
  std::optional<Micros> earliest;
  for (const auto& [key, at] : state_->series) {
    if (at.windows.empty() || at.latest == kNever) continue;
    const Micros watermark = state_->watermark_of(at);
    if (!earliest || watermark < *earliest) earliest = watermark;
  }
  return earliest;
}

std::size_t Aggregator::open_windows() const {
  std::size_t open = 0;
  for (const auto& [key, at] : state_->series)
    open += static_cast<std::size_t>(std::count_if(at.windows.begin(), at.windows.end(),
                                                   [](const auto& w) { return w.second.revision < 0; }));
  return open;
}

namespace {

constexpr std::string_view kMagic = "aggregator-state-1";

void write(ByteWriter& out, const std::optional<Fixed>& value) {
  out.number(value ? 1 : 0);
  out.number(value.value_or(Fixed{}).units);
}

std::optional<Fixed> read_optional(ByteReader& in) {
  const bool there = in.number() != 0;
  const Fixed value{in.number()};
  return there ? std::optional(value) : std::nullopt;
}

void write(ByteWriter& out, const Series& at) {
  for (const auto& text : at.labels.text) out.text(text);
  out.number(at.latest);
  out.number(at.heard);
  for (const auto mark : at.forgotten_to) out.number(mark);
  out.number(static_cast<std::int64_t>(at.observations.size()));
  for (const auto& seen : at.observations) {
    out.text({reinterpret_cast<const char*>(seen.id.data()), seen.id.size()});
    for (const std::int64_t value :
         {seen.time, seen.sequence, static_cast<std::int64_t>(seen.length), seen.revision, seen.price.units,
          static_cast<std::int64_t>(seen.quality), static_cast<std::int64_t>(seen.superseded)})
      out.number(value);
    for (const auto* value : {&seen.volume, &seen.bid, &seen.ask}) write(out, *value);
  }
  out.number(static_cast<std::int64_t>(at.windows.size()));
  for (const auto& [window, state] : at.windows)
    for (const std::int64_t value : {window.end, static_cast<std::int64_t>(window.interval), window.start,
                                     state.revision, static_cast<std::int64_t>(state.dirty)})
      out.number(value);
}

Series read_series(ByteReader& in) {
  Series at;
  for (auto& text : at.labels.text) text = in.text();
  at.zone = facts(market_of(at.labels.text[Labels::market])).zone;
  at.day_ahead = at.labels.text[Labels::product].starts_with("DAM");
  at.latest = in.number();
  at.heard = in.number();
  for (auto& mark : at.forgotten_to) mark = in.number();
  for (auto left = in.count(144); left > 0; --left) {
    Observation seen;
    const auto id = in.text();
    std::copy_n(id.begin(), std::min(id.size(), seen.id.size()), seen.id.begin());
    seen.time = in.number();
    seen.sequence = in.number();
    seen.length = static_cast<std::int32_t>(in.number());
    seen.revision = in.number();
    seen.price = Fixed{in.number()};
    seen.quality = static_cast<quality::Mask>(in.number());
    seen.superseded = in.number() != 0;
    seen.volume = read_optional(in);
    seen.bid = read_optional(in);
    seen.ask = read_optional(in);
    at.observations.push_back(seen);
  }
  for (auto left = in.count(40); left > 0; --left) {
    WindowKey window{};
    window.end = in.number();
    window.interval = static_cast<Interval>(std::clamp<std::int64_t>(in.number(), 0, 2));
    window.start = in.number();
    Window state;
    state.revision = in.number();
    state.dirty = in.number() != 0;
    if (state.dirty && state.revision >= 0) ++at.dirty;
    at.windows[window] = state;
  }
  return at;
}

}  // namespace

std::string Aggregator::snapshot(std::optional<std::int32_t> partition) const {
  ByteWriter out;
  out.text(kMagic);
  const auto wanted = [&](const auto& entry) { return !partition || entry.first.first == *partition; };
  out.number(std::count_if(state_->series.begin(), state_->series.end(), wanted));
  for (const auto& entry : state_->series) {
    if (!wanted(entry)) continue;
    out.number(entry.first.first);
    write(out, entry.second);
  }
  return out.take();
}

Result<void> Aggregator::restore(std::string_view bytes) {
  ByteReader in(bytes);
  const auto broken = [] {
    return fail(Code::failed, "the aggregator's saved state is damaged")
        .hint("delete it and replay the partition from its start");
  };
  if (in.text() != kMagic) return broken();
  std::vector<Series> read;
  for (auto left = in.count(8); left > 0 && in.ok(); --left) {
    const auto partition = static_cast<std::int32_t>(in.number());
    read.push_back(read_series(in));
    read.back().partition = partition;
  }
  if (!in.done()) return broken();
  for (auto& at : read) {
    std::pair key{at.partition, at.labels.text[Labels::tenant] + "|" + at.labels.text[Labels::instrument]};
    state_->series.insert_or_assign(std::move(key), std::move(at));
  }
  return {};
}

}  // namespace dpctl::pipeline
