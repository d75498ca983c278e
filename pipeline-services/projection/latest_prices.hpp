#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline-services/core/project.hpp"
#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// Latest prices as ClickHouse holds them: what is served when Redis has forgotten one, and lists.
class LatestPrices {
 public:
  explicit LatestPrices(io::ClickHouseOptions options) : clickhouse_(std::move(options)) {}
  /// Nothing when there is no price of that instrument.
  Result<std::optional<pipeline::LatestPrice>> find(const std::string& tenant, const std::string& instrument);
  /// By instrument, at most `limit`.
  Result<std::vector<pipeline::LatestPrice>> list(const std::string& tenant, int limit);

 private:
  Result<std::vector<pipeline::LatestPrice>> read(
      const std::string& condition, const std::vector<std::pair<std::string, std::string>>& parameters);
  io::ClickHouse clickhouse_;
};

}  // namespace dpctl::runtime
