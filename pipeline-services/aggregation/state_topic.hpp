#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/runtime/outbox.hpp"

namespace dpctl::runtime {

/// What the aggregation of one partition remembered when it had processed everything before `offset`. Its
/// name is the partition's number, with the kind of state before it where there are several ("3", "legs-3").
struct Snapshot {
  std::int64_t offset = 0;
  std::string state;
};
using Snapshots = std::map<std::string, Snapshot, std::less<>>;

/// Snapshots in a compacted topic, because pods have no disk that outlives them.
///
/// Why snapshots: rebuilding open windows from the input alone would mean to read a day of ticks after each
/// restart (a 1d bar stays open that long), and would forget which ticks came too late. A snapshot carries
/// the offset at which it was taken, and reading goes on from that offset, so state and position always
/// belong together, whatever the group has committed in the meantime. What is processed twice yields the same
/// bars with the same versions.
///
/// A snapshot is cut into messages of at most 512 KB, "<name>/<slot>/<piece>" → "<id> <offset> <piece>
/// <pieces> <sha256>\n" + bytes. Two slots alternate, so compaction cannot take pieces of the last complete
/// snapshot while a newer one is half written.
class StateTopic {
 public:
  /// `suffix`: what the outbox appends to topics that are written.
  StateTopic(std::string bootstrap, std::string topic, std::string suffix)
      : bootstrap_(std::move(bootstrap)), topic_(std::move(topic)), suffix_(std::move(suffix)) {}

  /// The last complete snapshot of each name that has one. Reads the whole topic.
  Result<Snapshots> load(Deadline deadline);
  /// Sends the messages.
  Result<void> store(const std::string& name, const Snapshot& snapshot, Outbox& out);

 private:
  std::string bootstrap_;
  std::string topic_;
  std::string suffix_;
  std::map<std::string, std::uint64_t, std::less<>> last_id_;
};

/// Puts pieces together; separate from Kafka for tests.
class SnapshotAssembler {
 public:
  /// Pieces may come in any order; a broken one is ignored.
  void add(std::string_view key, std::string_view value);
  [[nodiscard]] Snapshots newest() const;
  [[nodiscard]] std::map<std::string, std::uint64_t, std::less<>> last_ids() const;

 private:
  struct Pieces {
    std::int64_t offset = 0;
    std::size_t count = 0;
    std::string sha;
    std::map<std::size_t, std::string> bytes;
  };
  std::map<std::pair<std::string, std::uint64_t>, Pieces> all_;  ///< by name and id
};

/// The messages of one snapshot, key and value.
std::vector<std::pair<std::string, std::string>> cut(const std::string& name, std::uint64_t id,
                                                     const Snapshot& snapshot);

}  // namespace dpctl::runtime
