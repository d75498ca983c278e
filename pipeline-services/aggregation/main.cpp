// aggregation-service: enriched ticks → bars, and what is made of bars.
//
// One aggregator for each partition, so that state comes and goes with the partition. The revision of a bar
// is the offset of the newest tick that was processed when it was made: it grows whenever the content can
// have grown, and a replay after a crash makes the same bar with the same number or a newer bar with a
// greater one. A counter would not do: after a crash it could give a fuller bar a smaller number than an
// emptier one that had got out before.
//
// When input ends, a series that is silent for AGGREGATION_IDLE_TIMEOUT_MS is closed and its bars are
// emitted; a later tick re-issues the bar with a greater revision. So the row with the greatest revision is
// always the bar over all ticks.
#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <utility>

#include "pipeline-services/aggregation/decision.hpp"
#include "pipeline-services/aggregation/legs.hpp"
#include "pipeline-services/aggregation/restore.hpp"
#include "pipeline-services/aggregation/state_topic.hpp"
#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/rolling.hpp"
#include "pipeline-services/io/wall_clock.hpp"
#include "pipeline-services/runtime/rows.hpp"
#include "pipeline-services/runtime/service.hpp"
#include "pipeline-services/stored/derived_rows.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kSnapshotEvery = 10s;
constexpr auto kBetweenTicks = 200ms;
constexpr auto kCaughtUpAfter = 1s;

// How often the clock is looked at: a quarter of the silence that closes a series, half of the time between
// provisional bars.
steady_clock::duration between_looks(const BarOptions& options) {
  auto most = std::min<Micros>(options.idle_timeout / 4, 2 * kSecond);
  if (options.early > 0) most = std::min(most, options.early / 2);
  return std::max<steady_clock::duration>(kBetweenTicks, std::chrono::microseconds(most));
}

class Aggregation final : public Stage {
 public:
  explicit Aggregation(ServiceContext& context)
      : metrics_(context.metrics),
        log_(context.log),
        options_(context.settings.bars),
        rolling_(context.settings.rolling),
        states_(context.settings.kafka_bootstrap, std::string(contract::kAggregationState),
                context.settings.output_suffix),
        store_(context.settings.clickhouse),
        restorer_([this](const StoredRange& range) { return read_ticks(store_, range); }),
        legs_(context.settings.spreads, context.settings.output_suffix),
        between_looks_(between_looks(options_)) {}

  std::vector<std::string> inputs() const override { return {std::string(contract::kEnrichedTopic)}; }
  std::vector<std::string> own_inputs() const override { return legs_.topics(); }

  Result<void> take(std::span<io::Position> committed) override {
    partitions_.clear();
    legs_.clear();
    if (committed.empty()) return {};
    DPCTL_TRY(auto states, states_.load(Deadline::after(60s)));
    for (auto& position : committed) {
      DPCTL_TRY(const bool known,
                legs_.own(position.at) ? legs_.take(position, states.snapshots) : take_one(position, states));
      if (!known)
        log_.warn("state of an older version is left, input is read again",
                  {{"topic", position.at.topic}, {"partition", std::to_string(position.at.partition)}});
    }
    std::size_t decisions = 0;
    for (const auto& [number, partition] : partitions_) decisions += partition.later.size();
    log_.info("state restored", {{"partitions", std::to_string(committed.size())},
                                 {"snapshots", std::to_string(states.snapshots.size())},
                                 {"decisions", std::to_string(decisions)}});
    return {};
  }

  void release(std::span<const io::TopicPartition> partitions) override {
    for (const auto& at : partitions) {
      if (legs_.own(at)) {
        legs_.release(at.partition);
      } else {
        partitions_.erase(at.partition);
        restorer_.forget(at.partition);
      }
    }
  }

  Result<void> process(const Slice& slice, Micros now, bool, Outbox& out) override {
    if (legs_.own(slice.from)) return process_legs(slice, now, out);
    const auto found = partitions_.find(slice.from.partition);
    if (found == partitions_.end())
      return fail(Code::failed, "records of partition {}, which is not assigned", slice.from.partition);
    auto& partition = found->second;
    output_.clear();
    // One by one, so that each bar gets the offset of the very tick that made it.
    for (std::size_t i = 0; i < slice.messages.size(); ++i) {
      if (partition.decided_before(slice.messages[i].offset)) {
        DPCTL_CHECK(write(partition, out));
        DPCTL_CHECK(write_too_late(now, out));
        DPCTL_CHECK(repeat_before(partition, slice.messages[i].offset, out));
        output_.clear();
      }
      // Judged by its arrival, so that reading again after a crash judges alike.
      const auto arrival = slice.messages[i].timestamp_ms > 0 ? slice.messages[i].timestamp_ms * 1000 : now;
      partition.core.run(slice.messages.subspan(i, 1), arrival, output_);
      partition.arrived = std::max(partition.arrived, arrival);
      partition.next = slice.messages[i].offset + 1;
      number_bars(partition);
      if (too_late_.size() < output_.too_late.size()) too_late_.push_back(slice.messages[i]);
    }
    partition.changed = true;
    partition.worked = steady_clock::now();
    DPCTL_CHECK(write(partition, out));
    return write_too_late(now, out);
  }

