// A member of a consumer group on librdkafka's C interface.
//
// Eager range assignment, because co-partitioned topics then land on the same member and because commits
// during a cooperative rebalance force a rejoin in this version of the library (librdkafka #4059). Records
// come in batches from the group's queue, which halves the CPU of polling one by one; the queue also runs the
// rebalance callback.
#include <algorithm>
#include <array>
#include <mutex>

#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/io/kafka_config.hpp"

namespace dpctl::io {

using namespace detail;

RecordBatch::~RecordBatch() { release(); }
RecordBatch::RecordBatch(RecordBatch&& other) noexcept
    : messages_(std::move(other.messages_)),
      records_(std::move(other.records_)),
      ends_(std::move(other.ends_)) {
  other.messages_.clear();
}
RecordBatch& RecordBatch::operator=(RecordBatch&& other) noexcept {
  std::swap(messages_, other.messages_);
  std::swap(records_, other.records_);
  std::swap(ends_, other.ends_);
  return *this;
}
void RecordBatch::release() {
  for (void* message : messages_) rd_kafka_message_destroy(static_cast<rd_kafka_message_t*>(message));
  messages_.clear();
}

struct Consumer::State {
  rd_kafka_t* client = nullptr;
  rd_kafka_queue_t* queue = nullptr;
  RebalanceListener* listener = nullptr;
  mutable std::mutex mutex;  // guards what other threads may ask: assignment and trouble
  std::vector<TopicPartition> assignment;
  std::string trouble;
  GroupMember member;
  bool paused = false;
  bool leaving = false;

  void assign(rd_kafka_topic_partition_list_t* list) {
    // Taken now, and not when it is used: after a lost session the library's own copy is blank, and the
    // coordinator lets a blank member commit.
    member = GroupMember({rd_kafka_consumer_group_metadata(client), [](void* metadata) {
                            rd_kafka_consumer_group_metadata_destroy(
                                static_cast<rd_kafka_consumer_group_metadata_t*>(metadata));
                          }});
    auto positions = to_positions(*list);
    for (auto& position : positions) position.offset = -1;
    listener->on_assigned(positions);
    for (int i = 0; i < list->cnt; ++i)
      if (positions[static_cast<std::size_t>(i)].offset >= 0)
        list->elems[i].offset = positions[static_cast<std::size_t>(i)].offset;
    rd_kafka_assign(client, list);
    // The library knows a partition as paused beyond the assignment in which it was, and a new one as not.
    (paused ? rd_kafka_pause_partitions : rd_kafka_resume_partitions)(client, list);
    const std::scoped_lock lock(mutex);
    assignment.clear();
    for (auto& position : positions) assignment.push_back(std::move(position.at));
  }

  void revoke() {
    std::vector<TopicPartition> gone;
    {
      const std::scoped_lock lock(mutex);
      gone = std::exchange(assignment, {});
    }
    if (!gone.empty()) listener->on_revoked(gone, rd_kafka_assignment_lost(client) != 0);
    rd_kafka_assign(client, nullptr);
  }

  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                           void* opaque) {
    auto& self = *static_cast<State*>(opaque);
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      // What comes while it leaves is nobody's any more. (The library would answer no question about it.)
      if (self.leaving)
        rd_kafka_assign(self.client, nullptr);
      else
        self.assign(list);
    } else {
      self.revoke();
    }
  }

  static void on_error(rd_kafka_t*, int, const char* reason, void* opaque) {
    auto& self = *static_cast<State*>(opaque);
    const std::scoped_lock lock(self.mutex);
    self.trouble = reason;
  }
};

Consumer::Consumer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Consumer::~Consumer() { close(); }

Result<std::unique_ptr<Consumer>> Consumer::open(const ConsumerOptions& options,
                                                 RebalanceListener& listener) {
  DPCTL_TRY(auto conf, base_conf(options.bootstrap, options.group));
  const std::pair<const char*, std::string> settings[] = {
      {"group.id", options.group},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", options.from_latest ? "latest" : "earliest"},
      {"partition.assignment.strategy", "range"},
      {"isolation.level", "read_committed"},
      {"enable.partition.eof", "true"},
      {"session.timeout.ms", std::to_string(options.session_timeout_ms)},
      {"heartbeat.interval.ms",
       std::to_string(std::min(options.heartbeat_interval_ms, options.session_timeout_ms / 3))},
      {"fetch.min.bytes", std::to_string(options.fetch_min_bytes)},
      {"fetch.wait.max.ms", std::to_string(options.fetch_wait_max_ms)},
      {"queued.max.messages.kbytes", std::to_string(options.queued_max_kbytes)},
      // A topic that is created after the subscription is seen within this time.
      {"topic.metadata.refresh.interval.ms", "10000"},
  };
  for (const auto& [name, value] : settings) DPCTL_CHECK(set(conf.get(), name, value));
  if (!options.instance_id.empty()) DPCTL_CHECK(set(conf.get(), "group.instance.id", options.instance_id));

  auto state = std::make_unique<State>();
  state->listener = &listener;
  rd_kafka_conf_set_opaque(conf.get(), state.get());
  rd_kafka_conf_set_rebalance_cb(conf.get(), &State::on_rebalance);
  rd_kafka_conf_set_error_cb(conf.get(), &State::on_error);
  std::array<char, 512> why{};
  state->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), why.data(), why.size());
  if (state->client == nullptr) return fail(Code::usage, "cannot make a kafka consumer: {}", why.data());
  conf.release();  // NOLINT(bugprone-unused-return-value): the client owns it now
  rd_kafka_poll_set_consumer(state->client);
  state->queue = rd_kafka_queue_get_consumer(state->client);
  auto* client = state->client;
  std::unique_ptr<Consumer> consumer(new Consumer(std::move(state)));

  List topics(rd_kafka_topic_partition_list_new(static_cast<int>(options.topics.size())));
  for (const auto& topic : options.topics)
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto code = rd_kafka_subscribe(client, topics.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(code, "cannot subscribe to kafka topics");
  return consumer;
}

