#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "pipeline-services/core/enrich.hpp"
#include "pipeline-services/io/pool.hpp"
#include "pipeline-services/io/postgres.hpp"
#include "pipeline-services/io/redis.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// Rows of instruments for those that a process does not remember: Redis in one round trip, then PostgreSQL
/// in one for what Redis does not have. What is written to Redis carries the time at which PostgreSQL was
/// read, so that of two readers the later one wins. Thread-safe.
class MetadataSource {
 public:
  struct Options {
    std::string dsn;
    io::PoolLimits pool{};
    io::RedisOptions redis{};
    int ttl_seconds = 1800;  ///< in Redis
  };
  MetadataSource(Options options, Metrics& metrics);
  void warm();

  using Wanted = std::pair<std::string, std::string>;  ///< tenant, instrument
  /// Adds what was found to `rows`; an instrument without a row is no error.
  Result<void> fetch(const std::vector<Wanted>& wanted, pipeline::MetadataRows& rows);
  /// All rules: the built-in ones, and those of the tables, which go before built-in ones with the same
  /// tenant and token.
  Result<pipeline::TaxonomyRules> rules();
  /// The row has changed: for the next seconds Redis is not believed about it.
  void changed(const std::string& tenant, const std::string& instrument);
  void all_changed();
  Result<void> ping();

 private:
  using Clock = std::chrono::steady_clock;
  bool believed(const Wanted& wanted);
  std::vector<Wanted> from_redis(const std::vector<Wanted>& wanted, pipeline::MetadataRows& rows);
  Result<void> from_postgres(const std::vector<Wanted>& wanted, pipeline::MetadataRows& rows);
  void to_redis(const std::vector<io::VersionedValue>& values);

  Options options_;
  Metrics& metrics_;
  io::Pool<io::Postgres> postgres_;
  std::mutex mutex_;
  io::Redis redis_;
  std::map<Wanted, Clock::time_point> distrusted_;
  Clock::time_point distrust_all_until_{}, redis_down_until_{};
};

}  // namespace dpctl::runtime