  Result<void> tick(Micros now, Outbox& out) override {
    const auto clock = steady_clock::now();
    if (clock - last_tick_ < kBetweenTicks) return {};
    last_tick_ = clock;
    for (auto& [number, partition] : partitions_) DPCTL_CHECK(repeat_before(partition, partition.next, out));
    if (clock >= next_look_) {
      next_look_ = clock + between_looks_;
      for (auto& [number, partition] : partitions_)
        if (may_decide(partition)) DPCTL_CHECK(look_at_clock(partition, now, out));
    }
    DPCTL_CHECK(reissue(now, out));
    report(now);
    return {};
  }

  Result<void> snapshot(bool leaving, Outbox& out) override {
    const auto clock = steady_clock::now();
    for (auto& [number, partition] : partitions_) {
      const bool due = clock - partition.written >= kSnapshotEvery;
      if (!partition.changed || !(leaving || due)) continue;
      DPCTL_CHECK(states_.store(
          std::to_string(number),
          {partition.next, partition.snapshot(restorer_.snapshot(number)), partition.decided}, out));
      partition.changed = false;
      partition.written = clock;
    }
    if (!leaving && clock - last_legs_ < kSnapshotEvery) return {};
    last_legs_ = clock;
    return legs_.store(states_, out);
  }

 private:
  struct Partition {
    Partition(std::int32_t own, const BarOptions& options, const std::vector<RollingWindow>& windows)
        : number(own), core(options), rolling(windows) {
      constexpr int kPlaces = 12;  // snapshots of the partitions fall to different times from the start
      written -= kSnapshotEvery * (own % kPlaces) / kPlaces;
    }
    /// `waiting`: corrections that wait for the store; left out when there are none, as in older states.
    [[nodiscard]] std::string snapshot(std::string_view waiting) const {
      ByteWriter out;
      out.text(core.snapshot());
      out.text(rolling.snapshot());
      if (!waiting.empty()) out.text(waiting);
      return out.take();
    }
    Result<std::string_view> restore(std::string_view bytes) {
      ByteReader in(bytes);
      const auto bars = in.text(), statistics = in.text();
      const auto waiting = in.done() ? std::string_view{} : in.text();
      if (!in.done()) return fail(Code::conflict, "the state is of another version of its format");
      DPCTL_CHECK(core.restore(bars));
      DPCTL_CHECK(rolling.restore(statistics));
      return waiting;
    }
    /// Something is to be repeated before the record at `offset`.
    [[nodiscard]] bool decided_before(std::int64_t offset) const {
      return !later.empty() && later.front().offset <= offset;
    }
    std::int32_t number;
    Aggregator core;
    Rolling rolling;
    std::int64_t next = 0;                                   ///< offset after the last processed record
    std::uint64_t decided = 0;                               ///< the last decision that was taken
    std::deque<Decision> later{};                            ///< taken before this process began
    bool changed = false;                                    ///< since the last snapshot
    steady_clock::time_point written = steady_clock::now();  ///< the last snapshot
    Micros arrived = 0;                                      ///< the latest arrival in Kafka of its records
    steady_clock::time_point worked{};                       ///< when it was last given records
  };

  // With its last snapshot and from there on, or from the beginning: everything that is still there is read
  // again. False: the snapshot is of an older format.
  Result<bool> take_one(io::Position& position, States& states) {
    const auto number = position.at.partition;
    const auto name = std::to_string(number);
    auto& partition = partitions_.emplace(number, Partition(number, options_, rolling_)).first->second;
    position.offset = 0;
    restorer_.forget(number);
    auto& later = states.later[name];
    partition.later.assign(std::move_iterator(later.begin()), std::move_iterator(later.end()));
    const auto found = states.snapshots.find(name);
    if (found == states.snapshots.end()) return true;
    partition.decided = found->second.decided;
    const auto waiting = partition.restore(found->second.state);
    if (!waiting) {
      if (waiting.error().code != Code::conflict) return fail(waiting.error());
      const auto last = partition.later.empty() ? partition.decided : partition.later.back().number;
      partition = Partition(number, options_, rolling_);
      partition.decided = last;
      return false;
    }
    DPCTL_CHECK(restorer_.restore(number, *waiting, io::wall_clock_us()));
    position.offset = partition.next = found->second.offset;
    return true;
  }

