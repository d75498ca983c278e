#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"

namespace dpctl::io {

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

/// A place in a partition: the offset of the next record to read, and what the committer wrote beside it.
struct Position {
  TopicPartition at;
  std::int64_t offset = -1;  ///< -1: nothing committed
  std::string metadata{};    ///< at most 4 KB by the broker's default
};

/// A record as the broker gave it; the views hold as long as its RecordBatch.
struct Record {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;  ///< milliseconds since 1970, set by the producer
  std::optional<std::string_view> key;
  std::string_view value;
};

/// Records of one poll; owns their memory.
class RecordBatch {
 public:
  RecordBatch() = default;
  ~RecordBatch();
  RecordBatch(RecordBatch&&) noexcept;
  RecordBatch& operator=(RecordBatch&&) noexcept;
  [[nodiscard]] std::span<const Record> records() const { return records_; }

 private:
  friend class Consumer;
  void release();
  std::vector<void*> messages_;
  std::vector<Record> records_;
};

/// Told about partitions that come and go, on the thread that polls, before the change takes effect.
class RebalanceListener {
 public:
  virtual ~RebalanceListener() = default;
  /// May set `offset` of a position to start elsewhere than at the committed one (-1: leave it).
  virtual void on_assigned(std::span<Position> partitions) = 0;
  /// The last chance to flush and commit what was read from them.
  virtual void on_revoked(std::span<const TopicPartition> partitions) = 0;
};

struct ConsumerOptions {
  std::string bootstrap;
  std::string group;
  std::string instance_id;  ///< group.instance.id: a restarted process takes its partitions back at once
  std::vector<std::string> topics;
  int fetch_min_bytes = 1;
  int fetch_wait_max_ms = 50;
  int session_timeout_ms = 10'000;
  int queued_max_kbytes = 65'536;  ///< memory for records fetched ahead, all partitions together
};

/// A member of a consumer group. Eager range assignment, offsets committed by hand. One thread only.
class Consumer {
 public:
  /// `listener` outlives the consumer.
  static Result<std::unique_ptr<Consumer>> open(const ConsumerOptions&, RebalanceListener& listener);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// Up to `most` records, waiting at most `wait` for the first. Runs the rebalance listener. An error is one
  /// that will not pass by itself (the group fenced this member, no authorisation); what the library retries
  /// is not reported.
  Result<RecordBatch> poll(std::size_t most, std::chrono::milliseconds wait);

  /// Commits and waits for the answer.
  Result<void> commit(std::span<const Position> positions);
  /// What the group has committed, with its metadata.
  Result<std::vector<Position>> committed(std::span<const TopicPartition> partitions,
                                          std::chrono::milliseconds wait);

  /// Stops and restarts fetching of everything assigned; polling goes on, so that the group keeps this
  /// member.
  void pause();
  void resume();
  [[nodiscard]] bool paused() const { return paused_; }
  [[nodiscard]] std::vector<TopicPartition> assignment() const;
  /// One past the last record that the broker is known to hold; -1 when no fetch has answered yet. No request
  /// is made.
  [[nodiscard]] std::int64_t end_offset(const TopicPartition& at) const;
  /// The last error of the connection to the brokers as a whole, "" when there is none since the last
  /// successful poll.
  [[nodiscard]] std::string trouble() const;

  /// Leaves (revoke callbacks run). The destructor calls it.
  void close();

 private:
  struct State;
  explicit Consumer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  bool paused_ = false;
};

struct ProducerOptions {
  std::string bootstrap;
  std::string client_id;
  int linger_ms = 5;
};

struct Header {
  std::string_view name;
  std::string_view value;
};

/// Idempotent, acks=all, lz4; keys are placed by Java's murmur2. Thread-safe.
class Producer {
 public:
  static Result<std::unique_ptr<Producer>> open(const ProducerOptions&);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// Queues a copy. Waits while the queue is full; an error is one of the message or of the producer as a
  /// whole.
  Result<void> send(std::string_view topic, std::optional<std::string_view> key, std::string_view value,
                    std::span<const Header> headers = {}, std::int64_t timestamp_ms = 0);
  /// Waits until all that was sent is acknowledged. Code::timed_out at `deadline` (call again); Code::failed
  /// when a message was given up: what it came from must not be committed.
  Result<void> flush(Deadline deadline);

  [[nodiscard]] std::uint64_t delivered() const;
  [[nodiscard]] std::uint64_t failed() const;
  [[nodiscard]] std::size_t queued() const;

 private:
  struct State;
  explicit Producer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct TopicSpec {
  std::string name;
  int partitions = 1;
  int replication = 1;
  std::vector<std::pair<std::string, std::string>> config{};
};

struct PartitionRange {
  TopicPartition at;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Questions and orders to a cluster. Each call blocks until its deadline at the latest.
class Admin {
 public:
  static Result<std::unique_ptr<Admin>> open(const std::string& bootstrap);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  /// Names of the topics created; those that exist already are left as they are.
  Result<std::vector<std::string>> create(std::span<const TopicSpec> topics, Deadline deadline);
  /// Partition count by topic, all topics of the cluster.
  Result<std::vector<std::pair<std::string, int>>> topics(Deadline deadline);
  /// First and one past the last offset of each partition.
  Result<std::vector<PartitionRange>> ranges(std::span<const std::string> topics, Deadline deadline);
  /// What `group` has committed in those partitions.
  Result<std::vector<Position>> committed(const std::string& group,
                                          std::span<const TopicPartition> partitions, Deadline deadline);

 private:
  struct State;
  explicit Admin(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Reads whole partitions without a group: `dlq list`, counting, verification. `each` returns false to stop.
/// Ends at the end offsets as they were at the start.
Result<std::uint64_t> read_topic(const std::string& bootstrap, const std::string& topic, Deadline deadline,
                                 const std::function<bool(const Record&)>& each);

}  // namespace dpctl::io
