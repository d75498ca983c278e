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
  std::vector<std::pair<std::string_view, std::string_view>>
      headers{};  ///< in their order; a name may repeat

  /// The last header of that name; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Everything of a partition up to `offset` has been delivered and there is no more now. Counts what no
/// record shows: the markers with which transactions end.
struct PartitionEnd {
  TopicPartition at;
  std::int64_t offset = 0;
};

/// Records of one poll; owns their memory.
class RecordBatch {
 public:
  RecordBatch() = default;
  ~RecordBatch();
  RecordBatch(RecordBatch&&) noexcept;
  RecordBatch& operator=(RecordBatch&&) noexcept;
  [[nodiscard]] std::span<const Record> records() const { return records_; }
  /// Holds after all records of this batch are processed.
  [[nodiscard]] std::span<const PartitionEnd> ends() const { return ends_; }

 private:
  friend class Consumer;
  void release();
  std::vector<void*> messages_;
  std::vector<Record> records_;
  std::vector<PartitionEnd> ends_;
};

/// Told about partitions that come and go, on the thread that polls, before the change takes effect.
class RebalanceListener {
 public:
  virtual ~RebalanceListener() = default;
  /// May set `offset` of a position to start elsewhere than at the committed one (-1: leave it).
  virtual void on_assigned(std::span<Position> partitions) = 0;
  /// The last chance to flush and commit what was read from them. `lost`: they belong to another member
  /// already, and a commit would be refused.
  virtual void on_revoked(std::span<const TopicPartition> partitions, bool lost) = 0;
};

struct ConsumerOptions {
  std::string bootstrap;
  std::string group;
  std::string instance_id;  ///< group.instance.id: a restarted process takes its partitions back at once
  std::vector<std::string> topics;
  int fetch_min_bytes = 1;
  int fetch_wait_max_ms = 50;
  int session_timeout_ms = 10'000;
  int heartbeat_interval_ms = 3'000;  ///< a third of the session timeout at most
  bool from_latest = false;  ///< where a partition without a committed offset begins: at its end
  int queued_max_kbytes = 65'536;  ///< memory for records fetched ahead, all partitions together
};

/// Who commits, as the group knew it when the partitions were assigned. A commit under an older generation
/// than the group's is refused, which is what keeps a process out that was thought dead (KIP-447).
class GroupMember {
 public:
  GroupMember() = default;
  explicit GroupMember(std::shared_ptr<void> metadata) : metadata_(std::move(metadata)) {}
  [[nodiscard]] void* metadata() const { return metadata_.get(); }

 private:
  std::shared_ptr<void> metadata_;
};

/// A member of a consumer group. Reads what is committed only. Eager range assignment, offsets committed by
/// hand. One thread only.
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

  /// This member as of the last assignment.
  [[nodiscard]] const GroupMember& member() const;
  /// Starts all assigned partitions again where on_assigned says, which is called for it. What was fetched is
  /// dropped.
  void rewind();

  /// Stops and restarts fetching of everything that is assigned now or later; polling goes on, so that the
  /// group keeps this member.
  void pause();
  void resume();
  [[nodiscard]] std::vector<TopicPartition> assignment() const;
  /// One past the last record that the broker is known to hold; -1 when no fetch has answered yet. No request
  /// is made.
  [[nodiscard]] std::int64_t end_offset(const TopicPartition& at) const;
  /// The last error of the connection to the brokers as a whole, "" when there is none since the last
  /// successful poll.
  [[nodiscard]] std::string trouble() const;

  /// Leaves: revoke callbacks run, and partitions that still come are not taken. The destructor calls it.
  void close();

 private:
  struct State;
  explicit Consumer(std::unique_ptr<State> state);
  [[nodiscard]] Result<void> alive() const;
  std::unique_ptr<State> state_;
};

/// Takes a static member that is closed out of its group, so that others get its partitions now and not when
/// its session is over. Nothing happens for a member without an instance id.
Result<void> leave_group(const ConsumerOptions& options, Deadline deadline);

