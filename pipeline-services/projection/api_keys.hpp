#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "pipeline-services/io/http_server.hpp"
#include "pipeline-services/io/postgres.hpp"
#include "pipeline-services/runtime/log.hpp"

namespace dpctl::runtime {

/// Who asks.
struct Caller {
  std::string key_id, tenant;
  std::set<std::string, std::less<>> permissions;
  /// A caller sees its own tenant; with "tenants:any" every one.
  [[nodiscard]] bool may_see(std::string_view other) const {
    return other == tenant || permissions.contains("tenants:any");
  }
};

/// HMAC-SHA256(pepper, key), 64 hexadecimal digits: what the table api_keys stores.
std::string api_key_hash(std::string_view pepper, std::string_view key);
/// From X-API-Key or Authorization: Bearer; empty when there is none.
std::string_view api_key_of(const io::HttpRequest& request);

/// API keys in PostgreSQL, remembered for at most a minute (never past their expiry), unknown ones for five
/// seconds. Thread-safe.
class ApiKeys {
 public:
  ApiKeys(const std::string& dsn, std::string pepper, std::string bootstrap_key, std::string bootstrap_tenant,
          const Log& log);

  /// Code::denied when the key is missing, unknown, revoked or expired; another code when PostgreSQL does not
  /// answer.
  Result<Caller> authenticate(const io::HttpRequest& request);

 private:
  using Clock = std::chrono::steady_clock;
  struct Known {
    std::optional<Caller> caller;
    Clock::time_point until;
  };
  Result<void> store_bootstrap_key();
  Result<Known> look_up(const std::string& hash);

  std::mutex mutex_;
  io::Postgres postgres_;
  bool configured_;
  std::string pepper_, bootstrap_key_, bootstrap_tenant_;
  bool bootstrapped_ = false;
  const Log& log_;
  std::map<std::string, Known> known_;
};

}  // namespace dpctl::runtime
