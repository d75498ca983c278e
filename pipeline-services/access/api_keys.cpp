#include "pipeline-services/access/api_keys.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/tables.hpp"

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongest = 60s;
constexpr auto kRefusedFor = 5s;
constexpr auto kDeaf = 1s;  // how long a key is believed while changes cannot be heard
constexpr std::size_t kMostKnown = 10'000;
constexpr std::size_t kLongestKey = 512;

std::uint64_t place_of(const KeyDigest& digest) {
  std::uint64_t place = 0;
  std::memcpy(&place, digest.data(), sizeof place);
  return place;
}

}  // namespace

std::string_view api_key_of(const io::HttpRequest& request) {
  if (const auto own = trim(request.header("x-api-key")); !own.empty()) return own;
  const auto bearer = request.header("authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (bearer.size() < kScheme.size() || to_lower(bearer.substr(0, kScheme.size())) != kScheme) return {};
  return trim(bearer.substr(kScheme.size()));
}

ApiKeys::ApiKeys(Options options, const Log& log)
    : options_(std::move(options)), log_(log), table_(options_.dsn, options_.pool) {}

void ApiKeys::start() {
  if (options_.dsn.empty()) return;
  table_.warm();
  listener_ = std::make_unique<io::PostgresListener>(
      options_.listen_dsn.empty() ? options_.dsn : options_.listen_dsn,
      std::vector<std::string>{std::string(pipeline::contract::kApiKeysChanged)},
      io::PostgresListener::Callbacks{
          .notified = [this](std::string_view, std::string_view key_id) { changed(key_id); },
          .listening = [this](bool listening) { set_listening(listening); }});
}

std::optional<ApiKeys::Known> ApiKeys::known(std::string_view key) const {
  if (key.empty() || key.size() > kLongestKey) return std::nullopt;
  const auto digest = digest_of(key);
  const auto now = Clock::now();
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(place_of(digest));
  if (found == entries_.end() || found->second.until <= now) return std::nullopt;
  if (!listening_ && now - found->second.asked > kDeaf) return std::nullopt;
  // In constant time: how far two digests agree must not be measurable.
  if (CRYPTO_memcmp(found->second.digest.data(), digest.data(), digest.size()) != 0) return std::nullopt;
  return Known{.caller = found->second.caller};
}

Result<std::shared_ptr<const Caller>> ApiKeys::authenticate(std::string_view key) {
  if (key.empty()) return fail(Code::denied, "an API key is needed: X-API-Key, or Authorization: Bearer");
  if (key.size() > kLongestKey) return fail(Code::denied, "the API key is not valid");
  if (options_.dsn.empty())
    return fail(Code::failed, "API keys are not available: DATA_PROC_POSTGRES_DSN is not set");
  auto found = known(key);
  if (!found) {
    DPCTL_TRY(auto caller, ask(digest_of(key)));
    found = Known{.caller = std::move(caller)};
  }
  if (!found->caller) return fail(Code::denied, "the API key is not valid");
  return found->caller;
}

Result<std::shared_ptr<const Caller>> ApiKeys::ask(const KeyDigest& digest) {
  if (!bootstrapped_ && !options_.bootstrap_key.empty()) {
    DPCTL_CHECK(table_.store_bootstrap_key(digest_of(options_.bootstrap_key), options_.bootstrap_tenant));
    bootstrapped_ = true;
  }
  std::uint64_t changes = 0;
  {
    const std::shared_lock lock(mutex_);
    changes = changes_;
  }
  DPCTL_TRY(auto found, table_.find(digest));
  if (!found) {
    remember(digest, nullptr, kRefusedFor, changes);
    return std::shared_ptr<const Caller>{};
  }
  if (auto done = table_.touch(found->caller.key_id); !done)
    log_.warn("cannot note the use of an API key", done.error());
  auto caller = std::make_shared<const Caller>(std::move(found->caller));
  remember(digest, caller, std::min<std::chrono::seconds>(found->left, kLongest), changes);
  return caller;
}

// What was read before a change was heard may be from before that change: it is used once and not remembered.
void ApiKeys::remember(const KeyDigest& digest, std::shared_ptr<const Caller> caller,
                       std::chrono::seconds span, std::uint64_t changes) {
  const auto now = Clock::now();
  const std::unique_lock lock(mutex_);
  if (changes != changes_) return;
  if (entries_.size() >= kMostKnown) entries_.clear();
  entries_[place_of(digest)] = {
      .digest = digest, .caller = std::move(caller), .asked = now, .until = now + span};
}

void ApiKeys::changed(std::string_view key_id) {
  const std::unique_lock lock(mutex_);
  ++changes_;
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.second.caller && entry.second.caller->key_id == key_id;
  });
}

void ApiKeys::set_listening(bool listening) {
  const std::unique_lock lock(mutex_);
  ++changes_;
  if (listening) entries_.clear();  // what happened before is not known
  listening_ = listening;
}

}  // namespace dpctl::runtime