struct ProducerOptions {
  std::string bootstrap;
  std::string client_id;
  /// Long, because messages leave with flush() or commit(), or as full batches. Messages that are due while
  /// others of their partition are in flight keep a core busy: librdkafka 2.0.2's broker thread then looks
  /// again without a pause (rd_kafka_toppar_producer_serve() asks to be woken for what it may not send, which
  /// for an idempotent producer is anything behind five *messages* in flight).
  int linger_ms = 1000;
  /// Names this process over restarts; a second producer of the name ends what the first has open and shuts
  /// it out. Empty: no transactions.
  std::string transactional_id{};
  int transaction_timeout_ms = 15'000;  ///< readers of committed data wait no longer for a process that died
};

struct Header {
  std::string_view name;
  std::string_view value;
};

/// Idempotent, acks=all, lz4; keys are placed by Java's murmur2. send() and flush() are thread-safe,
/// transactions belong to one thread.
///
/// With a transactional id, the first send() after a commit begins a transaction. Errors of all members then
/// mean: `retryable` try again; Code::unhealthy abort() and do the work again; anything else, foremost
/// Code::conflict (another process took the name), end the process.
class Producer {
 public:
  static Result<std::unique_ptr<Producer>> open(const ProducerOptions&);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// Queues a copy. Waits while the queue is full, and for 10 ms at most when it begins a transaction right
  /// after another; an error is one of the message or of the producer as a whole.
  Result<void> send(std::string_view topic, std::optional<std::string_view> key, std::string_view value,
                    std::span<const Header> headers = {}, std::int64_t timestamp_ms = 0);
  /// Waits until all that was sent is acknowledged. Code::timed_out at `deadline` (call again); Code::failed
  /// when a message was given up: what it came from must not be committed.
  Result<void> flush(Deadline deadline);

  [[nodiscard]] bool transactional() const;
  /// Shuts out older processes of this name and waits until what they had open is ended. Once, before send().
  Result<void> claim(Deadline deadline);
  [[nodiscard]] bool in_transaction() const;
  /// Ends the transaction: all that was sent since it began, and the positions for `member`'s group, become
  /// visible together. Waits for the acknowledgements. Begins one when none is open and there are positions.
  Result<void> commit(std::span<const Position> positions, const GroupMember& member, Deadline deadline);
  /// Nothing that was sent since it began will be seen by readers of committed data.
  Result<void> abort(Deadline deadline);
  /// After abort(), when it is not known what of the transaction has reached the broker, or still will: a new
  /// client takes the name over, and has to claim() it; its epoch shuts out the old one. Without that the
  /// next transaction can lose messages: librdkafka gives them the sequence numbers of those that it waited
  /// to repeat when they were purged (rdkafka_partition.c of 2.0.2, rd_kafka_toppar_purge_queues), and a
  /// broker that has had the first ones takes the next ones for repetitions. Blocks for some seconds at most.
  /// Nobody else may be in a call meanwhile.
  Result<void> renew();
  /// Clears what an earlier transaction of this name has left unstable among the offsets of `member`'s group:
  /// a broker that was away can take a transaction's offsets after it has ended that transaction, and then
  /// tells nobody any offset (UNSTABLE_OFFSET_COMMIT) until this producer ends another one. `topic` is one
  /// that the group reads. `retryable`: call again.
  Result<void> clear_unstable(const std::string& topic, const GroupMember& member, Deadline deadline);

  [[nodiscard]] std::uint64_t failed() const;
  [[nodiscard]] std::size_t queued() const;

 private:
  struct State;
  explicit Producer(std::unique_ptr<State> state);
  Result<void> begin();
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

enum class ReadTo : std::uint8_t {
  end,               ///< the end offsets as they were at the start; waits for what is open before them
  open_transaction,  ///< or the first open transaction, whose end may be far
};

/// Reads whole partitions without a group: `dlq list`, counting, verification. `each` returns false to stop.
Result<std::uint64_t> read_topic(const std::string& bootstrap, const std::string& topic, Deadline deadline,
                                 const std::function<bool(const Record&)>& each, ReadTo to = ReadTo::end);

}  // namespace dpctl::io
