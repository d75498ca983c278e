#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/aggregation/state_topic.hpp"
#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/spreads.hpp"
#include "pipeline-services/runtime/outbox.hpp"
#include "pipeline-services/runtime/stage.hpp"

namespace dpctl::runtime {

/// Spreads whose legs lie in different partitions. A final bar is sent once more to a topic of our own under
/// the key "tenant|spread" of each spread that it is a leg of; so all legs of a spread meet in one partition,
/// and whoever has that partition makes its values. README.md argues why that is exactly once.
///
/// The revision of a value is the offset of the leg that made it: it grows whenever the value can have
/// changed, and is the same when the leg is read again.
class Legs {
 public:
  /// `suffix`: what the outbox appends to topics that are written.
  Legs(std::vector<pipeline::Spread> spreads, const std::string& suffix);

  /// The topic to read; none without spreads.
  [[nodiscard]] std::vector<std::string> topics() const;
  [[nodiscard]] bool own(const io::TopicPartition& at) const { return at.topic == topic_; }

  /// Sends the bar, whose message is `bytes`, to its spreads.
  Result<void> route(const pipeline::Bar& bar, std::string_view bytes, Outbox& out);

  /// Begins with the snapshot of the partition and at its offset, or at the beginning with nothing. False:
  /// the snapshot is of an older format and was left.
  Result<bool> take(io::Position& position, const Snapshots& snapshots);
  void release(std::int32_t partition) { partitions_.erase(partition); }
  void clear() { partitions_.clear(); }

  /// Appends what changes by these legs.
  Result<void> process(const Slice& slice, pipeline::Micros now, std::vector<pipeline::DerivedValue>& values,
                       pipeline::DeadLetters& dead);
  /// Snapshots of the partitions that have changed since the last ones.
  Result<void> store(StateTopic& states, Outbox& out);

 private:
  struct Partition {
    pipeline::Spreads spreads;
    std::int64_t next = 0;  ///< offset after the last processed record
    bool changed = false;   ///< since the last snapshot
  };
  std::vector<pipeline::Spread> definitions_;
  pipeline::Spreads routes_;  ///< without state: which spreads a bar belongs to
  std::string topic_;
  std::map<std::int32_t, Partition> partitions_;
  pipeline::Decoder decoder_;
  pipeline::Arena scratch_;
  std::string key_;
};

}  // namespace dpctl::runtime
