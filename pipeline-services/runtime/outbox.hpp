#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/io/clickhouse_native.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/runtime/inserter.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

struct OutboxOptions {
  std::string service;         ///< begins the deduplication tokens
  std::string topic_suffix{};  ///< appended to every topic written: a shadow of the live one
  std::string table_suffix{};  ///< appended to every table written
};

/// Where a stage puts what it made: messages leave at once (into the open transaction when there is one),
/// rows wait for the next flush. What is in it is safe only after the loop has flushed and committed. Main
/// loop's thread only.
class Outbox {
 public:
  /// Which effects are wanted of what a stage puts in. Records that are read again have had some already.
  enum class Effects : std::uint8_t { all, rows_only, none };

  Outbox(io::Producer& producer, const io::ClickHouseOptions& clickhouse, Metrics& metrics,
         OutboxOptions options)
      : producer_(producer),
        metrics_(metrics),
        options_(std::move(options)),
        inserter_(clickhouse, metrics) {}

  // What stages use.

  Result<void> send(std::string_view topic, std::string_view key, std::string_view value);
  /// A dead letter; counted by `issue`.
  Result<void> dead(std::string_view topic, std::string_view key, std::string_view value,
                    std::string_view issue);
  /// The rows of a table, to append to with the functions of rows.hpp. Count each with added().
  io::RowBlock& rows(std::string_view table);
  void added(std::string_view table);

  /// While one lives, what is put in was put in before, and noted in the transaction of its messages: they
  /// are visible and are dropped. (Without transactions they may not be, and repeat.)
  class Again {
   public:
    explicit Again(Outbox& out) : out_(out), before_(out.effects_) {
      if (before_ == Effects::all && out.producer_.transactional()) out.effects_ = Effects::rows_only;
    }
    ~Again() { out_.effects_ = before_; }
    Again(const Again&) = delete;
    Again& operator=(const Again&) = delete;

   private:
    Outbox& out_;
    Effects before_;
  };

  // What the loop uses.

  void want(Effects effects);
  /// Sent along as W3C trace context with each message until it is changed; empty: none.
  void trace(std::string traceparent) { traceparent_ = std::move(traceparent); }

  /// Rows that are not sealed.
  [[nodiscard]] std::size_t waiting_rows() const { return waiting_; }
  [[nodiscard]] std::size_t waiting_bytes() const;
  [[nodiscard]] bool sent_anything() const { return sent_; }

  /// Gives all rows to the inserter, which has no lot. `sources`: "topic/partition:first-last" of the records
  /// behind the rows, for the token.
  void seal(std::string_view sources);
  [[nodiscard]] Inserter& inserter() { return inserter_; }
  [[nodiscard]] const Inserter& inserter() const { return inserter_; }
  /// While it holds, messages wait for send_held().
  void hold(bool on) { holding_ = on; }
  Result<void> send_held();
  /// Waits for Kafka's acknowledgements.
  Result<void> await_messages(Deadline deadline);
  /// Drops all rows and what is held: what they came from will be read again. Waits for an insert that is
  /// under way.
  void forget();

 private:
  struct Table {
    std::string name;  ///< as it is called in the database
    io::RowBlock open;
    io::RowBlock unwanted;  ///< takes what Effects::none drops
  };
  struct Held {
    std::string topic, key, value;
  };
  Table& table(std::string_view name);
  SealedBlock sealed(Table& table, std::string_view sources) const;

  io::Producer& producer_;
  Metrics& metrics_;
  OutboxOptions options_;
  Inserter inserter_;
  std::map<std::string, Table, std::less<>> tables_;
  std::vector<Held> held_;
  std::string topic_, traceparent_;
  Effects effects_ = Effects::all;
  std::size_t waiting_ = 0;
  std::uint64_t unacknowledged_ = 0;
  bool sent_ = false;
  bool holding_ = false;
};

}  // namespace dpctl::runtime
