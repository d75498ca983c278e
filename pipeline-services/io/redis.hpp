#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "lib/base/deadline.hpp"
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

  [[nodiscard]] bool newer_than(const VersionedValue& other) const {
    return std::tie(time, rank, revision) > std::tie(other.time, other.rank, other.revision);
  }
};

/// "time rank revision\nvalue", as put_newer() stores it; nothing when the text is not of that form.
std::optional<VersionedValue> parse_versioned(std::string_view key, std::string_view stored);

/// One connection, made when first needed and again after any error. With Sentinels their word is checked: a
/// server that says it is a replica is not used, so neither a write nor a read goes to a primary of the past
/// that has been demoted. One thread at a time.
class Redis {
 public:
  explicit Redis(RedisOptions options);
  ~Redis();
  Redis(Redis&&) noexcept;
  Redis& operator=(Redis&&) noexcept;

  /// Writes each value unless the key holds the same or a greater version (one Lua call a key, pipelined).
  /// What was written is published to `channel` as "key\n" and the stored text, unless `channel` is empty.
  /// Returns how many were written. Repeating it is harmless.
  Result<std::size_t> put_newer(std::span<const VersionedValue> values, std::string_view channel = {});
  Result<std::optional<VersionedValue>> get_versioned(const std::string& key);
  /// Plain values, in the order of the keys.
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys);
  /// Plain values that last `ttl_seconds`, pipelined.
  Result<void> set_many(std::span<const std::pair<std::string, std::string>> values, int ttl_seconds);
  /// Deletes the keys that match a glob and are wanted, by SCAN in small steps; returns how many.
  Result<std::size_t> remove_matching(std::string_view glob,
                                      const std::function<bool(std::string_view)>& wanted);
  Result<std::size_t> remove(std::span<const std::string> keys);
  Result<void> publish(std::string_view channel, std::string_view message);
  /// Runs a Lua script that answers integers. It is sent once to each server, then known by its hash.
  Result<std::vector<std::int64_t>> run(std::string_view script, std::span<const std::string> keys,
                                        std::span<const std::string> arguments);
  Result<void> ping();

 private:
  friend class RedisSubscription;
  struct State;
  std::unique_ptr<State> state_;
};

/// `text` with the characters that a glob of Redis treats as special escaped.
std::string redis_glob_escape(std::string_view text);

/// Listens to one channel on a thread and a connection of its own; connects again after any loss, at the
/// primary that the Sentinels name then.
class RedisSubscription {
 public:
  struct Callbacks {
    std::function<void(std::string_view message)> message;
    /// True once the server has confirmed the subscription; false when it was lost, so that what is known
    /// only through messages is not trusted. Both on the subscription's thread.
    std::function<void(bool)> listening;
  };
  RedisSubscription(RedisOptions options, std::string channel, Callbacks callbacks);
  ~RedisSubscription();
  RedisSubscription(const RedisSubscription&) = delete;
  RedisSubscription& operator=(const RedisSubscription&) = delete;

 private:
  void run(const StopToken& stop);
  void listen(const StopToken& stop);
  RedisOptions options_;
  std::string channel_;
  Callbacks callbacks_;
  std::jthread thread_;
};

}  // namespace dpctl::io
