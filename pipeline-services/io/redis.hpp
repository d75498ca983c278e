#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::io {

struct RedisOptions {
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string password{};
  int database = 0;
  /// Not empty: ask these for the address of `master` at each connect; host and port are not used.
  std::vector<std::pair<std::string, int>> sentinels{};
  std::string master = "mymaster";
  std::chrono::milliseconds timeout{2'000};
};

/// "redis://[user][:password]@host:port/db", percent-encoded password. Code::usage names what is wrong.
Result<RedisOptions> parse_redis_url(std::string_view url);
/// "host:port,host:port".
Result<std::vector<std::pair<std::string, int>>> parse_host_list(std::string_view list);

/// A value that replaces a smaller version only.
struct VersionedValue {
  std::string key;
  std::string value;
  std::int64_t time = 0;      ///< compared first
  int rank = 0;               ///< compared second: a finer interval is greater
  std::int64_t revision = 0;  ///< compared last
  int ttl_seconds = 0;        ///< 0: for ever
};

/// One connection, made when first needed and again after any error; after a failover the Sentinels are asked
/// anew, and so they are when the server answers READONLY. One thread at a time.
class Redis {
 public:
  explicit Redis(RedisOptions options);
  ~Redis();
  Redis(Redis&&) noexcept;
  Redis& operator=(Redis&&) noexcept;

  /// Writes each value unless the key holds the same or a greater version (one Lua call a key, pipelined).
  /// Returns how many were written. Repeating it is harmless.
  Result<std::size_t> put_newer(std::span<const VersionedValue> values);
  Result<std::optional<std::string>> get(std::string_view key);
  Result<void> ping();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::io
