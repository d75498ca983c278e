// bar_series.cpp: the windows of one series.
//
// A clean window contains only clean windows, so a tick whose finest window is already dirty has nothing to
// mark: that is the path of nearly all ticks, and it touches no window at all. Windows are marked one by one
// when a finest window begins, and when a late tick or a correction dirties one that was issued.
#include "pipeline-services/core/bar_series.hpp"

#include <algorithm>

namespace dpctl::pipeline {
namespace {

constexpr std::array<Interval, 5> kTiling{Interval::m1, Interval::m5, Interval::m15, Interval::h1,
                                          Interval::d1};

/// Where an observation without a length stops holding: at the window's end, or where the on-peak hours cut
/// an off-peak window in two.
Micros hold_end(Micros time, DaySpan window, DaySpan hole) {
  return time < hole.start && hole.start < hole.end ? hole.start : window.end;
}

}  // namespace

TrackedIntervals::TrackedIntervals(const std::vector<Interval>& list) {
  for (const auto interval : list) {
    wanted[static_cast<std::size_t>(interval)] = tracked[static_cast<std::size_t>(interval)] = true;
    // A finest window must lie in one block as a whole.
    if (is_block(interval)) tracked[static_cast<std::size_t>(Interval::h1)] = true;
  }
}

std::optional<Interval> TrackedIntervals::finest_for(std::int32_t seconds) const {
  for (const auto interval : kTiling)
    if (tracked[static_cast<std::size_t>(interval)] && seconds_of(interval) >= seconds) return interval;
  return {};
}

BarSeries::BarSeries(std::int32_t partition, const EnrichedTick& tick)
    : day_ahead_(tick.product.starts_with("DAM")),
      partition_(partition),
      calendar_(&calendar_of(tick.market)) {
  const std::array<std::string_view, kLabels> texts{
      tick.tenant,   tick.instrument_id, tick.market, tick.product,   tick.location_type,
      tick.location, tick.currency,      tick.unit,   tick.commodity, tick.region};
  for (std::size_t i = 0; i < kLabels; ++i) {
    labels_ += texts[i];
    ends_[i] = static_cast<std::uint32_t>(labels_.size());
  }
  labels_.shrink_to_fit();
  windows_.reserve(kUsualWindows);
  remember_name();
}

void BarSeries::remember_name() {
  tenant_size_ = ends_[0];
  instrument_size_ = ends_[1] - ends_[0];
  if (ends_[1] <= name_.size()) std::copy_n(labels_.data(), ends_[1], name_.data());
}

BarSeries::Taken BarSeries::add(const EnrichedTick& tick, const TrackedIntervals& intervals,
                                const BarOptions& options, Micros now, BarOutput& out) {
  heard_ = std::max(heard_, now);
  const Micros time = tick.interval_start;
  if (time < sealed_to_) return Taken::missed;
  const bool hot =
      hot_dirty_ && tick.interval_len == hot_length_ && time >= hot_start_ && time < hot_end_;
  std::optional<Interval> finest;
  if (!hot && !(finest = intervals.finest_for(tick.interval_len))) return Taken::ignored;
  const auto taken = observations_.take(tick);
  if (taken == Observations::Taken::duplicate) return Taken::duplicate;
  if (!hot && mark(tick, *finest, intervals)) ++out.counts.late;
  // An event time from the future must not close the windows of the present; day-ahead prices are about
  // tomorrow by nature.
  if (tick.event_time > latest_ && (tick.event_time <= now + options.max_ahead ||
                                    (day_ahead_ && tick.event_time <= now + 2 * kDay))) {
    latest_ = tick.event_time;
    reached_ = std::max(reached_, latest_ - options.delay);
  }
  if (reached_ >= next_due_) settle(intervals, out);
  // By the series' own watermark: silence ends a bar, but a tick that comes after it must still find its
  // window to revise.
  if (latest_ != kNever && latest_ - options.delay - options.max_late >= next_seal_)
    seal(latest_ - options.delay - options.max_late);
  return taken == Observations::Taken::corrected ? Taken::corrected : Taken::fresh;
}

/// Marks every window that holds the tick. True when one of them was final.
bool BarSeries::mark(const EnrichedTick& tick, Interval finest, const TrackedIntervals& intervals) {
  const Micros time = tick.interval_start;
  coarsest_finest_ = std::max(coarsest_finest_, finest);
  bool late = false;
  for (std::size_t i = static_cast<std::size_t>(finest); i < kIntervals; ++i) {
    const auto interval = static_cast<Interval>(i);
    if (!intervals.tracked[i] || seconds_of(interval) < tick.interval_len) continue;
    std::size_t place = window_holding(interval, time);
    if (place == windows_.size()) {
      const auto span = window_of(interval, *calendar_, time);
      if (!span) continue;
      place = window_at(interval, *span);
    }
    BarWindow& window = windows_[place];
    late = late || window.revision >= 0 || window.end <= reached_;
    window.dirty = true;
    settled_ = std::min(settled_, static_cast<std::uint32_t>(place));
    if (interval == finest) {
      hot_start_ = window.start;
      hot_end_ = window.end;
      hot_length_ = tick.interval_len;
      hot_dirty_ = true;
    }
  }
  next_due_ = settled_ < windows_.size() ? windows_[settled_].end : kForever;
  next_seal_ = windows_.empty() ? kForever : windows_.front().end;
  return late;
}

/// The place of the window, when it is there: what the calendar would say need not be worked out again. Of an
/// off-peak window only the calendar knows the hole.
std::size_t BarSeries::window_holding(Interval interval, Micros time) const {
  if (interval == Interval::off_peak) return windows_.size();
  std::size_t place = 0;
  while (place < windows_.size() && (windows_[place].interval != interval || time < windows_[place].start ||
                                     time >= windows_[place].end))
    ++place;
  return place;
}

/// The place of the window, which is made when it is not there.
std::size_t BarSeries::window_at(Interval interval, DaySpan span) {
  BarWindow wanted{span.start, span.end, nullptr, -1, interval, true};
  auto at = windows_.end();
  if (!windows_.empty() && !(windows_.back() < wanted))
    at = std::lower_bound(windows_.begin(), windows_.end(), wanted);
  const auto place = static_cast<std::size_t>(at - windows_.begin());
  if (at != windows_.end() && at->interval == interval && at->end == span.end) return place;
  windows_.insert(at, std::move(wanted));
  if (place < settled_) ++settled_;
  return place;
}

/// Issues the windows that are due and not yet issued, or changed since.
void BarSeries::settle(const TrackedIntervals& intervals, BarOutput& out) {
  std::size_t i = settled_;
  for (; i < windows_.size() && windows_[i].end <= reached_; ++i)
    if (windows_[i].dirty || windows_[i].revision < 0) issue(windows_[i], true, intervals, out);
  settled_ = static_cast<std::uint32_t>(i);
  next_due_ = i < windows_.size() ? windows_[i].end : kForever;
  hot_dirty_ = hot_dirty_ && hot_end_ > reached_;
}

/// Turns the observations before the horizon into sums of the windows that remain, and forgets the windows
/// that end by then. The horizon is floored to the coarsest of the finest windows, so that no window is cut.
void BarSeries::seal(Micros horizon) {
  horizon = window_of(coarsest_finest_, *calendar_, horizon)->start;
  if (horizon <= sealed_to_) return;
  std::size_t gone = 0;
  while (gone < windows_.size() && windows_[gone].end <= horizon) ++gone;
  const std::span remaining(windows_.begin() + static_cast<std::ptrdiff_t>(gone), windows_.end());
  if (coarsest_finest_ == Interval::d1) {
    for (auto& window : remaining) fold(window, horizon);
  } else {
    fold_by_chunks(remaining, horizon);
  }
  windows_.erase(windows_.begin(), windows_.begin() + static_cast<std::ptrdiff_t>(gone));
  settled_ -= std::min(settled_, static_cast<std::uint32_t>(gone));
  next_due_ = settled_ < windows_.size() ? windows_[settled_].end : kForever;
  observations_.drop_before(horizon);
  sealed_to_ = horizon;
  next_seal_ = windows_.empty() ? kForever : windows_.front().end;
}

void BarSeries::fold(BarWindow& window, Micros horizon) const {
  if (window.start >= horizon) return;
  const BarSums sums = sums_of(window, horizon, window.sealed.get(), observations_);
  if (!window.sealed) window.sealed = std::make_unique<BarSums>();
  *window.sealed = sums;
}

/// Each observation is added once, to the sums of its chunk, and these to every window around it. A chunk is
/// at most an hour, so it lies in or out of a block as a whole, and no tick in it is longer than a window
/// around it.
void BarSeries::fold_by_chunks(std::span<BarWindow> windows, Micros horizon) const {
  const auto old = observations_.between(kNever, horizon);
  for (auto at = old.begin(); at != old.end();) {
    const DaySpan chunk = *window_of(coarsest_finest_, *calendar_, at->time);
    BarSums sums;
    for (; at != old.end() && at->time < chunk.end; ++at)
      sums.add(*at, observations_.extra(*at), chunk.end);
    for (auto& window : windows) {
      if (window.start > chunk.start || window.end < chunk.end) continue;
      const DaySpan hole = hole_of(window);
      if (chunk.start >= hole.start && chunk.start < hole.end) continue;
      if (!window.sealed) window.sealed = std::make_unique<BarSums>();
      window.sealed->add(sums, hold_end(sums.last_time(), {window.start, window.end}, hole));
    }
  }
}

/// Of an off-peak window the on-peak hours; nothing of other windows.
DaySpan BarSeries::hole_of(const BarWindow& window) const {
  if (window.interval != Interval::off_peak) return {window.end, window.end};
  return peak_block(*calendar_, window.start);
}

/// Adds the window's observations before `to` to what is sealed.
BarSums BarSeries::sums_of(const BarWindow& window, Micros to, const BarSums* sealed,
                           const Observations& from) const {
  BarSums sums = sealed != nullptr ? *sealed : BarSums{};
  const DaySpan span{window.start, window.end};
  const DaySpan hole = hole_of(window);
  const std::int32_t longest = seconds_of(window.interval);
  for (const auto& seen : from.between(window.start, to)) {
    if (seen.length > longest || (seen.time >= hole.start && seen.time < hole.end)) continue;
    sums.add(seen, from.extra(seen), hold_end(seen.time, span, hole));
  }
  return sums;
}

void BarSeries::issue(BarWindow& window, bool final, const TrackedIntervals& intervals, BarOutput& out) {
  window.dirty = false;
  if (!intervals.wanted[static_cast<std::size_t>(window.interval)]) return;
  Bar bar;
  bar.interval = window.interval;
  bar.start = window.start;
  bar.end = window.end;
  if (!sums_of(window, window.end, window.sealed.get(), observations_).fill(bar)) return;
  bar.is_final = final;
  if (final)
    bar.revision = ++window.revision;
  else
    ++out.counts.provisional;
  bar.revised = bar.revision > 0;
  append(bar, out);
}

void BarSeries::append(Bar& bar, BarOutput& out) const {
  const std::string_view block = out.arena.keep(labels_);
  std::size_t from = 0;
  std::size_t i = 0;
  for (auto* member : {&bar.tenant, &bar.instrument_id, &bar.market, &bar.product, &bar.location_type,
                       &bar.location, &bar.currency, &bar.unit, &bar.commodity, &bar.region}) {
    *member = block.substr(from, ends_[i] - from);
    from = ends_[i++];
  }
  ++out.counts.bars;
  if (bar.revised) ++out.counts.revised;
  out.bars.push_back(bar);
}

bool BarSeries::close_until(Micros time, const TrackedIntervals& intervals, BarOutput& out) {
  if (time < next_due_) return false;
  reached_ = std::max(reached_, time);
  settle(intervals, out);
  return true;
}

void BarSeries::issue_early(const TrackedIntervals& intervals, BarOutput& out) {
  for (std::size_t i = settled_; i < windows_.size(); ++i)
    if (windows_[i].dirty && windows_[i].revision < 0) issue(windows_[i], false, intervals, out);
  hot_dirty_ = false;
}

void BarSeries::reissue(std::span<const EnrichedTick> stored, std::span<const EnrichedTick> changed,
                        const TrackedIntervals& intervals, BarOutput& out) {
  Observations whole;
  for (const auto& tick : stored) whole.take(tick);
  for (const auto& tick : changed) whole.take(tick);
  for (const auto& seen : observations_.all()) whole.take(seen, observations_.extra(seen));
  std::vector<BarWindow> affected;
  for (const auto& tick : changed) {
    for (std::size_t i = 0; i < kIntervals; ++i) {
      const auto interval = static_cast<Interval>(i);
      if (!intervals.tracked[i] || seconds_of(interval) < tick.interval_len) continue;
      const auto span = window_of(interval, *calendar_, tick.interval_start);
      if (!span) continue;
      BarWindow window{span->start, span->end, nullptr, -1, interval, true};
      const auto at = std::lower_bound(affected.begin(), affected.end(), window);
      if (at == affected.end() || window < *at) affected.insert(at, std::move(window));
    }
  }
  for (const auto& one : affected) {
    const auto kept = std::lower_bound(windows_.begin(), windows_.end(), one);
    if (kept != windows_.end() && kept->interval == one.interval && kept->end == one.end) {
      // Still open, or final within max_late: its sums are put right, and it goes on as before.
      if (one.start < sealed_to_)
        kept->sealed =
            std::make_unique<BarSums>(sums_of(one, std::min(one.end, sealed_to_), nullptr, whole));
      kept->dirty = true;
      if (kept->end <= reached_) issue(*kept, true, intervals, out);
      continue;
    }
    Bar bar;
    bar.interval = one.interval;
    bar.start = one.start;
    bar.end = one.end;
    if (!intervals.wanted[static_cast<std::size_t>(one.interval)] ||
        !sums_of(one, one.end, nullptr, whole).fill(bar))
      continue;
    bar.revision = 1;
    bar.revised = true;
    append(bar, out);
  }
  next_due_ = settled_ < windows_.size() ? windows_[settled_].end : kForever;
}

void BarSeries::measure(Aggregator::Memory& memory) const {
  ++memory.series;
  memory.windows += windows_.size();
  memory.observations += observations_.all().size();
  memory.window_bytes += windows_.capacity() * sizeof(BarWindow);
  for (const auto& window : windows_)
    if (window.sealed) memory.window_bytes += sizeof(BarSums);
  memory.observation_bytes += observations_.bytes();
  memory.series_bytes += sizeof(BarSeries) + labels_.capacity();
}

namespace {

template <class Number>
void put(ByteWriter& out, Number value) {
  out.number(static_cast<std::int64_t>(value));
}

void put(ByteWriter& out, const std::optional<Fixed>& value) {
  put(out, value ? 1 : 0);
  put(out, value.value_or(Fixed{}).units);
}

std::optional<Fixed> get_optional(ByteReader& in) {
  const bool there = in.number() != 0;
  const Fixed value{in.number()};
  return there ? std::optional(value) : std::nullopt;
}

}  // namespace

void BarSeries::write(ByteWriter& out) const {
  put(out, partition_);
  out.text(labels_);
  for (const auto end : ends_) put(out, end);
  for (const Micros mark : {sealed_to_, heard_, latest_, reached_, early_at_}) put(out, mark);
  put(out, static_cast<int>(coarsest_finest_));
  put(out, observations_.all().size());
  for (const auto& seen : observations_.all()) {
    const auto& extra = observations_.extra(seen);
    for (const std::int64_t value : {seen.time, seen.price.units, seen.volume.units,
                                     static_cast<std::int64_t>(seen.id), std::int64_t{seen.id_rest},
                                     std::int64_t{seen.length}, std::int64_t{seen.bits}, extra.sequence,
                                     extra.revision})
      put(out, value);
    put(out, extra.bid), put(out, extra.ask);
  }
  put(out, windows_.size());
  for (const auto& window : windows_) {
    for (const std::int64_t value :
         {window.start, window.end, std::int64_t{window.revision}, static_cast<std::int64_t>(window.interval),
          std::int64_t{window.dirty}, std::int64_t{window.sealed != nullptr}})
      put(out, value);
    if (window.sealed) {
      BarSums sums = *window.sealed;
      sums.each([&](std::int64_t& value) { put(out, value); });
    }
  }
}

BarSeries::BarSeries(ByteReader& in) {
  partition_ = static_cast<std::int32_t>(in.number());
  labels_ = in.text();
  std::uint32_t least = 0;
  for (auto& end : ends_) {
    const auto most = static_cast<std::int64_t>(labels_.size());
    least = end = static_cast<std::uint32_t>(std::clamp<std::int64_t>(in.number(), least, most));
  }
  for (Micros* mark : {&sealed_to_, &heard_, &latest_, &reached_, &early_at_}) *mark = in.number();
  coarsest_finest_ = static_cast<Interval>(std::clamp<std::int64_t>(in.number(), 0, 4));
  remember_name();
  calendar_ = &calendar_of(text(2));
  day_ahead_ = text(3).starts_with("DAM");
  for (auto left = in.count(13 * 8); left > 0; --left) {
    Observation seen;
    ObservationExtra extra;
    seen.time = in.number();
    seen.price.units = in.number();
    seen.volume.units = in.number();
    seen.id = static_cast<std::uint64_t>(in.number());
    seen.id_rest = static_cast<std::uint32_t>(in.number());
    seen.length = static_cast<std::int32_t>(in.number());
    seen.bits = static_cast<std::uint32_t>(in.number());
    extra.sequence = in.number();
    extra.revision = in.number();
    extra.bid = get_optional(in);
    extra.ask = get_optional(in);
    observations_.take(seen, extra);
  }
  for (auto left = in.count(6 * 8); left > 0; --left) {
    BarWindow window{};
    window.start = in.number();
    window.end = in.number();
    window.revision = static_cast<std::int32_t>(in.number());
    window.interval = static_cast<Interval>(std::clamp<std::int64_t>(in.number(), 0, kIntervals - 1));
    window.dirty = in.number() != 0;
    if (in.number() != 0) {
      window.sealed = std::make_unique<BarSums>();
      window.sealed->each([&](std::int64_t& value) { value = in.number(); });
    }
    windows_.push_back(std::move(window));
  }
  std::sort(windows_.begin(), windows_.end());
  next_due_ = windows_.empty() ? kForever : windows_.front().end;
  next_seal_ = next_due_;
}

}  // namespace dpctl::pipeline
