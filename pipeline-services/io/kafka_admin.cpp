#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/io/kafka_config.hpp"

namespace dpctl::io {

using namespace detail;

namespace {

constexpr std::chrono::milliseconds kBetweenTries{200};

int wait_ms(Deadline deadline) {
  return static_cast<int>(std::min<std::int64_t>(deadline.left().count(), 60'000));
}

Result<rd_kafka_t*> new_client(rd_kafka_type_t type, Conf conf) {
  std::array<char, 512> why{};
  auto* client = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (client == nullptr) return fail(Code::usage, "cannot make a kafka client: {}", why.data());
  conf.release();  // NOLINT(bugprone-unused-return-value): the client owns it now
  return client;
}

struct ClientDelete {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDelete>;

Result<std::vector<std::pair<std::string, int>>> list_topics(rd_kafka_t* client, Deadline deadline) {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (const auto code = rd_kafka_metadata(client, 1, nullptr, &metadata, wait_ms(deadline));
      code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(code, "cannot list kafka topics");
  std::vector<std::pair<std::string, int>> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i)
    topics.emplace_back(metadata->topics[i].topic, metadata->topics[i].partition_cnt);
  rd_kafka_metadata_destroy(metadata);
  std::sort(topics.begin(), topics.end());
  return topics;
}

/// Calls until it is done, cannot be done, or there is no time for another try.
template <class Call>
auto repeated(Deadline deadline, const Call& call) {
  for (;;) {
    auto done = call();
    if (done || !done.error().retryable || deadline.left() < kBetweenTries) return done;
    std::this_thread::sleep_for(kBetweenTries);
  }
}

/// A partition without a leader is an error that passes.
Result<PartitionRange> range_of(rd_kafka_t* client, const TopicPartition& at, Deadline deadline) {
  PartitionRange range{.at = at};
  const auto code = rd_kafka_query_watermark_offsets(client, at.topic.c_str(), at.partition, &range.begin,
                                                     &range.end, wait_ms(deadline));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return range;
  const bool passes =
      code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
      code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
  auto error =
      failure(code, fmt::format("cannot ask for the offsets of {}/{}", at.topic, at.partition)).take();
  error.retryable = error.retryable || passes;
  return fail(std::move(error));
}

Result<std::vector<PartitionRange>> ranges_now(rd_kafka_t* client, std::span<const std::string> names,
                                               Deadline deadline) {
  DPCTL_TRY(const auto all, list_topics(client, deadline));
  std::vector<PartitionRange> ranges;
  for (const auto& name : names) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& topic) { return topic.first == name; });
    if (found == all.end())
      return fail(Code::not_found, "there is no kafka topic {}", name).hint("pipeline topics apply");
    for (int partition = 0; partition < found->second; ++partition) {
      DPCTL_TRY(auto range, range_of(client, {name, partition}, deadline));
      ranges.push_back(std::move(range));
    }
  }
  return ranges;
}

/// A topic that was made a moment ago has no leader yet, and a broker that comes back is none at first. The
/// library remembers a partition without a leader, and answers with _UNKNOWN_PARTITION without asking
/// anybody, until it reads the metadata of all topics again (rdkafka_partition.c of 2.0.2): so each try
/// begins with that.
Result<std::vector<PartitionRange>> list_ranges(rd_kafka_t* client, std::span<const std::string> names,
                                                Deadline deadline) {
  return repeated(deadline, [&] { return ranges_now(client, names, deadline); });
}

}  // namespace

struct Admin::State {
  std::string bootstrap;
  Client client;
};

Admin::Admin(std::unique_ptr<State> state) : state_(std::move(state)) {}
Admin::~Admin() = default;

Result<std::unique_ptr<Admin>> Admin::open(const std::string& bootstrap) {
  DPCTL_TRY(auto conf, base_conf(bootstrap, "pipeline-admin"));
  DPCTL_TRY(auto* client, new_client(RD_KAFKA_PRODUCER, std::move(conf)));
  auto state = std::make_unique<State>();
  state->bootstrap = bootstrap;
  state->client.reset(client);
  return std::unique_ptr<Admin>(new Admin(std::move(state)));
}

Result<std::vector<std::string>> Admin::create(std::span<const TopicSpec> topics, Deadline deadline) {
  std::vector<rd_kafka_NewTopic_t*> wanted;
  std::array<char, 512> why{};
  Result<void> bad;
  for (const auto& topic : topics) {
    auto* entry = rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication, why.data(),
                                        why.size());
    if (entry == nullptr) {
      bad = fail(Code::usage, "topic {}: {}", topic.name, why.data());
      break;
    }
    for (const auto& [name, value] : topic.config)
      rd_kafka_NewTopic_set_config(entry, name.c_str(), value.c_str());
    wanted.push_back(entry);
  }
  std::vector<std::string> created;
  if (bad && !wanted.empty()) {
    const Queue queue(rd_kafka_queue_new(state_->client.get()));
    auto* options = rd_kafka_AdminOptions_new(state_->client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_operation_timeout(options, wait_ms(deadline), why.data(), why.size());
    rd_kafka_AdminOptions_set_request_timeout(options, wait_ms(deadline), why.data(), why.size());
    rd_kafka_CreateTopics(state_->client.get(), wanted.data(), wanted.size(), options, queue.get());
    auto* event = rd_kafka_queue_poll(queue.get(), wait_ms(deadline));
    if (event == nullptr) {
      bad = fail(Code::timed_out, "kafka did not answer the creation of topics").retryable();
    } else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      bad = failure(rd_kafka_event_error(event), "cannot create kafka topics");
    } else {
      std::size_t count = 0;
      const auto* results =
          rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
      for (std::size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(results[i]);
        const std::string name = rd_kafka_topic_result_name(results[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
          created.push_back(name);
        else if (code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
          bad = failure(code, "cannot create topic " + name);
      }
    }
    if (event != nullptr) rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
  }
  rd_kafka_NewTopic_destroy_array(wanted.data(), wanted.size());
  if (!bad) return fail(std::move(bad).error());
  return created;
}

Result<std::vector<std::pair<std::string, int>>> Admin::topics(Deadline deadline) {
  return list_topics(state_->client.get(), deadline);
}

Result<std::vector<PartitionRange>> Admin::ranges(std::span<const std::string> topics, Deadline deadline) {
  return list_ranges(state_->client.get(), topics, deadline);
}

Result<std::vector<Position>> Admin::committed(const std::string& group,
                                               std::span<const TopicPartition> partitions,
                                               Deadline deadline) {
  DPCTL_TRY(auto conf, base_conf(state_->bootstrap, "pipeline-admin"));
  DPCTL_CHECK(set(conf.get(), "group.id", group));
  DPCTL_TRY(auto* raw, new_client(RD_KAFKA_CONSUMER, std::move(conf)));
  const Client client(raw);
  const auto list = to_list(partitions);
  // A group's coordinator moves, and says so until its log is read in its new place.
  return repeated(deadline, [&]() -> Result<std::vector<Position>> {
    const auto code = rd_kafka_committed(client.get(), list.get(), wait_ms(deadline));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return to_positions(*list);
    return failure(code, "cannot read the offsets of group " + group);
  });
}

Result<std::uint64_t> read_topic(const std::string& bootstrap, const std::string& topic, Deadline deadline,
                                 const std::function<bool(const Record&)>& each, ReadTo to) {
  DPCTL_TRY(auto conf, base_conf(bootstrap, "pipeline-reader"));
  DPCTL_CHECK(set(conf.get(), "group.id", "pipeline-reader"));
  DPCTL_CHECK(set(conf.get(), "enable.auto.commit", "false"));
  DPCTL_CHECK(set(conf.get(), "enable.partition.eof", "true"));
  DPCTL_CHECK(set(conf.get(), "auto.offset.reset", "earliest"));
  DPCTL_TRY(auto* raw, new_client(RD_KAFKA_CONSUMER, std::move(conf)));
  const Client client(raw);
  rd_kafka_poll_set_consumer(client.get());
  const std::string names[] = {topic};
  DPCTL_TRY(const auto ranges, list_ranges(client.get(), names, deadline));
  std::vector<Position> open;
  std::vector<std::int64_t> ends(ranges.size(), 0);
  std::size_t left = 0;
  for (const auto& range : ranges) {
    if (range.begin >= range.end) continue;
    open.push_back({.at = range.at, .offset = range.begin});
    ends[static_cast<std::size_t>(range.at.partition)] = range.end;
    ++left;
  }
  if (open.empty()) return std::uint64_t{0};
  const auto list = to_list(open);
  rd_kafka_assign(client.get(), list.get());
  std::uint64_t count = 0;
  while (left > 0) {
    if (deadline.passed())
      return fail(Code::timed_out, "{} was not read to its end in time ({} records so far)", topic, count);
    auto* message = rd_kafka_consumer_poll(client.get(), 200);
    if (message == nullptr) continue;
    const auto index = static_cast<std::size_t>(message->partition);
    bool more = true;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset < ends[index]) {
      ++count;
      more = each(to_record(*message));
      if (message->offset + 1 == ends[index]) ends[index] = 0, --left;
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && ends[index] > 0 &&
               (message->offset >= ends[index] || to == ReadTo::open_transaction)) {
      // The tail holds the markers of transactions only. An end before it is that of an open transaction:
      // what follows will be readable when it is over.
      ends[index] = 0, --left;
    }
    rd_kafka_message_destroy(message);
    if (!more) break;
  }
  return count;
}

}  // namespace dpctl::io
