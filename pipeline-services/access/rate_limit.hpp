#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "pipeline-services/io/pool.hpp"
#include "pipeline-services/io/redis.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// A token bucket per API key in Redis, shared by all replicas. A replica takes tokens in small lots (a tenth
/// of a second's worth, at least one), so a key with a large limit costs few round trips and one with a small
/// limit is counted exactly. When Redis does not answer requests pass, and are counted; it is asked again
/// after a second. Thread-safe.
class RateLimit {
 public:
  struct Options {
    int per_minute = 1000;  ///< of keys that have no limit of their own
    int burst_seconds = 6;  ///< a bucket holds as many tokens as come in this time, at least one
  };
  RateLimit(io::Pool<io::Redis>& redis, Options options, Metrics& metrics)
      : redis_(redis), options_(options), metrics_(metrics) {}

  struct Verdict {
    bool allowed = true;
    int limit = 0;             ///< tokens a minute
    int remaining = 0;         ///< tokens that were left, as far as this replica knows
    int seconds_to_token = 0;  ///< when refused: until the next token
  };
  /// Takes one token of what this replica holds; nothing when Redis has to be asked. Does not block.
  std::optional<Verdict> try_take(const std::string& key_id, int per_minute);
  /// Takes one token; blocks for Redis when this replica holds none.
  Verdict take(const std::string& key_id, int per_minute);
  /// What is left, without taking any.
  Verdict look(const std::string& key_id, int per_minute);

 private:
  using Clock = std::chrono::steady_clock;
  struct Lot {
    int held = 0;
    int behind = 0;  ///< tokens left in Redis when the lot was taken
    Clock::time_point until{};
  };
  [[nodiscard]] int limit_of(int per_minute) const {
    return per_minute > 0 ? per_minute : options_.per_minute;
  }
  [[nodiscard]] int capacity_of(int limit) const { return std::max(1, limit * options_.burst_seconds / 60); }
  Result<std::vector<std::int64_t>> ask(const std::string& key_id, int limit, int wanted);

  io::Pool<io::Redis>& redis_;
  Options options_;
  Metrics& metrics_;
  std::mutex mutex_;
  std::unordered_map<std::string, Lot> lots_;
  Clock::time_point open_until_{};  ///< Redis did not answer just now
};

}  // namespace dpctl::runtime
