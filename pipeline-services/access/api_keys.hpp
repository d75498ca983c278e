#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pipeline-services/access/key_table.hpp"
#include "pipeline-services/io/http_message.hpp"
#include "pipeline-services/runtime/log.hpp"

namespace dpctl::runtime {

/// From X-API-Key or Authorization: Bearer; empty when there is none.
std::string_view api_key_of(const io::HttpRequest& request);

/// API keys as PostgreSQL knows them, remembered for at most a minute and never past their expiry, unknown
/// ones for five seconds. A change is heard at once (NOTIFY); while nothing can be heard a key is asked for
/// again each second. Thread-safe.
class ApiKeys {
 public:
  struct Options {
    std::string dsn;         ///< empty: no key is valid, and that is said
    std::string listen_dsn;  ///< a direct connection; empty: as `dsn`
    std::string pepper, bootstrap_key, bootstrap_tenant;
    io::PoolLimits pool{};
  };
  ApiKeys(Options options, const Log& log);
  /// Opens the pool's least connections and begins to listen.
  void start();

  struct Known {
    std::shared_ptr<const Caller> caller{};  ///< nullptr: the key is known to be no good
  };
  /// What is remembered of a key; nothing when PostgreSQL has to be asked. Does not block.
  [[nodiscard]] std::optional<Known> known(std::string_view key) const;
  /// Blocks when the key is not remembered. Code::denied when it is missing, unknown, revoked or expired;
  /// another code when PostgreSQL does not answer.
  Result<std::shared_ptr<const Caller>> authenticate(std::string_view key);

  [[nodiscard]] KeyDigest digest_of(std::string_view key) const { return key_digest(options_.pepper, key); }
  KeyTable& table() { return table_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    KeyDigest digest{};
    std::shared_ptr<const Caller> caller{};
    Clock::time_point asked{}, until{};
  };
  Result<std::shared_ptr<const Caller>> ask(const KeyDigest& digest);
  void remember(const KeyDigest& digest, std::shared_ptr<const Caller> caller, std::chrono::seconds span,
                std::uint64_t changes);
  void changed(std::string_view key_id);
  void set_listening(bool listening);

  Options options_;
  const Log& log_;
  KeyTable table_;
  std::atomic<bool> bootstrapped_{false}, listening_{false};
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uint64_t, Entry> entries_;  ///< by the first bytes of the digest
  std::uint64_t changes_ = 0;                         ///< counts what was heard
  std::unique_ptr<io::PostgresListener> listener_;
};

}  // namespace dpctl::runtime
