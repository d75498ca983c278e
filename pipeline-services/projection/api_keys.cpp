#include "pipeline-services/projection/api_keys.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLookupSql =
    "SELECT key_id, tenant_id, array_to_string(permissions, ','), "
    "coalesce(greatest(0, extract(epoch FROM expires_at - now()))::bigint, 60)::text "
    "FROM api_keys WHERE key_hash = $1 AND status = 'active' AND (expires_at IS NULL OR expires_at > now())";
constexpr const char* kTouchSql =
    "UPDATE api_keys SET last_used_at = now() WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at < "
    "now() - interval '1 minute')";
constexpr const char* kBootstrapSql =
    "INSERT INTO api_keys (key_id, key_hash, tenant_id, name, permissions) "
    "SELECT 'bootstrap', $1, $2, 'bootstrap', "
    "'{prices:read,curves:read,projections:read,cache:write,validate,enrich,keys:admin}' "
    "WHERE NOT EXISTS (SELECT 1 FROM api_keys) ON CONFLICT DO NOTHING";
constexpr std::size_t kMostKnown = 10'000;
constexpr std::size_t kLongestKey = 512;

}  // namespace

std::string api_key_hash(std::string_view pepper, std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), pepper.data(), static_cast<int>(pepper.size()),
       reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data(), &size);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string_view api_key_of(const io::HttpRequest& request) {
  if (const auto own = request.headers.find("x-api-key"); own != request.headers.end())
    return trim(own->second);
  const auto bearer = request.headers.find("authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (bearer != request.headers.end() && to_lower(bearer->second.substr(0, kScheme.size())) == kScheme)
    return trim(std::string_view(bearer->second).substr(kScheme.size()));
  return {};
}

ApiKeys::ApiKeys(const std::string& dsn, std::string pepper, std::string bootstrap_key,
                 std::string bootstrap_tenant, const Log& log)
    : postgres_({.dsn = dsn}),
      configured_(!dsn.empty()),
      pepper_(std::move(pepper)),
      bootstrap_key_(std::move(bootstrap_key)),
      bootstrap_tenant_(std::move(bootstrap_tenant)),
      log_(log) {}

Result<void> ApiKeys::store_bootstrap_key() {
  if (bootstrapped_ || bootstrap_key_.empty()) return {};
  const std::string parameters[] = {api_key_hash(pepper_, bootstrap_key_), bootstrap_tenant_};
  DPCTL_TRY(const auto rows, postgres_.query(kBootstrapSql, parameters));
  bootstrapped_ = true;
  return {};
}

// The table is searched by hash, so what is compared byte by byte is a value that a guesser cannot choose.
Result<ApiKeys::Known> ApiKeys::look_up(const std::string& hash) {
  DPCTL_CHECK(store_bootstrap_key());
  const std::string parameters[] = {hash};
  DPCTL_TRY(const auto rows, postgres_.query(kLookupSql, parameters));
  if (rows.empty()) return Known{.caller = std::nullopt, .until = Clock::now() + 5s};
  const auto& row = rows.front();
  Caller caller{.key_id = row[0].value_or(""), .tenant = row[1].value_or(""), .permissions = {}};
  const std::string granted = row[2].value_or("");
  for (const auto permission : split(granted, ',')) caller.permissions.emplace(permission);
  long seconds = 60;
  const std::string left = row[3].value_or("60");
  std::from_chars(left.data(), left.data() + left.size(), seconds);
  const std::string touched[] = {caller.key_id};
  if (auto done = postgres_.query(kTouchSql, touched); !done)
    log_.warn("cannot note the use of an API key", done.error());
  return Known{.caller = std::move(caller),
               .until = Clock::now() + std::chrono::seconds(std::min(seconds, 60L))};
}

Result<Caller> ApiKeys::authenticate(const io::HttpRequest& request) {
  const auto key = api_key_of(request);
  if (key.empty()) return fail(Code::denied, "an API key is needed: X-API-Key, or Authorization: Bearer");
  if (key.size() > kLongestKey) return fail(Code::denied, "the API key is not valid");
  if (!configured_)
    return fail(Code::failed, "API keys are not available: DATA_PROC_POSTGRES_DSN is not set");
  const auto hash = api_key_hash(pepper_, key);
  const std::scoped_lock lock(mutex_);
  auto found = known_.find(hash);
  if (found == known_.end() || found->second.until <= Clock::now()) {
    DPCTL_TRY(auto fresh, look_up(hash));
    if (known_.size() >= kMostKnown) known_.clear();
    found = known_.insert_or_assign(hash, std::move(fresh)).first;
  }
  if (!found->second.caller) return fail(Code::denied, "the API key is not valid");
  return *found->second.caller;
}

}  // namespace dpctl::runtime
