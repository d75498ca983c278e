#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/io/clickhouse_native.hpp"
#include "pipeline-services/io/kafka.hpp"
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
  Outbox(io::Producer& producer, io::ClickHouse& clickhouse, Metrics& metrics, OutboxOptions options)
      : producer_(producer), clickhouse_(clickhouse), metrics_(metrics), options_(std::move(options)) {}

  // What stages use.

  Result<void> send(std::string_view topic, std::string_view key, std::string_view value);
  /// A dead letter; counted by `issue`.
  Result<void> dead(std::string_view topic, std::string_view key, std::string_view value,
                    std::string_view issue);
  /// The rows of a table, to append to with the functions of rows.hpp. Count each with added().
  io::RowBlock& rows(std::string_view table);
  void added(std::string_view table);
  /// Stores the rows and waits for Kafka's acknowledgements.
  Result<void> flush(Deadline deadline);

  // What the loop uses.

  /// Which effects are wanted of what a stage puts in. Records that are read again have had some already.
  enum class Effects : std::uint8_t { all, rows_only, none };
  void want(Effects effects);
  /// Sent along as W3C trace context with each message until it is changed; empty: none.
  void trace(std::string traceparent) { traceparent_ = std::move(traceparent); }

  [[nodiscard]] std::size_t waiting_rows() const { return waiting_; }
  [[nodiscard]] std::size_t waiting_bytes() const;
  [[nodiscard]] bool sent_anything() const { return sent_; }

  /// Inserts the rows, table by table. What is sent once is sealed: after an error the same bytes go again
  /// under the same token, so that an insert whose answer was lost is dropped by the server, and rows that
  /// came meanwhile wait for the next block. `sources`: "topic/partition:first-last" of the records behind
  /// the rows, for the token.
  Result<void> store_rows(std::string_view sources);
  /// Waits for Kafka's acknowledgements.
  Result<void> await_messages(Deadline deadline);
  /// Drops all rows: what they came from will be read again.
  void forget();

 private:
  struct Sealed {
    std::string columns, native, token;
    std::size_t rows = 0;
  };
  struct Table {
    std::string name;  ///< as it is called in the database
    io::RowBlock open;
    io::RowBlock unwanted;  ///< takes what Effects::none drops
    Sealed sealed;
  };
  Table& table(std::string_view name);
  void seal(Table& table, std::string_view sources) const;
  Result<void> insert(Table& table);

  io::Producer& producer_;
  io::ClickHouse& clickhouse_;
  Metrics& metrics_;
  OutboxOptions options_;
  std::map<std::string, Table, std::less<>> tables_;
  std::string topic_, traceparent_;
  Effects effects_ = Effects::all;
  std::size_t waiting_ = 0;
  std::uint64_t unacknowledged_ = 0;
  bool sent_ = false;
};

}  // namespace dpctl::runtime
