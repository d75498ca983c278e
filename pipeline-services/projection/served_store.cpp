#include "pipeline-services/projection/served_store.hpp"

#include "lib/base/strings.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

// An invalidation on the channel of updates: this word, then the tenant's and the instrument's parts of a
// key.
constexpr std::string_view kInvalidate = "invalidate\n";

/// Is it a key of this tenant, and of this instrument unless that is empty? Both as parts of a key.
bool is_of(std::string_view key, std::string_view tenant, std::string_view instrument) {
  const auto parts = split(key, ':');
  const std::size_t at = parts.size() > 1 && parts[1] == "custom" ? 3 : 2;
  return parts.size() > at + 1 && parts[at] == tenant && (instrument.empty() || parts[at + 1] == instrument);
}

}  // namespace

ServedStore::ServedStore(io::RedisOptions redis, io::PoolLimits redis_limits, ServedTables& tables,
                         int ttl_seconds, Metrics& metrics)
    : options_(std::move(redis)),
      redis_(redis_limits, [options = options_] { return io::Redis(options); }),
      tables_(tables),
      ttl_(ttl_seconds),
      metrics_(metrics) {}

void ServedStore::start(Follower follower) {
  follower_ = std::move(follower);
  redis_.warm([](io::Redis& connection) { return connection.ping().has_value(); });
  tables_.warm();
  subscription_ = std::make_unique<io::RedisSubscription>(
      options_, std::string(contract::kServedUpdates),
      io::RedisSubscription::Callbacks{.message = [this](std::string_view message) { heard(message); },
                                       .listening =
                                           [this](bool listening) {
                                             cache_.set_listening(listening);
                                             listening_ = listening;
                                           }});
}

void ServedStore::heard(std::string_view message) {
  if (message.starts_with(kInvalidate)) {
    const auto words = split(message.substr(kInvalidate.size()), '\n');
    if (words.size() == 2) cache_.drop([&](std::string_view key) { return is_of(key, words[0], words[1]); });
    return;
  }
  const auto end = message.find('\n');
  if (end == std::string_view::npos) return;
  auto value = io::parse_versioned(message.substr(0, end), message.substr(end + 1));
  if (!value) return;
  const auto shared = std::make_shared<const io::VersionedValue>(*std::move(value));
  cache_.update(shared);
  if (follower_) follower_(shared);
}

Result<ServedStore::Answer> ServedStore::find(const ServedKey& key) {
  const auto redis_key = key.redis_key();
  if (const auto found = cache_.find(redis_key); found.value || found.absent) {
    metrics_.add(metric::kCacheHits, 1, {{"cache", "memory"}, {"result", "hit"}});
    return Answer{.value = found.value, .source = "memory"};
  }
  metrics_.add(metric::kCacheHits, 1, {{"cache", "memory"}, {"result", "miss"}});
  return flights_.run(redis_key, [&]() -> Result<Answer> {
    cache_.begin(redis_key);
    auto answer = read(key, redis_key);
    auto value = cache_.finish(redis_key, answer ? answer->value : nullptr);
    if (!answer) {
      // No store answered: what is not known is not absent.
      cache_.drop([&](std::string_view other) { return other == redis_key; });
      return answer;
    }
    answer->value = std::move(value);
    return answer;
  });
}

Result<ServedStore::Answer> ServedStore::read(const ServedKey& key, const std::string& redis_key) {
  std::string_view result = "error";
  if (auto redis = redis_.borrow()) {
    if (auto found = (*redis)->get_versioned(redis_key)) {
      result = *found ? "hit" : "miss";
      if (*found) {
        metrics_.add(metric::kCacheHits, 1, {{"cache", "redis"}, {"result", "hit"}});
        return Answer{.value = std::make_shared<const io::VersionedValue>(**std::move(found)),
                      .source = "redis"};
      }
    }
  }
  metrics_.add(metric::kCacheHits, 1, {{"cache", "redis"}, {"result", std::string(result)}});
  DPCTL_TRY(auto stored, tables_.find(key));
  if (!stored) return Answer{.value = nullptr, .source = "clickhouse"};
  stored->ttl_seconds = ttl_of(redis_key);
  if (auto redis = redis_.borrow(); redis && result == "miss")
    if (auto put = (*redis)->put_newer({&*stored, 1}); !put)
      metrics_.add(metric::kSinkErrors, 1, {{"sink", "redis"}});
  return Answer{.value = std::make_shared<const io::VersionedValue>(*std::move(stored)),
                .source = "clickhouse"};
}

Result<std::size_t> ServedStore::invalidate(const std::string& tenant, const std::string& instrument) {
  const auto tenant_part = contract::key_part(tenant), instrument_part = contract::key_part(instrument);
  DPCTL_TRY(auto redis, redis_.borrow());
  // The star of a glob reaches over colons, so what it finds is looked at again.
  const auto wanted = [&](std::string_view key) { return is_of(key, tenant_part, instrument_part); };
  const auto rest = io::redis_glob_escape(tenant_part) + ":*";
  std::size_t removed = 0;
  for (const auto& glob :
       {"served:latest_price:" + rest, "served:curve_snapshot:" + rest, "served:custom:*:" + rest}) {
    DPCTL_TRY(const auto count, redis->remove_matching(glob, wanted));
    removed += count;
  }
  DPCTL_CHECK(redis->publish(contract::kServedUpdates,
                             std::string(kInvalidate) + tenant_part + "\n" + instrument_part));
  return removed;
}

int ServedStore::ttl_of(const std::string& key) const {
  if (ttl_ == 0) return 0;
  const auto tenth = static_cast<std::size_t>(std::max(1, ttl_ / 10));
  return ttl_ + static_cast<int>(std::hash<std::string>{}(key) % tenth);
}

}  // namespace dpctl::runtime
