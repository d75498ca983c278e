#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/io/pool.hpp"
#include "pipeline-services/io/postgres.hpp"

namespace dpctl::runtime {

/// Names of permissions; a key holds some of them.
namespace permission {
inline constexpr std::string_view kPrices = "prices:read";
inline constexpr std::string_view kCurves = "curves:read";
inline constexpr std::string_view kProjections = "projections:read";
inline constexpr std::string_view kCacheWrite = "cache:write";
inline constexpr std::string_view kValidate = "validate";
inline constexpr std::string_view kEnrich = "enrich";
inline constexpr std::string_view kKeysAdmin = "keys:admin";
inline constexpr std::string_view kAnyTenant = "tenants:any";
inline constexpr std::array<std::string_view, 8> kAll{kPrices,   kCurves, kProjections, kCacheWrite,
                                                      kValidate, kEnrich, kKeysAdmin,   kAnyTenant};
}  // namespace permission

/// Who asks.
struct Caller {
  std::string key_id, tenant;
  std::set<std::string, std::less<>> permissions;
  int rate_limit_per_minute = 0;  ///< 0: the service's default
  [[nodiscard]] bool may(std::string_view wanted) const { return permissions.contains(wanted); }
  /// A caller sees its own tenant; with "tenants:any" every one.
  [[nodiscard]] bool may_see(std::string_view other) const {
    return other == tenant || may(permission::kAnyTenant);
  }
};

/// HMAC-SHA256(pepper, key): what the table api_keys stores, in hexadecimal digits.
using KeyDigest = std::array<unsigned char, 32>;
KeyDigest key_digest(std::string_view pepper, std::string_view key);

/// A row of api_keys as it may be shown: there is no way back to the key.
struct KeyRow {
  std::string key_id, tenant, name, status, permissions;  ///< permissions with commas
  std::string created_at, expires_at, last_used_at;       ///< ISO 8601, empty when there is none
  int rate_limit_per_minute = 0;
};

struct NewKey {
  std::string key_id, tenant, name;
  std::vector<std::string> permissions;
  std::optional<long> expires_in_seconds{};
  int rate_limit_per_minute = 0;
};

/// The table api_keys. Thread-safe; each call borrows a connection and blocks. Unnamed statements only, so it
/// works through a transaction-pooling pgBouncer.
class KeyTable {
 public:
  KeyTable(std::string dsn, io::PoolLimits limits);
  void warm();

  struct Found {
    Caller caller;
    std::chrono::seconds left;  ///< until it expires; at most an hour
  };
  /// Active keys that have not expired only.
  Result<std::optional<Found>> find(const KeyDigest& digest);
  /// Notes that the key was used, at most once a minute.
  Result<void> touch(const std::string& key_id);
  /// Unless there is any key.
  Result<void> store_bootstrap_key(const KeyDigest& digest, const std::string& tenant);

  Result<void> create(const NewKey& key, const KeyDigest& digest);
  /// Of one tenant; an empty `key_id` means all.
  Result<std::vector<KeyRow>> list(const std::string& tenant, const std::string& key_id);
  /// False when the tenant has no such key. Revoking twice is harmless.
  Result<bool> revoke(const std::string& tenant, const std::string& key_id);

 private:
  Result<std::vector<io::PostgresRow>> query(const char* sql, std::span<const std::string> parameters);
  io::Pool<io::Postgres> pool_;
};

}  // namespace dpctl::runtime
