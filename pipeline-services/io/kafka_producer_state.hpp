#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/io/kafka_config.hpp"

namespace dpctl::io {

struct Producer::State {
  explicit State(ProducerOptions o)
      : options(std::move(o)), transactional(!options.transactional_id.empty()) {}
  ~State() { close(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const ProducerOptions options;
  const bool transactional;
  rd_kafka_t* client = nullptr;
  bool open = false;          // a transaction
  bool offsets_sent = false;  // into it: a commit that timed out goes on behind them
  std::chrono::steady_clock::time_point ended{};  // the last transaction
  std::atomic<std::uint64_t> sent{0}, failed{0};
  std::uint64_t failed_seen = 0;
  std::mutex mutex;  // guards the two below
  std::string last_failure;
  std::map<std::string, rd_kafka_topic_t*, std::less<>> topics;

  /// Makes the client of these options.
  Result<void> open_client();
  /// Ends it; what an open transaction holds is lost on purpose: nobody committed it.
  void close();

  rd_kafka_topic_t* topic(std::string_view name) {
    const std::scoped_lock lock(mutex);
    const auto found = topics.find(name);
    if (found != topics.end()) return found->second;
    const std::string owned(name);
    return topics.emplace(owned, rd_kafka_topic_new(client, owned.c_str(), nullptr)).first->second;
  }

  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    auto& self = *static_cast<State*>(opaque);
    const std::scoped_lock lock(self.mutex);
    self.last_failure =
        fmt::format("{}: {}", rd_kafka_topic_name(message->rkt), rd_kafka_err2str(message->err));
    self.failed.fetch_add(1, std::memory_order_release);
  }
};

namespace detail {
/// An error of a producer, in the terms of class Producer: what is left to do after it.
Failure producer_failure(rd_kafka_t* client, rd_kafka_resp_err_t code, const std::string& what,
                         bool transactional);
}  // namespace detail

}  // namespace dpctl::io
