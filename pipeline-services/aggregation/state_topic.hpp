#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/runtime/outbox.hpp"

namespace dpctl::runtime {

/// What the aggregation of one partition did that reading its input again would not do. They are numbered
/// from 1.
struct Decision {
  std::uint64_t number = 0;
  std::int64_t offset = 0;  ///< everything before it was processed
  std::string what;         ///< whoever decides knows
};

/// What the aggregation of one partition remembered when it had processed everything before `offset`. Its
/// name is the partition's number, with the kind of state before it where there are several ("3", "legs-3").
struct Snapshot {
  std::int64_t offset = 0;
  std::string state;
  std::uint64_t decided = 0;  ///< the last decision that is in the state
};
using Snapshots = std::map<std::string, Snapshot, std::less<>>;
/// Those that are in no snapshot, by the name of the state, in their order.
using Decisions = std::map<std::string, std::vector<Decision>, std::less<>>;
struct States {
  Snapshots snapshots;
  Decisions later;
};

/// Snapshots in a compacted topic, because pods have no disk that outlives them.
///
/// Why snapshots: rebuilding open windows from the input alone would mean to read a day of ticks after each
/// restart (a 1d bar stays open that long), and would forget which ticks came too late. A snapshot carries
/// the offset at which it was taken, and reading goes on from that offset, so state and position always
/// belong together, whatever the group has committed in the meantime. What is processed twice yields the same
/// bars with the same versions.
///
/// A snapshot is cut into messages of at most 512 KB, "<name>/<slot>/<piece>" → "<id> <offset> <piece>
/// <pieces> <sha256> <decided>\n" + bytes. Two slots alternate, so compaction cannot take pieces of the last
/// complete snapshot while a newer one is half written.
///
/// A decision goes there as it is taken, in one transaction with what came of it, as
/// "decision-<name>/<number>/<piece>" in the same form. A snapshot that has it empties its messages, whose
/// keys come again after 4,096 decisions.
class StateTopic {
 public:
  /// `suffix`: what the outbox appends to topics that are written.
  StateTopic(std::string bootstrap, std::string topic, std::string suffix)
      : bootstrap_(std::move(bootstrap)), topic_(std::move(topic)), suffix_(std::move(suffix)) {}

  /// The last complete snapshot of each name that has one, and the decisions since. Reads the whole topic.
  Result<States> load(Deadline deadline);
  /// Sends the messages, and empties those of decisions that the snapshot has.
  Result<void> store(const std::string& name, const Snapshot& snapshot, Outbox& out);

  /// Sends the next decision of `name`. May be called as long as there is room().
  Result<void> note(const std::string& name, const Decision& decision, Outbox& out);
  /// False while half as many decisions as there are keys for are in no snapshot that was sent.
  [[nodiscard]] bool room(const std::string& name) const;

 private:
  struct Noted {
    std::uint64_t number;
    std::size_t pieces;  ///< messages
  };
  std::string bootstrap_;
  std::string topic_;
  std::string suffix_;
  std::map<std::string, std::uint64_t, std::less<>> last_id_;
  std::map<std::string, std::vector<Noted>, std::less<>> noted_;  ///< in no snapshot that was sent
};

/// Puts pieces together; separate from Kafka for tests.
class StateAssembler {
 public:
  /// Pieces may come in any order; a broken one is ignored.
  void add(std::string_view key, std::string_view value);
  [[nodiscard]] States newest() const;
  [[nodiscard]] std::map<std::string, std::uint64_t, std::less<>> last_ids() const;

 private:
  struct Pieces {
    std::int64_t offset = 0;
    std::size_t count = 0;
    std::uint64_t decided = 0;
    std::string sha;
    std::map<std::size_t, std::string> bytes;
    /// Nothing while pieces are missing or broken.
    [[nodiscard]] std::optional<std::string> whole() const;
  };
  using ById = std::map<std::uint64_t, Pieces>;
  std::map<std::string, ById, std::less<>> snapshots_, decisions_;  ///< by name
};

/// The messages of one snapshot or decision, key and value.
using Messages = std::vector<std::pair<std::string, std::string>>;
Messages cut(const std::string& name, std::uint64_t id, const Snapshot& snapshot);
Messages cut(const std::string& name, const Decision& decision);

}  // namespace dpctl::runtime
