#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "lib/base/result.hpp"
#include "pipeline-services/io/kafka.hpp"

namespace dpctl::io::detail {

/// Owning pointers for librdkafka's objects.
struct ConfDelete {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
struct ListDelete {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
struct QueueDelete {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDelete>;
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDelete>;
using Queue = std::unique_ptr<rd_kafka_queue_t, QueueDelete>;

Result<void> set(rd_kafka_conf_t* conf, const char* name, const std::string& value);
/// bootstrap servers, client id, and log lines dropped: what matters comes back as errors.
Result<Conf> base_conf(const std::string& bootstrap, const std::string& client_id);
/// Turns a code of the library into ours, with what was tried.
Failure failure(rd_kafka_resp_err_t code, const std::string& what);

List to_list(std::span<const TopicPartition> partitions);
List to_list(std::span<const Position> positions);
std::vector<Position> to_positions(const rd_kafka_topic_partition_list_t& list);
Record to_record(const rd_kafka_message_t& message);

}  // namespace dpctl::io::detail
