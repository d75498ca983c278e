#pragma once

#include "pipeline-services/io/pool.hpp"
#include "pipeline-services/projection/served_tables.hpp"
#include "pipeline-services/projection/single_flight.hpp"
#include "pipeline-services/projection/value_cache.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// Served values: memory, then Redis, then ClickHouse, which is the truth: a value whose time in Redis ran
/// out is read there and put back, so it never is a 404. Thread-safe.
class ServedStore {
 public:
  using Value = ValueCache::Value;
  /// Told of every value that became the newest on any replica, on the subscription's thread.
  using Follower = std::function<void(const Value&)>;

  ServedStore(io::RedisOptions redis, io::PoolLimits redis_limits, ServedTables& tables, int ttl_seconds,
              Metrics& metrics);
  /// Opens the pools' least connections and begins to hear of updates.
  void start(Follower follower);
  /// No follower is told anything after this.
  void stop() { subscription_.reset(); }

  /// From memory alone; never blocks for long.
  [[nodiscard]] ValueCache::Found known(std::string_view redis_key) const { return cache_.find(redis_key); }

  struct Answer {
    Value value{};            ///< nullptr: there is none
    std::string_view source;  ///< "memory", "redis", "clickhouse"
  };
  /// Blocks. Askers of one key share one way to the stores.
  Result<Answer> find(const ServedKey& key);

  /// Forgets what Redis and the memory of all replicas hold of a tenant, or of one of its instruments.
  /// Returns how many keys Redis had.
  Result<std::size_t> invalidate(const std::string& tenant, const std::string& instrument);

  /// Up to a tenth longer than the setting, by key, so that values written together do not run out together.
  [[nodiscard]] int ttl_of(const std::string& key) const;
  [[nodiscard]] std::size_t remembered() const { return cache_.size(); }
  [[nodiscard]] bool hears_updates() const { return listening_; }
  io::Pool<io::Redis>& redis() { return redis_; }

 private:
  Result<Answer> read(const ServedKey& key, const std::string& redis_key);
  void heard(std::string_view message);

  io::RedisOptions options_;
  io::Pool<io::Redis> redis_;
  ServedTables& tables_;
  int ttl_;
  Metrics& metrics_;
  ValueCache cache_;
  SingleFlight<Result<Answer>> flights_;
  Follower follower_;
  std::atomic<bool> listening_{false};
  std::unique_ptr<io::RedisSubscription> subscription_;
};

}  // namespace dpctl::runtime
