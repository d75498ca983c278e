#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/runtime/health.hpp"
#include "pipeline-services/runtime/log.hpp"
#include "pipeline-services/runtime/outbox.hpp"
#include "pipeline-services/runtime/stage.hpp"

namespace dpctl::runtime {

struct LoopOptions {
  io::ConsumerOptions consumer;
  std::size_t poll_records = 4096;
  std::size_t flush_rows = 1000;  ///< rows after which sinks are flushed and offsets committed
  std::chrono::milliseconds flush_interval{5'000};  ///< or after this time
  std::chrono::milliseconds drain{20'000};          ///< for the last flush after a stop was asked for
};

/// The loop of every service: poll → stage → sinks → commit, at least once.
///
/// Offsets are committed only after every output of the records before them is acknowledged, so a crash
/// repeats work and loses none; repeated outputs carry the same identity and version and replace themselves.
/// While a sink does not take what it is given, the partitions are paused and the loop keeps polling, so that
/// the group keeps this member and memory stays bounded.
class Loop final : private io::RebalanceListener {
 public:
  Loop(LoopOptions options, Stage& stage, Outbox& outbox, Metrics& metrics, Health& health, const Log& log);
  ~Loop() override;

  /// Runs until `stop` is asked for, then flushes, commits and leaves the group. An error is one that needs a
  /// new process.
  Result<void> run(const StopToken& stop);

 private:
  struct Partition {
    std::int64_t next = -1;       ///< offset after the last record processed
    std::int64_t committed = -1;  ///< as known by the group
    bool dirty = false;
  };
  void on_assigned(std::span<io::Position> partitions) override;
  void on_revoked(std::span<const io::TopicPartition> partitions) override;

  Result<void> step();
  Result<void> process(const io::RecordBatch& batch);
  Result<void> process_run(std::span<const io::Record> records);
  [[nodiscard]] bool flush_is_due() const;
  Result<void> checkpoint(Deadline deadline, bool leaving, bool may_poll);
  Result<void> flush_once(Deadline deadline);
  Result<void> commit(bool leaving);
  void report_lag();
  Result<void> wait_paused(std::chrono::milliseconds span);

  LoopOptions options_;
  Stage& stage_;
  Outbox& outbox_;
  Metrics& metrics_;
  Health& health_;
  const Log& log_;
  std::unique_ptr<io::Consumer> consumer_;
  std::map<io::TopicPartition, Partition> partitions_;
  std::vector<pipeline::SourceMessage> messages_;
  std::chrono::steady_clock::time_point last_flush_, last_lag_;
  StopToken stop_;
  bool dirty_ = false;
  std::optional<Error> callback_error_;
};

}  // namespace dpctl::runtime