  // What an earlier process decided before the record at `offset`, after all that came before it.
  Result<void> repeat_before(Partition& partition, std::int64_t offset, Outbox& out) {
    while (partition.decided_before(offset)) {
      const auto decision = std::move(partition.later.front());
      partition.later.pop_front();
      const Outbox::Again again(out);
      DPCTL_CHECK(repeat(partition, decision, out));
      partition.decided = decision.number;
    }
    return {};
  }

  Result<void> repeat(Partition& partition, const Decision& decision, Outbox& out) {
    partition.changed = true;
    ticks_.clear();
    auto read = read_decision(decision.what, decoder_, ticks_);
    if (!read)
      return fail(Code::failed, "decision {} of partition {} cannot be repeated", decision.number,
                  partition.number)
          .because(read.error());
    if (const auto* passed = std::get_if<ClockPassed>(&*read)) {
      output_.clear();
      partition.core.advance(passed->now, output_);
      number_bars(partition);
      return write(partition, out);
    }
    const auto& said = std::get<StoreSaid>(*read);
    return restorer_.repeat(partition.number, said,
                            [&](const Restored& restored) { return make_anew(partition, restored, out); });
  }

  bool may_decide(const Partition& partition) const {
    return partition.later.empty() && states_.room(std::to_string(partition.number));
  }

  Result<void> note(Partition& partition, std::string what, Outbox& out) {
    partition.changed = true;
    return states_.note(std::to_string(partition.number),
                        {++partition.decided, partition.next, std::move(what)}, out);
  }

  // What the clock closes, reading again would leave open.
  Result<void> look_at_clock(Partition& partition, Micros now, Outbox& out) {
    output_.clear();
    // While it works through a backlog its clock is that of the records.
    const bool behind = steady_clock::now() - partition.worked < kCaughtUpAfter;
    const auto clock = behind ? std::min(now, partition.arrived) : now;
    if (!partition.core.advance(clock, output_)) return {};
    number_bars(partition);
    DPCTL_CHECK(note(partition, decision_bytes(ClockPassed{clock}), out));
    return write(partition, out);
  }

  void report(Micros now) {
    std::size_t windows = 0;
    std::optional<Micros> watermark;
    for (const auto& [number, partition] : partitions_) {
      windows += partition.core.open_windows();
      if (const auto own = partition.core.watermark(); own && (!watermark || *own < *watermark))
        watermark = own;
    }
    metrics_.set(metric::kOpenWindows, static_cast<double>(windows));
    if (watermark)
      metrics_.set(metric::kWatermarkLag,
                   static_cast<double>(now - *watermark) / static_cast<double>(kSecond));
  }

  Result<void> process_legs(const Slice& slice, Micros now, Outbox& out) {
    DeadLetters dead;
    DPCTL_CHECK(legs_.process(slice, now, derived_, dead));
    DPCTL_CHECK(write_derived(out));
    return write_dead(dead, out);
  }

  static Result<void> write_dead(const DeadLetters& dead, Outbox& out) {
    for (std::size_t i = 0; i < dead.size(); ++i)
      DPCTL_CHECK(out.dead(contract::kAggregationDeadLetters, dead.key(i), dead.value(i), dead.issue(i)));
    return {};
  }

  void number_bars(const Partition& partition) {
    for (auto i = numbered_; i < output_.bars.size(); ++i) output_.bars[i].revision = partition.next - 1;
    numbered_ = output_.bars.size();
  }

  Result<void> write_derived(Outbox& out) {
    for (const auto& value : derived_) {
      append_derived_row(out.rows(contract::kDerivedValues), value, static_cast<std::uint64_t>(value.revision));
      out.added(contract::kDerivedValues);
      key_.assign(value.tenant).append("|").append(value.name);
      value_.clear();
      append_derived(value_, value);
      DPCTL_CHECK(out.send(contract::kDerivedTopic, key_, value_));
    }
    derived_.clear();
    return {};
  }

