#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/runtime/health.hpp"
#include "pipeline-services/runtime/log.hpp"
#include "pipeline-services/runtime/orders.hpp"
#include "pipeline-services/runtime/outbox.hpp"
#include "pipeline-services/runtime/position_log.hpp"
#include "pipeline-services/runtime/progress.hpp"
#include "pipeline-services/runtime/stage.hpp"
#include "pipeline-services/runtime/trace.hpp"

namespace dpctl::runtime {

struct LoopOptions {
  io::ConsumerOptions consumer;
  std::string positions_topic;  ///< of the PositionLog
  std::size_t poll_records = 4096;
  std::chrono::milliseconds commit_interval{20};    ///< between commits to Kafka
  std::size_t commit_records = 10'000;              ///< or after this many records
  std::size_t flush_rows = 1'000;                   ///< rows after which sinks are flushed, if …
  std::chrono::milliseconds flush_pause{1'000};     ///< … so much time has passed since the last flush
  std::chrono::milliseconds flush_interval{5'000};  ///< after this time they are flushed anyway
  std::size_t flush_most_rows = 50'000;             ///< and with this many rows or bytes at once
  std::size_t flush_most_bytes = 4U << 20U;
  std::chrono::milliseconds drain{20'000};  ///< for the last flush after a stop was asked for
  /// Called about once a second on the loop's thread: may change the numbers above.
  std::function<void(LoopOptions&)> refresh{};
};

/// The loop of every service: poll → stage → commit to Kafka → sinks.
///
/// Two marks move through each partition (progress.hpp). *Committed*: the outputs to Kafka of everything
/// before it are visible, in one transaction with the offset (exactly once), or acknowledged before it (at
/// least once). *Stored*: the rows and the stage's own stores hold everything before it too. The first moves
/// every few milliseconds, so that the next service need not wait; the second moves with each flush of the
/// sinks, at their pace, and is kept beside the first as metadata of the committed offset. After a crash
/// reading begins at *stored*; what lies before *committed* gives rows again and no messages. README.md
/// argues why that loses and repeats nothing.
///
/// While a sink does not take what it is given, partitions are paused and the loop keeps polling, so that the
/// group keeps this member and memory stays bounded.
class Loop final : private io::RebalanceListener {
 public:
  Loop(LoopOptions options, Stage& stage, Outbox& outbox, io::Producer& producer, Metrics& metrics,
       Health& health, const Log& log, Tracer& tracer);
  ~Loop() override;

  /// Runs until `stop` is asked for, then flushes, commits and leaves the group. While `orders.hold` it does
  /// the same and waits; afterwards it joins again and goes on where the group is. An error is one that needs
  /// a new process.
  Result<void> run(const StopToken& stop, const Orders& orders);

 private:
  using Clock = std::chrono::steady_clock;
  void on_assigned(std::span<io::Position> partitions) override;
  void on_revoked(std::span<const io::TopicPartition> partitions, bool lost) override;

  Result<void> claim();
  Result<void> serve(const Orders& orders);
  Result<void> step();
  Result<void> recover(Error error);
  Result<void> drain();
  Result<void> poll_once();
  Result<void> process(const io::RecordBatch& batch);
  Result<void> process_run(std::span<const io::Record> records);
  Result<void> process_fresh(const io::TopicPartition& at, std::span<const io::Record> records);
  Result<void> process_part(const io::TopicPartition& at, std::span<const io::Record> records, bool replay);
  [[nodiscard]] std::chrono::milliseconds poll_wait() const;
  [[nodiscard]] bool commit_is_due() const;
  [[nodiscard]] bool flush_is_due() const;
  Result<void> hand_over();
  Result<void> commit();
  Result<void> commit_offsets(std::span<const io::Position> positions);
  [[nodiscard]] bool is_full() const;
  Result<void> flush_stage();
  Result<void> seal(bool leaving);
  Result<void> checkpoint();
  Result<void> store_lot();
  Result<void> take_result();
  Result<void> store();
  Result<void> stored();
  Result<void> abort();
  /// Also under a new epoch, when nobody knows what of the transaction is still on its way to the broker.
  Result<void> start_anew();
  Result<std::vector<io::Position>> committed_offsets(std::span<const io::TopicPartition> wanted);
  Result<std::vector<io::Position>> known_offsets(std::span<const io::TopicPartition> wanted);
  /// Calls until it is done, cannot be done, or half a minute is over.
  Result<void> with_patience(const std::function<Result<void>()>& call);
  Result<void> settle(Deadline deadline);
  void sink_refused(const Error& why);
  void report_lag();

  LoopOptions options_;
  Stage& stage_;
  Outbox& outbox_;
  io::Producer& producer_;
  Metrics& metrics_;
  Health& health_;
  const Log& log_;
  Tracer& tracer_;
  std::unique_ptr<io::Consumer> consumer_;
  PositionLog position_log_;  ///< only with transactions
  Progress progress_;
  Progress::Mark sealed_;  ///< how far the inserter's lot goes
  std::vector<pipeline::SourceMessage> messages_;
  std::size_t since_commit_ = 0;  ///< records
  std::int64_t oldest_ms_ = 0;    ///< arrival in Kafka of the oldest record since the last commit
  Clock::time_point last_commit_, last_flush_, last_lag_, next_try_;
  std::chrono::milliseconds back_off_{0};  ///< not 0 while a sink refuses
  bool stage_refused_ = false;             ///< its own stores did, the last time
  StopToken stop_;
  std::optional<Error> callback_error_;
};

}  // namespace dpctl::runtime
