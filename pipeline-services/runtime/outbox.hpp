#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// Where a stage puts what it made: messages leave at once, rows wait for the next flush. What is in it is
/// safe only after flush() said yes, and only then may the offsets of its sources be committed. Main loop's
/// thread only.
class Outbox {
 public:
  Outbox(io::Producer& producer, io::ClickHouse& clickhouse, Metrics& metrics)
      : producer_(producer), clickhouse_(clickhouse), metrics_(metrics) {}

  Result<void> send(std::string_view topic, std::string_view key, std::string_view value);
  /// A dead letter; counted by `issue`.
  Result<void> dead(std::string_view topic, std::string_view key, std::string_view value,
                    std::string_view issue);
  /// The rows of a table, as JSONEachRow text to append to. Count each with added().
  std::string& rows(std::string_view table) { return tables_[std::string(table)].text; }
  void added(std::string_view table) {
    ++tables_[std::string(table)].count;
    ++waiting_;
  }

  [[nodiscard]] std::size_t waiting_rows() const { return waiting_; }
  [[nodiscard]] bool sent_anything() const { return sent_; }

  /// Inserts the rows and waits for Kafka's acknowledgements. After an error what was stored is forgotten and
  /// the rest stays, so that calling it again repeats only what is missing. Rows that are inserted twice (the
  /// answer was lost) are dropped by the server: the token is the hash of the rows.
  Result<void> flush(Deadline deadline);

 private:
  struct Table {
    std::string text;
    std::size_t count = 0;
  };
  Result<void> insert(const std::string& name, Table& table);
  io::Producer& producer_;
  io::ClickHouse& clickhouse_;
  Metrics& metrics_;
  std::map<std::string, Table, std::less<>> tables_;
  std::size_t waiting_ = 0;
  std::uint64_t unacknowledged_ = 0;
  bool sent_ = false;
};

}  // namespace dpctl::runtime
