#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/io/kafka.hpp"

namespace dpctl::runtime {

/// How far one partition has come. Offsets are those of the next record.
struct PartitionProgress {
  std::int64_t start = -1;      ///< where this process began to read; -1: at `committed`
  std::int64_t next = -1;       ///< processed in this process; -1: nothing yet
  std::int64_t committed = -1;  ///< Kafka outputs visible, as known by the group; -1: nothing yet
  std::int64_t stored = -1;     ///< in the other sinks as well; at most `committed` when it was read
  std::int64_t written_offset = -1, written_stored = -1;  ///< what the group's entry says
  std::int64_t next_ms = 0;  ///< arrival in Kafka of the last processed record, milliseconds since 1970

  /// The first record that is read. Of a group without an entry nothing before it was ever missing, and the
  /// record itself is: an entry without `stored` would say that it is in all sinks.
  void begins_at(std::int64_t first) {
    if (stored < 0) stored = first;
  }
  [[nodiscard]] std::int64_t offset() const { return next > committed ? next : committed; }
  [[nodiscard]] bool dirty() const {
    return offset() >= 0 && (offset() != written_offset || stored != written_stored);
  }
};

/// The progress of all partitions of this process.
class Progress {
 public:
  using Map = std::map<io::TopicPartition, PartitionProgress>;
  using Mark = std::map<io::TopicPartition, std::int64_t>;  ///< the next record's offset

  /// Starts a partition from its committed entry, and returns the offset from which outputs may be missing.
  std::int64_t begin(const io::Position& committed);
  void clear() { partitions_.clear(); }
  void erase(const io::TopicPartition& at) { partitions_.erase(at); }
  /// nullptr when the partition is not ours.
  PartitionProgress* find(const io::TopicPartition& at);
  [[nodiscard]] const Map& all() const { return partitions_; }
  [[nodiscard]] bool empty() const { return partitions_.empty(); }

  /// Some entry differs from what the group has.
  [[nodiscard]] bool dirty() const;
  /// Something processed may be missing in a sink.
  [[nodiscard]] bool unstored() const;
  /// Records before the committed offset are still to be read again.
  [[nodiscard]] bool replaying() const;
  /// The entries to commit: those that differ, or all.
  [[nodiscard]] std::vector<io::Position> positions(bool all) const;
  /// The group has them now.
  void written(std::span<const io::Position> positions);
  /// How far everything is processed.
  [[nodiscard]] Mark mark() const;
  /// Everything before the mark is in all sinks.
  void stored(const Mark& mark);
  /// "topic/partition:first-last,…" of what is processed and not stored; cut after a few partitions.
  [[nodiscard]] std::string sources() const;

 private:
  Map partitions_;
};

/// The metadata of a committed offset: where the other sinks are when they are behind it. Empty when not.
std::string encode_stored(std::int64_t offset, std::int64_t stored);
/// `offset` when the metadata says nothing that can be understood: an entry of another program.
std::int64_t decode_stored(std::int64_t offset, std::string_view metadata);

}  // namespace dpctl::runtime
