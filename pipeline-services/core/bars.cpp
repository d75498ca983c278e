// bars.cpp: stage 3. Finds the series of each tick; what a series does with it is in bar_series.cpp.
#include "pipeline-services/core/bars.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "pipeline-services/core/bar_series.hpp"
#include "pipeline-services/core/codec.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::string_view kMagic = "aggregator-state-2";
constexpr std::size_t kAhead = 32;  ///< ticks whose series are fetched from memory before the first is used

/// A tick on its way to its series.
struct Pending {
  const EnrichedTick* tick = nullptr;
  const SourceMessage* message = nullptr;  ///< that it came in; nullptr when it came decoded
  std::int32_t partition = 0;
  std::uint64_t hash = 0;
  BarSeries* series = nullptr;
};

/// Series by partition, tenant and instrument: open addressing, at most half full. Series stay in place.
class SeriesTable {
 public:
  BarSeries& find_or_add(std::int32_t partition, const EnrichedTick& tick) {
    return find_or_add(hash_for(partition, tick.tenant, tick.instrument_id), partition, tick);
  }
  BarSeries& find_or_add(std::uint64_t hash, std::int32_t partition, const EnrichedTick& tick) {
    for (auto at = hash & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.series == nullptr) return add(std::make_unique<BarSeries>(partition, tick));
      if (slot.hash == hash && slot.series->is_of(partition, tick.tenant, tick.instrument_id))
        return *slot.series;
    }
  }
  /// Two steps on the way to find_or_add(): each asks for the memory that the next one reads.
  std::uint64_t hash_and_fetch(std::int32_t partition, const EnrichedTick& tick) const {
    const auto hash = hash_for(partition, tick.tenant, tick.instrument_id);
    prefetch(&slots_[hash & mask_]);
    return hash;
  }
  void fetch_series(std::uint64_t hash) const {
    auto at = hash & mask_;
    while (slots_[at].series != nullptr && slots_[at].hash != hash) at = (at + 1) & mask_;
    if (slots_[at].series != nullptr) slots_[at].series->prefetch_marks();
  }
  BarSeries& add(std::unique_ptr<BarSeries> series) {
    series_.push_back(std::move(series));
    if (series_.size() * 2 > slots_.size())
      rebuild();
    else
      place(*series_.back());
    return *series_.back();
  }
  template <class Condition>
  void erase_if(Condition&& condition) {
    if (std::erase_if(series_, [&](const auto& series) { return condition(*series); }) > 0) rebuild();
  }
  [[nodiscard]] const std::vector<std::unique_ptr<BarSeries>>& all() const { return series_; }
  [[nodiscard]] std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    BarSeries* series = nullptr;
  };
  static std::uint64_t hash_for(std::int32_t partition, std::string_view tenant,
                                std::string_view instrument) {
    return text_hash(instrument, text_hash(tenant, static_cast<std::uint64_t>(partition)));
  }
  void place(BarSeries& series) {
    const auto hash = hash_for(series.partition(), series.tenant(), series.instrument());
    auto at = hash & mask_;
    while (slots_[at].series != nullptr) at = (at + 1) & mask_;
    slots_[at] = {hash, &series};
  }
  void rebuild() {
    std::size_t size = 64;
    while (size < series_.size() * 2) size *= 2;
    slots_.assign(size, {});
    mask_ = size - 1;
    for (auto& series : series_) place(*series);
  }
  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::size_t mask_ = 63;
  std::vector<std::unique_ptr<BarSeries>> series_;
};

}  // namespace

void identify(BarOutput& out) {
  for (auto& bar : out.bars)
    if (bar.aggregation_id.empty())
      bar.aggregation_id =
          out.arena.keep(aggregation_id(bar.instrument_id, bar.tenant, bar.interval, bar.start));
}

struct Aggregator::State {
  explicit State(BarOptions given) : options(std::move(given)), intervals(options.intervals) {}

