#include "pipeline-services/access/key_table.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <charconv>
#include <memory>
#include <stdexcept>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::runtime {
namespace {

constexpr const char* kFindSql =
    "SELECT key_id, tenant_id, array_to_string(permissions, ','), "
    // greatest() and least() pass over NULL, so a key that never expires needs a word of its own.
    "CASE WHEN expires_at IS NULL THEN '3600' "
    "ELSE least(3600, greatest(0, extract(epoch FROM expires_at - now())))::bigint::text END, "
    "coalesce(rate_limit_per_minute, 0)::text "
    "FROM api_keys WHERE key_hash = $1 AND status = 'active' AND (expires_at IS NULL OR expires_at > now())";
constexpr const char* kTouchSql =
    "UPDATE api_keys SET last_used_at = now() WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at < "
    "now() - interval '1 minute')";
constexpr const char* kBootstrapSql =
    "INSERT INTO api_keys (key_id, key_hash, tenant_id, name, permissions) "
    "SELECT 'bootstrap', $1, $2, 'bootstrap', "
    "'{prices:read,curves:read,projections:read,cache:write,validate,enrich,keys:admin}' "
    "WHERE NOT EXISTS (SELECT 1 FROM api_keys) ON CONFLICT DO NOTHING";
constexpr const char* kCreateSql =
    "INSERT INTO api_keys (key_id, key_hash, tenant_id, name, permissions, expires_at, "
    "rate_limit_per_minute) "
    "VALUES ($1, $2, $3, $4, $5::text[], now() + nullif($6, '')::bigint * interval '1 second', nullif($7, "
    "'0')::integer)";
constexpr const char* kListSql =
    "SELECT key_id, tenant_id, name, CASE WHEN status = 'active' AND expires_at <= now() THEN 'expired' ELSE "
    "status END, "
    "array_to_string(permissions, ','), to_char(created_at AT TIME ZONE 'UTC', "
    "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
    "to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
    "to_char(last_used_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
    "coalesce(rate_limit_per_minute, 0)::text "
    "FROM api_keys WHERE tenant_id = $1 AND ($2 = '' OR key_id = $2) ORDER BY created_at, key_id LIMIT 1000";
constexpr const char* kRevokeSql =
    "UPDATE api_keys SET status = 'revoked' WHERE tenant_id = $1 AND key_id = $2 RETURNING key_id";

std::string hex(const KeyDigest& digest) {
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

long to_number(const std::optional<std::string>& text) {
  long value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// HMAC-SHA256 under one key, many times: looking the algorithm up and hashing the key take five times as
/// long as the digest of a short text (OpenSSL 3.0). One per thread.
class KeyedMac {
 public:
  bool digest(std::string_view key, std::string_view text, KeyDigest& digest) {
    std::size_t size = 0;
    return use(key) && EVP_MAC_update(context_.get(), bytes_of(text), text.size()) == 1 &&
           EVP_MAC_final(context_.get(), digest.data(), &size, digest.size()) == 1 && size == digest.size();
  }

 private:
  bool use(std::string_view key) {
    if (context_ != nullptr && key == key_) return EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1;
    if (context_ == nullptr) {
      const std::unique_ptr<EVP_MAC, Free> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
      context_.reset(EVP_MAC_CTX_new(hmac.get()));
    }
    key_ = key;
    char name[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                     OSSL_PARAM_construct_end()};
    // An empty key is a key: without an address it would mean the one that was used before.
    return EVP_MAC_init(context_.get(), key.empty() ? bytes_of(name) : bytes_of(key), key.size(),
                        parameters) == 1;
  }

  struct Free {
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  std::unique_ptr<EVP_MAC_CTX, Free> context_;
  std::string key_;
};

}  // namespace

KeyDigest key_digest(std::string_view pepper, std::string_view key) {
  thread_local KeyedMac mac;
  KeyDigest digest{};
  // Only an OpenSSL that lacks HMAC or has no memory fails; an all-zero digest would be one that opens a
  // door.
  if (!mac.digest(pepper, key, digest)) throw std::runtime_error("OpenSSL makes no HMAC-SHA256");
  return digest;
}

KeyTable::KeyTable(std::string dsn, io::PoolLimits limits)
    : pool_(limits, [dsn = std::move(dsn)] { return io::Postgres({.dsn = dsn}); }) {}

void KeyTable::warm() {
  pool_.warm([](io::Postgres& connection) { return connection.query("SELECT 1").has_value(); });
}

Result<std::vector<io::PostgresRow>> KeyTable::query(const char* sql,
                                                     std::span<const std::string> parameters) {
  DPCTL_TRY(auto connection, pool_.borrow());
  return connection->query(sql, parameters);
}

// The table is searched by hash, so what an index compares byte by byte is a value that a guesser cannot
// choose.
Result<std::optional<KeyTable::Found>> KeyTable::find(const KeyDigest& digest) {
  const std::string parameters[] = {hex(digest)};
  DPCTL_TRY(const auto rows, query(kFindSql, parameters));
  if (rows.empty()) return std::optional<Found>{};
  const auto& row = rows.front();
  Found found{.caller = {.key_id = row[0].value_or(""),
                         .tenant = row[1].value_or(""),
                         .permissions = {},
                         .rate_limit_per_minute = static_cast<int>(to_number(row[4]))},
              .left = std::chrono::seconds(to_number(row[3]))};
  const std::string granted = row[2].value_or("");
  for (const auto permission : split(granted, ',')) found.caller.permissions.emplace(permission);
  return std::optional(std::move(found));
}

Result<void> KeyTable::touch(const std::string& key_id) {
  const std::string parameters[] = {key_id};
  DPCTL_TRY(const auto rows, query(kTouchSql, parameters));
  return {};
}

Result<void> KeyTable::store_bootstrap_key(const KeyDigest& digest, const std::string& tenant) {
  const std::string parameters[] = {hex(digest), tenant};
  DPCTL_TRY(const auto rows, query(kBootstrapSql, parameters));
  return {};
}

Result<void> KeyTable::create(const NewKey& key, const KeyDigest& digest) {
  const std::string parameters[] = {key.key_id,
                                    hex(digest),
                                    key.tenant,
                                    key.name,
                                    io::postgres_array(key.permissions),
                                    key.expires_in_seconds ? std::to_string(*key.expires_in_seconds) : "",
                                    std::to_string(key.rate_limit_per_minute)};
  DPCTL_TRY(const auto rows, query(kCreateSql, parameters));
  return {};
}

Result<std::vector<KeyRow>> KeyTable::list(const std::string& tenant, const std::string& key_id) {
  const std::string parameters[] = {tenant, key_id};
  DPCTL_TRY(const auto rows, query(kListSql, parameters));
  std::vector<KeyRow> keys;
  for (const auto& row : rows)
    keys.push_back({.key_id = row[0].value_or(""),
                    .tenant = row[1].value_or(""),
                    .name = row[2].value_or(""),
                    .status = row[3].value_or(""),
                    .permissions = row[4].value_or(""),
                    .created_at = row[5].value_or(""),
                    .expires_at = row[6].value_or(""),
                    .last_used_at = row[7].value_or(""),
                    .rate_limit_per_minute = static_cast<int>(to_number(row[8]))});
  return keys;
}

Result<bool> KeyTable::revoke(const std::string& tenant, const std::string& key_id) {
  const std::string parameters[] = {tenant, key_id};
  DPCTL_TRY(const auto rows, query(kRevokeSql, parameters));
  return !rows.empty();
}

}  // namespace dpctl::runtime
