#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "pipeline-services/io/kafka.hpp"

namespace dpctl::runtime {

/// The positions of a group once more, in a compacted topic, each written in the transaction that commits it.
///
/// Why: a group's coordinator answers from memory, and one that has just come back may answer before it has
/// read all of its log, with offsets of before. (So the log of Kafka 4.4 is to be read after a kill that made
/// a service repeat messages: the end of a load that was given up counts as the end of the next one;
/// CoordinatorRuntime.java, "CompleteLoad".) Then messages are made again that are visible already. A topic
/// is read to its end, or not at all.
///
/// Entries of the group say that they are noted here too. Any other is somebody's wish where to begin
/// (kafka-consumer-groups --reset-offsets), or was committed without transactions: it counts as it is.
class PositionLog {
 public:
  PositionLog(std::string bootstrap, std::string topic, std::string group)
      : bootstrap_(std::move(bootstrap)), topic_(std::move(topic)), group_(std::move(group)) {}

  /// Sends those that changed into the open transaction. Returns them all as the group is to have them. After
  /// an abort, known() must come before the next.
  Result<std::vector<io::Position>> note(std::span<const io::Position> positions, io::Producer& producer);

  struct Known {
    std::vector<io::Position> positions;
    std::size_t corrected = 0;  ///< where the group said something else
  };
  /// What was committed, of what `ask` asks the group's coordinator. Reads the topic; waits up to five
  /// seconds for entries that only the topic has, and believes the coordinator if it still has none then: a
  /// group that was deleted begins anew.
  using Ask = std::function<Result<std::vector<io::Position>>()>;
  Result<Known> known(const Ask& ask);

  // The same without Kafka.

  /// A record of the topic.
  void add(std::string_view key, std::string_view value);
  /// Some partition has an entry here and none in `given`.
  [[nodiscard]] bool has_more_than(std::span<const io::Position> given) const;
  /// Puts right what is noted otherwise, and takes the mark off all. Returns how many were wrong.
  std::size_t correct(std::span<io::Position> given) const;

 private:
  using Entry = std::pair<std::int64_t, std::string>;  ///< offset and metadata
  Result<void> load(io::ReadTo to);

  std::string bootstrap_, topic_, group_;
  std::map<io::TopicPartition, Entry> noted_;
};

}  // namespace dpctl::runtime
