// aggregation-service: enriched ticks → bars.
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
#include <map>
#include <utility>

#include "pipeline-services/aggregation/restore.hpp"
#include "pipeline-services/aggregation/state_topic.hpp"
#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/rolling.hpp"
#include "pipeline-services/runtime/rows.hpp"
#include "pipeline-services/runtime/service.hpp"
#include "pipeline-services/stored/derived_rows.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kSnapshotEvery = 10s;
constexpr auto kIdleCheckEvery = 200ms;
constexpr auto kCaughtUpAfter = 1s;

class Aggregation final : public Stage {
 public:
  explicit Aggregation(ServiceContext& context)
      : metrics_(context.metrics),
        log_(context.log),
        options_(context.settings.bars),
        rolling_(context.settings.rolling),
        states_(context.settings.kafka_bootstrap, std::string(contract::kAggregationState),
                context.settings.output_suffix),
        restorer_(context.settings.clickhouse) {}

  std::vector<std::string> inputs() const override { return {std::string(contract::kEnrichedTopic)}; }

  Result<void> take(std::span<io::Position> committed) override {
    partitions_.clear();
    closed_by_clock_ = false;
    if (committed.empty()) return {};
    DPCTL_TRY(auto snapshots, states_.load(Deadline::after(60s)));
    for (auto& position : committed) {
      const auto number = position.at.partition;
      auto& partition = partitions_.emplace(number, Partition(number, options_, rolling_)).first->second;
      const auto found = snapshots.find(position.at.partition);
      if (found == snapshots.end()) {
        position.offset = 0;  // no state: everything that is still there is read again
        continue;
      }
      if (const auto restored = partition.restore(found->second.state); !restored) {
        if (restored.error().code != Code::conflict) return fail(restored.error());
        log_.warn("state of an older version is left, input is read again",
                  {{"partition", std::to_string(number)}});
        partition = Partition(number, options_, rolling_);
        position.offset = 0;
        continue;
      }
      position.offset = partition.next = found->second.offset;
    }
    log_.info("state restored", {{"partitions", std::to_string(committed.size())},
                                 {"snapshots", std::to_string(snapshots.size())}});
    return {};
  }

  void release(std::span<const io::TopicPartition> partitions) override {
    for (const auto& at : partitions) partitions_.erase(at.partition);
  }