  BarOptions options;
  TrackedIntervals intervals;
  Decoder decoder;
  Arena scratch;
  SeriesTable table;
  std::array<EnrichedTick, kAhead> decoded;
  std::array<Pending, kAhead> pending;

  void take(std::span<Pending> some, Micros now, BarOutput& out);
  void take(const Pending& one, Micros now, BarOutput& out);
};

/// In steps for all at once, so that memory is read for many while the first waits for it.
void Aggregator::State::take(std::span<Pending> some, Micros now, BarOutput& out) {
  for (const auto& one : some) prefetch(one.tick->instrument_id.data());
  for (auto& one : some) one.hash = table.hash_and_fetch(one.partition, *one.tick);
  for (const auto& one : some) table.fetch_series(one.hash);
  for (auto& one : some) {
    one.series = &table.find_or_add(one.hash, one.partition, *one.tick);
    one.series->prefetch_for(*one.tick, options.delay);
  }
  for (const auto& one : some) take(one, now, out);
}

void Aggregator::State::take(const Pending& one, Micros now, BarOutput& out) {
  using Taken = BarSeries::Taken;
  const EnrichedTick& tick = *one.tick;
  switch (one.series->add(tick, intervals, options, now, out)) {
    case Taken::ignored: return;
    case Taken::duplicate: ++out.counts.duplicates; return;
    case Taken::corrected: ++out.counts.corrections; [[fallthrough]];
    case Taken::fresh:
      if (tick.superseded || (tick.quality & quality::kExcludedFromBars) != 0) ++out.counts.excluded;
      return;
    case Taken::missed: break;
  }
  // Corrections and backfills are late by nature: their bars are made again from the store.
  const bool wanted = tick.backfill || tick.revision > 0 || (tick.quality & quality::kCorrected) != 0;
  ++(wanted ? out.counts.reissues : out.counts.too_late);
  (wanted ? out.reissue : out.too_late)
      .add(one.message != nullptr ? one.message->key : std::string_view(), [&](std::string& bytes) {
        if (one.message != nullptr)
          bytes += one.message->value;
        else
          append_enriched(bytes, tick);
      });
}

