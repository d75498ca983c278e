#pragma once

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pipeline-services/core/enrich.hpp"
#include "pipeline-services/io/postgres.hpp"
#include "pipeline-services/runtime/log.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// The catalog of instruments and rules as PostgreSQL holds it, kept in this process: one query for all
/// unknown instruments of a batch, none for known ones (also those known to be absent) until their time is
/// over.
class Taxonomy {
 public:
  /// An empty `dsn`: the built-in rules alone. `log` and `metrics` outlive it.
  Taxonomy(const std::string& dsn, std::chrono::seconds rules_ttl, std::chrono::seconds instrument_ttl,
           Metrics& metrics, const Log& log);

  /// The catalog with what these (tenant, instrument) pairs need. Without an answer from PostgreSQL it is the
  /// catalog as it was; what is missing is asked for again with the next batch.
  const pipeline::Catalog& with(const std::vector<std::pair<std::string, std::string>>& instruments);

 private:
  using Clock = std::chrono::steady_clock;
  Result<void> read_rules();
  Result<void> read_instruments(const std::vector<std::pair<std::string, std::string>>& wanted);
  void complain(const Error& error);

  io::Postgres postgres_;
  bool connected_;
  std::chrono::seconds rules_ttl_, instrument_ttl_;
  Metrics& metrics_;
  const Log& log_;
  pipeline::Catalog catalog_;
  std::set<std::pair<std::string, std::string>> asked_;
  Clock::time_point rules_until_{}, instruments_until_{}, silent_until_{};
};

}  // namespace dpctl::runtime
