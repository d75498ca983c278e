// Transactions of a producer. librdkafka says of each error whether the call may be repeated, the transaction
// must be aborted, or the producer is finished; that becomes the error's code and `retryable`.
#include <array>
#include <memory>
#include <thread>

#include "pipeline-services/io/fault_point.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/io/kafka_config.hpp"
#include "pipeline-services/io/kafka_producer_state.hpp"

namespace dpctl::io {

using namespace detail;

namespace {

struct ErrorDelete {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using KafkaError = std::unique_ptr<rd_kafka_error_t, ErrorDelete>;

bool is_fencing(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH ||
         code == RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED;
}

Failure fenced(const std::string& what, const std::string& why) {
  return fail(Code::conflict,
              "{}: fenced, another process has this one's name or its transaction ran out: {}", what, why)
      .hint("each replica needs a DATA_PROC_KAFKA_GROUP_INSTANCE_ID of its own (default: the host name)");
}

Result<void> result_of(rd_kafka_error_t* raw, const std::string& what) {
  if (raw == nullptr) return {};
  const KafkaError error(raw);
  const auto code = rd_kafka_error_code(raw);
  const std::string why = fmt::format("{} ({})", rd_kafka_error_string(raw), rd_kafka_error_name(raw));
  if (rd_kafka_error_txn_requires_abort(raw) != 0) return fail(Code::unhealthy, "{}: {}", what, why);
  if (is_fencing(code)) return fenced(what, why);
  if (rd_kafka_error_is_fatal(raw) != 0) return fail(Code::failed, "{}: {}", what, why);
  if (rd_kafka_error_is_retriable(raw) != 0 || code == RD_KAFKA_RESP_ERR__TIMED_OUT)
    return fail(Code::timed_out, "{}: {}", what, why).retryable();
  return failure(code, what);
}

// After its answer to EndTxn the coordinator still writes the markers, and refuses to begin the next
// transaction meanwhile (CONCURRENT_TRANSACTIONS); the library then asks again after 20 ms.
constexpr std::chrono::milliseconds kMarkers{10};

// Long enough for the library's threads to wake up and send what lingers.
constexpr int kWakeMs = 1;

int wait_ms(Deadline deadline) { return static_cast<int>(deadline.left().count()); }

}  // namespace

namespace detail {

Failure producer_failure(rd_kafka_t* client, rd_kafka_resp_err_t code, const std::string& what,
                         bool transactional) {
  std::array<char, 256> text{};
  if (const auto fatal = rd_kafka_fatal_error(client, text.data(), text.size());
      fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (is_fencing(fatal)) return fenced(what, text.data());
    return fail(Code::failed, "{}: {}", what, text.data());
  }
  // In a transaction that has gone wrong, everything but abort() is refused with this code.
  if (transactional && (code == RD_KAFKA_RESP_ERR__STATE || code == RD_KAFKA_RESP_ERR__PURGE_QUEUE))
    return fail(Code::unhealthy, "{}: the transaction has failed", what);
  return failure(code, what);
}

}  // namespace detail

bool Producer::transactional() const { return state_->transactional; }
bool Producer::in_transaction() const { return state_->open; }

Result<void> Producer::claim(Deadline deadline) {
  return result_of(rd_kafka_init_transactions(state_->client, wait_ms(deadline)),
                   "cannot begin to write in transactions");
}

Result<void> Producer::begin() {
  std::this_thread::sleep_until(state_->ended + kMarkers);
  DPCTL_CHECK(result_of(rd_kafka_begin_transaction(state_->client), "cannot begin a transaction"));
  state_->open = true;
  return {};
}

Result<void> Producer::commit(std::span<const Position> positions, const GroupMember& member,
                              Deadline deadline) {
  if (!state_->open && positions.empty()) return {};
  if (!state_->open) DPCTL_CHECK(begin());
  // The messages leave now, so that they are on their way while the offsets are.
  rd_kafka_flush(state_->client, kWakeMs);
  if (!positions.empty() && !state_->offsets_sent) {
    const auto list = to_list(positions);
    const auto* group = static_cast<const rd_kafka_consumer_group_metadata_t*>(member.metadata());
    DPCTL_CHECK(
        result_of(rd_kafka_send_offsets_to_transaction(state_->client, list.get(), group, wait_ms(deadline)),
                  "cannot commit kafka offsets"));
    state_->offsets_sent = true;
  }
  fault_point("between_offsets_and_end");
  DPCTL_CHECK(result_of(rd_kafka_commit_transaction(state_->client, wait_ms(deadline)),
                        "cannot commit a transaction"));
  state_->open = state_->offsets_sent = false;
  state_->ended = std::chrono::steady_clock::now();
  return {};
}

Result<void> Producer::abort(Deadline deadline) {
  if (!state_->open) return {};
  DPCTL_CHECK(
      result_of(rd_kafka_abort_transaction(state_->client, wait_ms(deadline)), "cannot abort a transaction"));
  state_->open = state_->offsets_sent = false;
  // What was not delivered, or was purged by the abort, was of this transaction: nobody misses it.
  state_->failed_seen = state_->failed.load(std::memory_order_acquire);
  return {};
}

Result<void> Producer::renew() {
  state_->close();
  state_->failed_seen = state_->failed.load(std::memory_order_acquire);
  return state_->open_client();
}

Result<void> Producer::clear_unstable(const std::string& topic, const GroupMember& member,
                                      Deadline deadline) {
  if (!state_->open) {
    DPCTL_CHECK(begin());
    // The offset of a partition that no topic has: the broker refuses it whenever it comes, also too late. By
    // then the group is in the transaction, and the mark of its end goes there. (A real one could be taken
    // after the abort.)
    constexpr std::int32_t kNoPartition = 1'000'000;
    const Position nowhere[] = {{.at = {topic, kNoPartition}, .offset = 0}};
    const auto list = to_list(nowhere);
    const auto* group = static_cast<const rd_kafka_consumer_group_metadata_t*>(member.metadata());
    const auto until = deadline.at_most(std::chrono::seconds(1));  // the library asks again and again
    const KafkaError refused(
        rd_kafka_send_offsets_to_transaction(state_->client, list.get(), group, wait_ms(until)));
  }
  return abort(deadline);
}

}  // namespace dpctl::io
