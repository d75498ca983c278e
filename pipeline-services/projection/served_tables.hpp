#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/io/pool.hpp"
#include "pipeline-services/projection/served_key.hpp"

namespace dpctl::runtime {

struct BarQuery {
  std::string tenant, instrument;
  pipeline::Interval interval = pipeline::Interval::m5;
  pipeline::Micros from = 0, to = 0;  ///< half-open, by the bars' start
  int limit = 0;
};

/// The served tables in ClickHouse: the truth behind Redis, lists, and bars. Thread-safe; each call borrows a
/// connection and blocks for its answer.
class ServedTables {
 public:
  ServedTables(const io::ClickHouseOptions& options, io::PoolLimits limits);
  void warm();

  /// Nothing when there is no such value.
  Result<std::optional<io::VersionedValue>> find(const ServedKey& key);
  /// Latest prices of a tenant as JSON objects, by instrument, at most `limit`, those after `after` only.
  Result<std::vector<std::string>> list_prices(const std::string& tenant, const std::string& after,
                                               int limit);
  /// Curve snapshots of a tenant; an empty instrument or horizon means all.
  Result<std::vector<std::string>> list_curves(const std::string& tenant, const std::string& instrument,
                                               const std::string& horizon, int limit);
  /// Bars as JSON objects, oldest first.
  Result<std::vector<std::string>> bars(const BarQuery& query);

 private:
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  Result<std::vector<std::string>> lines(const std::string& sql, const Parameters& parameters);
  Result<std::vector<pipeline::LatestPrice>> prices(const std::string& rest, const Parameters& parameters);
  io::Pool<io::ClickHouse> pool_;
};

}  // namespace dpctl::runtime