// A consumer that is fenced, or otherwise finished, would be polled in vain for ever.
Result<void> Consumer::alive() const {
  std::array<char, 256> text{};
  const auto code = rd_kafka_fatal_error(state_->client, text.data(), text.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  auto error = failure(code, "the kafka consumer cannot go on").take();
  if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
    error.hints.emplace_back(
        "each replica needs a DATA_PROC_KAFKA_GROUP_INSTANCE_ID of its own (default: the host name)");
  return fail(std::move(error));
}

Result<RecordBatch> Consumer::poll(std::size_t most, std::chrono::milliseconds wait) {
  std::vector<rd_kafka_message_t*> messages(most);
  const auto take = [&](std::size_t from, std::chrono::milliseconds span, std::size_t count) {
    return rd_kafka_consume_batch_queue(state_->queue, static_cast<int>(span.count()), messages.data() + from,
                                        count);
  };
  // The library waits until the batch is full or the time is over; so it is asked for what is there, and to
  // wait for one message only.
  //
  // A rebalance may run inside. Records of before one can be followed by a revocation only (the loop knows
  // their partition no more, and passes them over), never by an assignment: that comes seconds after the
  // revocation, in a call that waited for one message. So no batch mixes what two assignments read.
  auto got = take(0, std::chrono::milliseconds(0), most);
  if (got == 0 && wait.count() > 0) {
    got = take(0, wait, 1);
    if (got == 1 && most > 1) got += std::max<ssize_t>(0, take(1, std::chrono::milliseconds(0), most - 1));
  }
  if (got <= 1) DPCTL_CHECK(alive());  // the end of a member comes as a message that holds no record
  if (got < 0) return failure(rd_kafka_last_error(), "cannot poll kafka");
  RecordBatch batch;
  messages.resize(static_cast<std::size_t>(got));
  batch.messages_.assign(messages.begin(), messages.end());
  batch.records_.reserve(messages.size());
  for (const auto* message : messages) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      batch.records_.push_back(to_record(*message));
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      batch.ends_.push_back({{rd_kafka_topic_name(message->rkt), message->partition}, message->offset});
      continue;
    }
    const std::scoped_lock lock(state_->mutex);
    state_->trouble = rd_kafka_message_errstr(message);
    if (message->err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID ||
        message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
        message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
      return failure(message->err, "cannot consume from kafka");
  }
  if (!batch.records_.empty()) {
    const std::scoped_lock lock(state_->mutex);
    state_->trouble.clear();
  }
  return batch;
}

Result<void> Consumer::commit(std::span<const Position> positions) {
  if (positions.empty()) return {};
  const auto list = to_list(positions);
  if (const auto code = rd_kafka_commit(state_->client, list.get(), 0); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(code, "cannot commit kafka offsets");
  return {};
}

Result<std::vector<Position>> Consumer::committed(std::span<const TopicPartition> partitions,
                                                  std::chrono::milliseconds wait) {
  const auto list = to_list(partitions);
  if (const auto code = rd_kafka_committed(state_->client, list.get(), static_cast<int>(wait.count()));
      code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(code, "cannot read committed kafka offsets");
  return to_positions(*list);
}

const GroupMember& Consumer::member() const { return state_->member; }

void Consumer::rewind() {
  const auto list = to_list(assignment());
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = RD_KAFKA_OFFSET_INVALID;
  if (list->cnt > 0) state_->assign(list.get());
}

void Consumer::pause() {
  if (std::exchange(state_->paused, true)) return;
  const auto list = to_list(assignment());
  rd_kafka_pause_partitions(state_->client, list.get());
}

void Consumer::resume() {
  if (!std::exchange(state_->paused, false)) return;
  const auto list = to_list(assignment());
  rd_kafka_resume_partitions(state_->client, list.get());
}

std::vector<TopicPartition> Consumer::assignment() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->assignment;
}

std::int64_t Consumer::end_offset(const TopicPartition& at) const {
  std::int64_t low = -1;
  std::int64_t high = -1;
  if (rd_kafka_get_watermark_offsets(state_->client, at.topic.c_str(), at.partition, &low, &high) !=
      RD_KAFKA_RESP_ERR_NO_ERROR)
    return -1;
  return high;
}

std::string Consumer::trouble() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->trouble;
}

void Consumer::close() {
  if (state_->client == nullptr) return;
  state_->leaving = true;
  rd_kafka_consumer_close(state_->client);
  rd_kafka_queue_destroy(state_->queue);
  rd_kafka_destroy(state_->client);
  state_->client = nullptr;
}

}  // namespace dpctl::io
