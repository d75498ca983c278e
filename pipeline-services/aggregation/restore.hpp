#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/aggregation/decision.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/stored/stored.hpp"

namespace dpctl::runtime {

/// Ticks of one series and one local day, as the store has them, and the ones that came too late for memory.
struct Restored {
  std::int32_t partition = 0;
  const StoreSaid& said;
  std::span<const pipeline::EnrichedTick> changed;
};

/// Corrections and backfills that are older than the lateness limit: collects them, and reads what their bars
/// are made of from ClickHouse, on a thread of its own: a question for 100 series of one day, or 100 days of
/// one series, at a time. After each answer that changes bars it rests for four times as long as that took,
/// so that a day of history does not hold live records up.
///
/// The store is behind Kafka by a flush of enrichment, so a day waits until its corrections are stored: rows
/// of a series are stored in its order, so everything before them is there too. What waits is part of the
/// aggregation's snapshot, and what the store said is noted as a decision, in one transaction with the bars
/// that it made; so they are never made from a store that knows something else by then.
class Restorer {
 public:
  /// Runs on another thread, one at a time.
  using Read =
      std::function<Result<std::shared_ptr<const pipeline::StoredTicks>>(const pipeline::StoredRange&)>;
  using Use = std::function<Result<void>(const Restored&)>;
  explicit Restorer(Read read) : read_(std::move(read)) {}

  /// Remembers an enriched message that came at `now`. Messages that cannot be decoded were refused before.
  void want(std::int32_t partition, std::string_view message, pipeline::Micros now);
  /// When the last question is answered, forgets the corrections that `use` has taken, and asks the next.
  /// Does not wait for the store. An error is the store's or that of `use`; the corrections wait on.
  Result<void> each(pipeline::Micros now, const Use& use);
  /// Does what each() did when the store said so; nothing when no correction waits for it.
  Result<void> repeat(std::int32_t partition, const StoreSaid& said, const Use& use);
  [[nodiscard]] std::size_t waiting() const { return days_.size(); }
  [[nodiscard]] bool asking() const { return answer_.valid(); }

  /// What waits of a partition; empty when nothing does.
  [[nodiscard]] std::string snapshot(std::int32_t partition) const;
  Result<void> restore(std::int32_t partition, std::string_view bytes, pipeline::Micros now);
  void forget(std::int32_t partition);

 private:
  struct Day {
    pipeline::Micros end = 0;
    pipeline::Micros since = 0;  ///< when its newest correction came
    pipeline::Micros next = 0;   ///< when the store is asked again
    std::string tenant, instrument;
    std::vector<std::string> messages;
  };
  using Key = std::tuple<std::int32_t, std::string, pipeline::Micros>;  ///< partition, series, day's start
  void ask(pipeline::Micros now);
  /// False when no bars were made of it.
  Result<bool> take(const pipeline::StoredTicks& found, pipeline::Micros now, const Use& use);
  Result<bool> try_one(std::int32_t partition, const Day& day, const StoreSaid& said, pipeline::Micros now,
                       const Use& use);
  /// The corrections that wait; they lie in `scratch_`, until the next call.
  std::vector<pipeline::EnrichedTick> changes_of(const Day& day);

  Read read_;
  std::vector<Key> asked_;
  std::future<Result<std::shared_ptr<const pipeline::StoredTicks>>> answer_;
  std::chrono::steady_clock::time_point asked_at_{};
  pipeline::Micros rest_ = 0, rests_until_ = 0;  ///< until then nothing is asked
  pipeline::Decoder decoder_;
  pipeline::Arena scratch_;
  std::map<Key, Day> days_;
};

}  // namespace dpctl::runtime