  Result<void> write(Partition& partition, Outbox& out) {
    numbered_ = 0;
    const auto& counts = output_.counts;
    metrics_.add(metric::kProcessed, counts.in);
    metrics_.add(metric::kDuplicates, counts.duplicates);
    metrics_.add(metric::kLate, counts.late);
    metrics_.add(metric::kTooLate, counts.too_late);
    metrics_.add(metric::kBarRevisions, counts.revised);
    metrics_.add(metric::kCorrections, counts.corrections + counts.reissues);
    for (std::size_t i = 0; i < output_.reissue.size(); ++i)
      restorer_.want(partition.number, output_.reissue.value(i), io::wall_clock_us());
    identify(output_);
    for (const auto& bar : output_.bars) {
      const auto table = contract::bars_table(name_of(bar.interval));
      append_bar_row(out.rows(table), bar, static_cast<std::uint64_t>(bar.revision));
      out.added(table);
      metrics_.add(metric::kBars, 1, {{"interval", std::string(name_of(bar.interval))}});
      key_.assign(bar.tenant).append("|").append(bar.instrument_id);
      value_.clear();
      append_bar(value_, bar);
      DPCTL_CHECK(out.send(contract::kBarsTopic, key_, value_));
      DPCTL_CHECK(legs_.route(bar, value_, out));
      partition.rolling.add(bar, derived_);
      if (auto quotes = bid_ask_spread(bar); quotes && bar.is_final) derived_.push_back(std::move(*quotes));
    }
    DPCTL_CHECK(write_derived(out));
    return write_dead(output_.dead, out);
  }

  // Reading the corrections again would ask the store again, which may know more by then. All corrections of
  // one series and day cost one query.
  Result<void> reissue(Micros now, Outbox& out) {
    if (std::any_of(partitions_.begin(), partitions_.end(),
                    [&](const auto& partition) { return !may_decide(partition.second); }))
      return {};
    Result<void> written;
    std::size_t days = 0;
    const auto begin = steady_clock::now();
    const auto done = restorer_.each(now, [&](const Restored& restored) -> Result<void> {
      const auto found = partitions_.find(restored.partition);
      if (found == partitions_.end()) return {};
      ++days;
      written = note(found->second, decision_bytes(restored.said), out);
      if (written) written = make_anew(found->second, restored, out);
      return written;
    });
    DPCTL_CHECK(std::move(written));
    if (days > 0)
      log_.info("bars were made anew", {{"days", std::to_string(days)},
                                        {"took_ms", std::to_string((steady_clock::now() - begin) / 1ms)},
                                        {"days_left", std::to_string(restorer_.waiting())}});
    if (!done) {
      metrics_.add(metric::kSinkErrors, 1, {{"sink", "clickhouse"}});
      log_.warn("corrections wait for clickhouse", done.error());
    }
    return {};
  }

  Result<void> make_anew(Partition& partition, const Restored& restored, Outbox& out) {
    output_.clear();
    partition.core.reissue(restored.partition, restored.said.stored, restored.changed, output_);
    number_bars(partition);
    return write(partition, out);
  }

  // Not lost: a person, or a reprocessing run, finds them beside the dead letters.
  Result<void> write_too_late(Micros now, Outbox& out) {
    DeadLetters letters;
    for (const auto& message : std::exchange(too_late_, {}))
      letters.add(message, "aggregation",
                  {fault::kValidation, "too_late", "the tick's window was closed and forgotten"}, now);
    return write_dead(letters, out);
  }

  Metrics& metrics_;
  const Log& log_;
  BarOptions options_;
  std::vector<RollingWindow> rolling_;
  StateTopic states_;
  io::ClickHouse store_;
  Restorer restorer_;
  Legs legs_;
  std::map<std::int32_t, Partition> partitions_;
  BarOutput output_;
  std::vector<DerivedValue> derived_;
  std::vector<SourceMessage> too_late_;  ///< of the slice at hand
  std::size_t numbered_ = 0;  ///< bars of output_ that have their revision
  Decoder decoder_;           ///< with ticks_: of decisions that are repeated
  Arena ticks_;
  std::string key_, value_;
  steady_clock::duration between_looks_;
  steady_clock::time_point last_tick_{}, next_look_{}, last_legs_ = steady_clock::now();
};

Result<std::unique_ptr<Stage>> make(ServiceContext& context) {
  return std::make_unique<Aggregation>(context);
}

}  // namespace
}  // namespace dpctl::runtime

int main(int argc, char** argv) {
  return dpctl::runtime::service_main(
      argc, argv,
      {.stage = "aggregation", .summary = "enriched ticks become bars", .make = dpctl::runtime::make});
}
