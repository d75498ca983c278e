#include "pipeline-services/access/key_table.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>

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

}  // namespace

KeyDigest key_digest(std::string_view pepper, std::string_view key) {
  KeyDigest digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), pepper.data(), static_cast<int>(pepper.size()),
       reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data(), &size);
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