Aggregator::Aggregator(BarOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Aggregator::~Aggregator() = default;
Aggregator::Aggregator(Aggregator&&) noexcept = default;
Aggregator& Aggregator::operator=(Aggregator&&) noexcept = default;

void Aggregator::run(std::span<const SourceMessage> messages, Micros now, BarOutput& out) {
  State& state = *state_;
  std::size_t waiting = 0;
  const auto take_waiting = [&] {
    state.take(std::span(state.pending).first(waiting), now, out);
    state.scratch.clear();
    waiting = 0;
  };
  for (const auto& message : messages) {
    ++out.counts.in;
    const auto tick = state.decoder.enriched(message.value, state.scratch);
    if (!tick) {
      out.dead.add(message, "aggregation", {fault::kContract, "invalid_tick", tick.error().what}, now);
      ++out.counts.dead;
      continue;
    }
    state.decoded[waiting] = *tick;
    state.pending[waiting] = {&state.decoded[waiting], &message, message.partition};
    if (++waiting == kAhead) take_waiting();
  }
  take_waiting();
}

void Aggregator::run(std::span<const EnrichedTick> ticks, std::int32_t partition, Micros now,
                     BarOutput& out) {
  State& state = *state_;
  out.counts.in += ticks.size();
  while (!ticks.empty()) {
    const auto some = ticks.first(std::min(kAhead, ticks.size()));
    for (std::size_t i = 0; i < some.size(); ++i) state.pending[i] = {&some[i], nullptr, partition};
    state.take(std::span(state.pending).first(some.size()), now, out);
    ticks = ticks.subspan(some.size());
  }
}

bool Aggregator::advance(Micros now, BarOutput& out) {
  const auto& options = state_->options;
  bool changed = false;
  bool old = false;
  for (const auto& series : state_->table.all()) {
    const Micros silent = now - series->heard();
    if (silent >= options.idle_timeout) {
      changed |= series->close_until(now - options.delay, state_->intervals, out);
      old = old || silent >= options.forget_after;
    }
    if (options.early > 0 && now - series->early_at() >= options.early) {
      const auto issued = out.bars.size();
      series->issue_early(state_->intervals, out);
      if (out.bars.size() == issued) continue;
      series->early_at() = now;
      changed = true;
    }
  }
  if (old)
    state_->table.erase_if(
        [&](const BarSeries& series) { return now - series.heard() >= options.forget_after; });
  return changed || old;
}

void Aggregator::close_all(BarOutput& out) {
  for (const auto& series : state_->table.all()) series->close_until(kForever - 1, state_->intervals, out);
}

void Aggregator::reissue(std::int32_t partition, std::span<const EnrichedTick> stored,
                         std::span<const EnrichedTick> changed, BarOutput& out) {
  if (changed.empty()) return;
  state_->table.find_or_add(partition, changed.front()).reissue(stored, changed, state_->intervals, out);
}

void Aggregator::drop_partition(std::int32_t partition) {
  state_->table.erase_if([&](const BarSeries& series) { return series.partition() == partition; });
}

std::optional<Micros> Aggregator::watermark() const {
  std::optional<Micros> earliest;
  for (const auto& series : state_->table.all()) {
    if (series->windows().empty() || series->latest() == kNever) continue;
    const Micros watermark = series->latest() - state_->options.delay;
    if (!earliest || watermark < *earliest) earliest = watermark;
  }
  return earliest;
}

std::size_t Aggregator::open_windows() const {
  std::size_t open = 0;
  for (const auto& series : state_->table.all())
    open += static_cast<std::size_t>(
        std::count_if(series->windows().begin(), series->windows().end(), [&](const BarWindow& w) {
          return w.revision < 0 && state_->intervals.wanted[static_cast<std::size_t>(w.interval)];
        }));
  return open;
}

Aggregator::Memory Aggregator::memory() const {
  Memory memory;
  for (const auto& series : state_->table.all()) series->measure(memory);
  memory.series_bytes += state_->table.bytes();
  return memory;
}

std::string Aggregator::snapshot(std::optional<std::int32_t> partition) const {
  std::vector<const BarSeries*> chosen;
  for (const auto& series : state_->table.all())
    if (!partition || series->partition() == *partition) chosen.push_back(series.get());
  std::sort(chosen.begin(), chosen.end(), [](const BarSeries* a, const BarSeries* b) {
    return std::make_tuple(a->partition(), a->tenant(), a->instrument()) <
           std::make_tuple(b->partition(), b->tenant(), b->instrument());
  });
  ByteWriter out;
  out.text(kMagic);
  out.number(static_cast<std::int64_t>(chosen.size()));
  for (const auto* series : chosen) series->write(out);
  return out.take();
}

Result<void> Aggregator::restore(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.text() != kMagic)
    return fail(Code::conflict, "the aggregation's state is of another version of its format")
        .hint("without it the service reads its input from the beginning again");
  std::vector<std::unique_ptr<BarSeries>> read;
  for (auto left = in.count(64); left > 0 && in.ok(); --left) read.push_back(std::make_unique<BarSeries>(in));
  if (!in.done())
    return fail(Code::failed, "the aggregation's state is damaged: {} bytes, {} series read", bytes.size(),
                read.size());
  std::set<std::tuple<std::int32_t, std::string_view, std::string_view>> names;
  for (const auto& series : read)
    if (!names.emplace(series->partition(), series->tenant(), series->instrument()).second)
      return fail(Code::failed, "the aggregation's state is damaged: {} is in it twice",
                  series->instrument());
  state_->table.erase_if([&](const BarSeries& series) {
    return names.contains({series.partition(), series.tenant(), series.instrument()});
  });
  for (auto& series : read) state_->table.add(std::move(series));
  return {};
}

}  // namespace dpctl::pipeline
