// An idempotent producer on librdkafka's C interface: the broker drops what a retry sends twice.
#include <array>

#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/io/kafka_config.hpp"
#include "pipeline-services/io/kafka_producer_state.hpp"

namespace dpctl::io {

using namespace detail;

namespace {

constexpr std::chrono::duration<int, std::milli> kBetweenTries{5};  // while the queue is full

rd_kafka_headers_t* to_headers(std::span<const Header> headers) {
  if (headers.empty()) return nullptr;
  rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
  for (const auto& header : headers)
    rd_kafka_header_add(list, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  return list;
}

}  // namespace

Producer::Producer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Producer::~Producer() = default;

void Producer::State::close() {
  if (client == nullptr) return;
  if (transactional) rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client, 2000);
  for (const auto& [name, topic] : topics) rd_kafka_topic_destroy(topic);
  topics.clear();
  rd_kafka_destroy(client);
  client = nullptr;
}

Result<void> Producer::State::open_client() {
  DPCTL_TRY(auto conf, base_conf(options.bootstrap, options.client_id));
  const std::pair<const char*, std::string> settings[] = {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"compression.type", "lz4"},
      {"linger.ms", std::to_string(options.linger_ms)},
      {"batch.size", "1000000"},
      {"queue.buffering.max.kbytes", "65536"},
      {"queue.buffering.max.messages", "1000000"},  // the bytes are the bound
      {"partitioner", "murmur2_random"},            // where Java's clients put the same key
  };
  for (const auto& [name, value] : settings) DPCTL_CHECK(set(conf.get(), name, value));
  if (transactional) {
    // The library bounds message and socket timeouts by the transaction's.
    DPCTL_CHECK(set(conf.get(), "transactional.id", options.transactional_id));
    DPCTL_CHECK(set(conf.get(), "transaction.timeout.ms", std::to_string(options.transaction_timeout_ms)));
    // What a coordinator refuses while it ends the last transaction is asked again soon.
    DPCTL_CHECK(set(conf.get(), "retry.backoff.ms", "10"));
  } else {
    DPCTL_CHECK(set(conf.get(), "message.timeout.ms", "300000"));
  }
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &State::on_delivery);
  std::array<char, 512> why{};
  client = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), why.data(), why.size());
  if (client == nullptr) return fail(Code::usage, "cannot make a kafka producer: {}", why.data());
  conf.release();  // NOLINT(bugprone-unused-return-value): the client owns it now
  return {};
}

Result<std::unique_ptr<Producer>> Producer::open(const ProducerOptions& options) {
  auto state = std::make_unique<State>(options);
  DPCTL_CHECK(state->open_client());
  return std::unique_ptr<Producer>(new Producer(std::move(state)));
}

Result<void> Producer::send(std::string_view topic, std::optional<std::string_view> key,
                            std::string_view value, std::span<const Header> headers,
                            std::int64_t timestamp_ms) {
  if (state_->transactional && !state_->open) DPCTL_CHECK(begin());
  auto* const to = state_->topic(topic);
  const char* const key_bytes = key ? key->data() : nullptr;
  const std::size_t key_size = key ? key->size() : 0;
  for (;;) {
    rd_kafka_headers_t* list = to_headers(headers);
    const auto code = rd_kafka_producev(
        state_->client, RD_KAFKA_V_RKT(to), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key_bytes, key_size), RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
        RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (list != nullptr) rd_kafka_headers_destroy(list);
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      return producer_failure(state_->client, code, fmt::format("cannot send to {}", topic),
                              state_->transactional);
    rd_kafka_poll(state_->client, kBetweenTries.count());
  }
  // Reports of delivery are taken many at once: each look at them costs as much as a message.
  constexpr std::uint64_t kBetweenLooks = 128;  // messages
  if (state_->sent.fetch_add(1, std::memory_order_relaxed) % kBetweenLooks == 0)
    rd_kafka_poll(state_->client, 0);
  return {};
}

Result<void> Producer::flush(Deadline deadline) {
  const auto code = rd_kafka_flush(state_->client, static_cast<int>(deadline.left().count()));
  const auto failed = state_->failed.load(std::memory_order_acquire);
  if (failed != state_->failed_seen) {
    const auto lost = failed - std::exchange(state_->failed_seen, failed);
    const std::scoped_lock lock(state_->mutex);
    return fail(Code::failed, "{} messages were not delivered, the last: {}", lost, state_->last_failure);
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return failure(code, fmt::format("{} messages wait for kafka", queued()));
}

std::uint64_t Producer::failed() const { return state_->failed; }
std::size_t Producer::queued() const { return static_cast<std::size_t>(rd_kafka_outq_len(state_->client)); }

}  // namespace dpctl::io
