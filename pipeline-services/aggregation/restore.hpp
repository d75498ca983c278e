#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/stored/stored.hpp"

namespace dpctl::runtime {

/// Ticks of one series and one local day, as the store has them, and the ones that came too late for memory.
struct Restored {
  std::int32_t partition = 0;
  std::span<const pipeline::EnrichedTick> stored, changed;
};

/// Corrections and backfills that are older than the lateness limit: collects them, and reads what their bars
/// are made of from ClickHouse.
///
/// The store is behind Kafka by a flush of enrichment, so a day waits until its corrections are stored: rows
/// of a series are stored in its order, so everything before them is there too. What waits is part of the
/// aggregation's snapshot, and the bars travel in one transaction with the snapshot that has them no more; so
/// a crash never makes them from a store that knows something else by then.
class Restorer {
 public:
  using Use = std::function<Result<void>(std::span<const pipeline::EnrichedTick>)>;
  /// Calls back with the stored ticks of the range.
  using Read = std::function<Result<void>(const pipeline::StoredRange&, const Use&)>;
  explicit Restorer(Read read) : read_(std::move(read)) {}

  /// Remembers an enriched message that came at `now`. Messages that cannot be decoded were refused before.
  void want(std::int32_t partition, std::string_view message, pipeline::Micros now);
  /// Reads the ticks of series and days that have corrections, a few at a time, and forgets the corrections
  /// that `use` has taken. Blocks on ClickHouse; after an error of its own the rest waits for the next call.
  Result<void> each(pipeline::Micros now, const std::function<Result<void>(const Restored&)>& use);
  [[nodiscard]] std::size_t waiting() const { return days_.size(); }

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
  Result<bool> try_one(const Key& key, const Day& day, pipeline::Micros now,
                       const std::function<Result<void>(const Restored&)>& use);

  Read read_;
  pipeline::Decoder decoder_;
  pipeline::Arena scratch_;
  std::map<Key, Day> days_;
};

}  // namespace dpctl::runtime
