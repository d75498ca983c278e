#include "pipeline-services/io/kafka_config.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace dpctl::io {
namespace detail {

Result<void> set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) return {};
  return fail(Code::usage, "kafka: {}", why.data());
}

Result<Conf> base_conf(const std::string& bootstrap, const std::string& client_id) {
  Conf conf(rd_kafka_conf_new());
  DPCTL_CHECK(set(conf.get(), "bootstrap.servers", bootstrap));
  DPCTL_CHECK(set(conf.get(), "client.id", client_id));
  DPCTL_CHECK(set(conf.get(), "log_level", "0"));
  DPCTL_CHECK(set(conf.get(), "reconnect.backoff.max.ms", "2000"));
  DPCTL_CHECK(set(conf.get(), "broker.address.ttl", "1000"));
  return conf;
}

Failure failure(rd_kafka_resp_err_t code, const std::string& what) {
  Code ours = Code::failed;
  bool retryable = false;
  switch (code) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
      ours = Code::timed_out;
      retryable = true;
      break;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS: retryable = true; break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED: ours = Code::denied; break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: ours = Code::not_found; break;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID: ours = Code::conflict; break;
    default: break;
  }
  return fail(ours, "{}: {} ({})", what, rd_kafka_err2str(code), rd_kafka_err2name(code))
      .retryable(retryable);
}

List to_list(std::span<const TopicPartition> partitions) {
  List list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& at : partitions)
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
  return list;
}

List to_list(std::span<const Position> positions) {
  List list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const auto& position : positions) {
    auto* entry =
        rd_kafka_topic_partition_list_add(list.get(), position.at.topic.c_str(), position.at.partition);
    entry->offset = position.offset >= 0 ? position.offset : RD_KAFKA_OFFSET_INVALID;
    if (position.metadata.empty()) continue;
    // The library frees it with free(), so it must come from malloc.
    entry->metadata = std::malloc(position.metadata.size());
    if (entry->metadata == nullptr) std::abort();
    std::memcpy(entry->metadata, position.metadata.data(), position.metadata.size());
    entry->metadata_size = position.metadata.size();
  }
  return list;
}

std::vector<Position> to_positions(const rd_kafka_topic_partition_list_t& list) {
  std::vector<Position> positions;
  for (int i = 0; i < list.cnt; ++i) {
    const auto& entry = list.elems[i];
    Position position{.at = {entry.topic, entry.partition}, .offset = entry.offset >= 0 ? entry.offset : -1};
    if (entry.metadata != nullptr)
      position.metadata.assign(static_cast<const char*>(entry.metadata), entry.metadata_size);
    positions.push_back(std::move(position));
  }
  return positions;
}

Record to_record(const rd_kafka_message_t& message) {
  Record record{.topic = rd_kafka_topic_name(message.rkt),
                .partition = message.partition,
                .offset = message.offset,
                .timestamp_ms = rd_kafka_message_timestamp(&message, nullptr),
                .key = std::nullopt,
                .value = {static_cast<const char*>(message.payload), message.len}};
  if (message.key != nullptr)
    record.key = std::string_view(static_cast<const char*>(message.key), message.key_len);
  if (rd_kafka_headers_t* headers = nullptr;
      rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
      record.headers.emplace_back(name, std::string_view(static_cast<const char*>(value), size));
  }
  return record;
}

}  // namespace detail

std::string_view Record::header(std::string_view name) const {
  const auto found = std::find_if(headers.rbegin(), headers.rend(),
                                  [&](const auto& header) { return header.first == name; });
  return found == headers.rend() ? std::string_view{} : found->second;
}

}  // namespace dpctl::io
