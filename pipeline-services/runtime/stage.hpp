#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/message.hpp"
#include "pipeline-services/core/time.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/runtime/outbox.hpp"

namespace dpctl::runtime {

/// Messages of one partition, in order: the unit in which a stage works.
struct Slice {
  io::TopicPartition from;
  std::span<const pipeline::SourceMessage> messages;
};

/// What a service is, seen from the loop: a core with its tables and topics. All calls come on the loop's
/// thread. An error ends the process (the next one begins at the committed offsets), so a stage returns only
/// what retrying cannot mend.
class Stage {
 public:
  virtual ~Stage() = default;
  /// Topics that it reads.
  [[nodiscard]] virtual std::vector<std::string> inputs() const = 0;
  /// Topics that it reads and writes itself, to bring together what lies in different partitions.
  [[nodiscard]] virtual std::vector<std::string> own_inputs() const { return {}; }

  /// Partitions came, or must be read again. `committed` holds the offsets before which all outputs are safe
  /// (-1: none); a stage may set `offset` to begin earlier, in order to rebuild what it remembers. Messages
  /// before the offset that it was given then come with `replay` set, and what it puts out for them is
  /// dropped.
  virtual Result<void> take(std::span<io::Position> committed) {
    static_cast<void>(committed);
    return {};
  }
  /// Partitions went, after they were committed; or take() follows, because their work is done again.
  virtual void release(std::span<const io::TopicPartition> partitions) { static_cast<void>(partitions); }

  /// `replay`: the outputs of these messages are safe already; only what they teach counts.
  virtual Result<void> process(const Slice& slice, pipeline::Micros now, bool replay, Outbox& out) = 0;
  /// Called between batches, at least ten times a second, also when no message comes; but not while messages
  /// are read again or a sink refuses. What it puts out, reading again would not give: a stage notes what it
  /// did in a message of its own, which is in the same transaction, and does it again when it reads again.
  virtual Result<void> tick(pipeline::Micros now, Outbox& out) {
    static_cast<void>(now), static_cast<void>(out);
    return {};
  }

  /// Sends what it remembers now. It is committed when all sinks have what was processed until now, together
  /// with a mark that says so; what is processed meanwhile is not in it. `leaving`: the last time for these
  /// partitions.
  virtual Result<void> snapshot(bool leaving, Outbox& out) {
    static_cast<void>(leaving), static_cast<void>(out);
    return {};
  }
  /// A sink of its own beside Kafka and ClickHouse (Redis), which must be idempotent; called after each batch
  /// and repeated until it succeeds.
  virtual Result<void> flush() { return {}; }
};

}  // namespace dpctl::runtime