  Result<void> process(const Slice& slice, Micros now, bool, Outbox& out) override {
    const auto found = partitions_.find(slice.from.partition);
    if (found == partitions_.end())
      return fail(Code::failed, "records of partition {}, which is not assigned", slice.from.partition);
    auto& partition = found->second;
    output_.clear();
    // One by one, so that each bar gets the offset of the very tick that made it.
    for (std::size_t i = 0; i < slice.messages.size(); ++i) {
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
    DPCTL_CHECK(write_too_late(out));
    return reissue(out);
  }

  Result<void> tick(Micros now, Outbox& out) override {
    if (steady_clock::now() - last_idle_check_ < kIdleCheckEvery) return {};
    last_idle_check_ = steady_clock::now();
    std::size_t windows = 0;
    std::optional<Micros> watermark;
    for (auto& [number, partition] : partitions_) {
      output_.clear();
      const auto open_before = partition.core.open_windows();
      // While it works through a backlog its clock is that of the records.
      const bool behind = steady_clock::now() - partition.worked < kCaughtUpAfter;
      partition.core.advance(behind ? std::min(now, partition.arrived) : now, output_);
      number_bars(partition);
      DPCTL_CHECK(write(partition, out));
      const auto open_now = partition.core.open_windows();
      // What the clock closed, reading again would leave open.
      if (!output_.bars.empty() || open_now != open_before) partition.changed = closed_by_clock_ = true;
      windows += open_now;
      if (const auto own = partition.core.watermark(); own && (!watermark || *own < *watermark))
        watermark = own;
    }
    metrics_.set(metric::kOpenWindows, static_cast<double>(windows));
    if (watermark)
      metrics_.set(metric::kWatermarkLag,
                   static_cast<double>(now - *watermark) / static_cast<double>(kSecond));
    return {};
  }

  bool wants_checkpoint() const override { return closed_by_clock_; }

  Result<void> before_commit(std::span<const io::Position>, bool leaving, Outbox& out) override {
    if (!leaving && !closed_by_clock_ && steady_clock::now() - last_snapshot_ < kSnapshotEvery) return {};
    for (auto& [number, partition] : partitions_) {
      if (!partition.changed) continue;
      DPCTL_CHECK(states_.store(number, {partition.next, partition.snapshot()}, out));
    }
    for (auto& [number, partition] : partitions_) partition.changed = false;
    closed_by_clock_ = false;
    last_snapshot_ = steady_clock::now();
    return {};
  }

 private:
  struct Partition {
    Partition(std::int32_t own, const BarOptions& options, const std::vector<RollingWindow>& windows)
        : number(own), core(options), rolling(windows) {}
    [[nodiscard]] std::string snapshot() const {
      ByteWriter out;
      out.text(core.snapshot());
      out.text(rolling.snapshot());
      return out.take();
    }
    Result<void> restore(std::string_view bytes) {
      ByteReader in(bytes);
      const auto bars = in.text(), statistics = in.text();
      if (!in.done()) return fail(Code::conflict, "the state is of another version of its format");
      DPCTL_CHECK(core.restore(bars));
      return rolling.restore(statistics);
    }
    std::int32_t number;
    Aggregator core;
    Rolling rolling;
    std::int64_t next = 0;              ///< offset after the last processed record
    bool changed = false;               ///< since the last snapshot
    Micros arrived = 0;                 ///< the latest arrival in Kafka of its records
    steady_clock::time_point worked{};  ///< when it was last given records
  };

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
      restorer_.want(partition.number, partition.next - 1, output_.reissue.value(i));
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
      partition.rolling.add(bar, derived_);
      if (auto quotes = bid_ask_spread(bar); quotes && bar.is_final) derived_.push_back(std::move(*quotes));
    }
    DPCTL_CHECK(write_derived(out));
    for (std::size_t i = 0; i < output_.dead.size(); ++i)
      DPCTL_CHECK(out.dead(contract::kAggregationDeadLetters, output_.dead.key(i), output_.dead.value(i),
                           output_.dead.issue(i)));
    return {};
  }

  // At once, so that what is made from the store is in one transaction with the corrections that ask for it.
  // All corrections of one series and day in a slice cost one query.
  Result<void> reissue(Outbox& out) {
    return restorer_.each([&](const Restored& restored) -> Result<void> {
      const auto found = partitions_.find(restored.partition);
      if (found == partitions_.end()) return {};
      output_.clear();
      found->second.core.reissue(restored.partition, restored.stored, restored.changed, output_);
      for (auto& bar : output_.bars) bar.revision = std::max(bar.revision, restored.offset);
      found->second.changed = true;
      return write(found->second, out);
    });
  }

  // Not lost: a person, or a reprocessing run, finds them beside the dead letters.
  Result<void> write_too_late(Outbox& out) {
    DeadLetters letters;
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    for (const auto& message : std::exchange(too_late_, {}))
      letters.add(message, "aggregation",
                  {fault::kValidation, "too_late", "the tick's window was closed and forgotten"}, now);
    for (std::size_t i = 0; i < letters.size(); ++i)
      DPCTL_CHECK(
          out.dead(contract::kAggregationDeadLetters, letters.key(i), letters.value(i), letters.issue(i)));
    return {};
  }

  Metrics& metrics_;
  const Log& log_;
  BarOptions options_;
  std::vector<RollingWindow> rolling_;
  StateTopic states_;
  Restorer restorer_;
  std::map<std::int32_t, Partition> partitions_;
  BarOutput output_;
  std::vector<DerivedValue> derived_;
  std::vector<SourceMessage> too_late_;  ///< of the slice at hand
  bool closed_by_clock_ = false;
  std::size_t numbered_ = 0;  ///< bars of output_ that have their revision
  std::string key_, value_;
  steady_clock::time_point last_idle_check_{}, last_snapshot_ = steady_clock::now();
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
