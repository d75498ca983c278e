#include "pipeline-services/io/redis.hpp"

#include <charconv>
#include <map>

#include "pipeline-services/io/redis_connection.hpp"

namespace dpctl::io {
namespace {

// The version stands in front of the value, "time rank revision\n", so that comparing needs no JSON parser.
// Numbers stay below 2^53.
constexpr std::string_view kPutNewer = R"(
local old = redis.call('GET', KEYS[1])
if old then
  local t, k, r = string.match(old, '^(-?%d+) (-?%d+) (-?%d+)\n')
  if t then
    local new = {tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])}
    local have = {tonumber(t), tonumber(k), tonumber(r)}
    for i = 1, 3 do
      if new[i] > have[i] then break end
      if new[i] < have[i] or i == 3 then return 0 end
    end
  end
end
local value = ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. '\n' .. ARGV[4]
if ARGV[5] == '0' then redis.call('SET', KEYS[1], value) else redis.call('SET', KEYS[1], value, 'EX', ARGV[5]) end
if ARGV[6] ~= '' then redis.call('PUBLISH', ARGV[6], KEYS[1] .. '\n' .. value) end
return 1
)";

std::string_view text_of(const redisReply* reply) {
  return {reply->str, static_cast<std::size_t>(reply->len)};
}

}  // namespace

struct Redis::State {
  RedisOptions options;
  RedisContext connection{};
  std::map<std::string, std::string, std::less<>> scripts{};  ///< text → SHA-1 as this server knows it

  Result<redisContext*> ready() {
    if (!connection) {
      scripts.clear();
      DPCTL_TRY(connection, open_redis(options));
    }
    return connection.get();
  }

  Result<RedisReply> call(std::initializer_list<std::string_view> words) {
    DPCTL_TRY(auto* context, ready());
    return redis_command(context, {words.begin(), words.size()});
  }

  Result<std::string> sha_of(std::string_view script) {
    DPCTL_CHECK(ready());
    if (const auto known = scripts.find(script); known != scripts.end()) return known->second;
    DPCTL_TRY(const auto sha, call({"SCRIPT", "LOAD", script}));
    return scripts.emplace(std::string(script), std::string(text_of(sha.get()))).first->second;
  }

  /// Any error ends the connection: the next call asks anew who the primary is, and loads its scripts there.
  template <class T>
  Result<T> dropped(Result<T> result) {
    if (!result) connection.reset();
    return result;
  }

  Result<std::size_t> put(std::span<const VersionedValue> values, std::string_view channel) {
    DPCTL_TRY(const auto sha, sha_of(kPutNewer));
    for (const auto& value : values) {
      const auto time = std::to_string(value.time), rank = std::to_string(value.rank),
                 revision = std::to_string(value.revision), ttl = std::to_string(value.ttl_seconds);
      const std::string_view words[] = {"EVALSHA", sha,      "1",         value.key, time,
                                        rank,      revision, value.value, ttl,       channel};
      DPCTL_CHECK(redis_append(connection.get(), words));
    }
    std::size_t written = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      DPCTL_TRY(const auto reply, redis_reply(connection.get()));
      written += reply->integer == 1 ? 1 : 0;
    }
    return written;
  }

  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) {
    std::vector<std::optional<std::string>> found;
    if (keys.empty()) return found;
    DPCTL_TRY(auto* context, ready());
    std::vector<std::string_view> words{"MGET"};
    words.insert(words.end(), keys.begin(), keys.end());
    DPCTL_TRY(const auto reply, redis_command(context, words));
    for (std::size_t i = 0; i < reply->elements; ++i) {
      const auto* item = reply->element[i];
      found.push_back(item->type == REDIS_REPLY_STRING ? std::optional(std::string(text_of(item)))
                                                       : std::nullopt);
    }
    return found;
  }

  Result<void> set_many(std::span<const std::pair<std::string, std::string>> values, int ttl_seconds) {
    DPCTL_TRY(auto* context, ready());
    const auto ttl = std::to_string(ttl_seconds);
    for (const auto& [key, value] : values) {
      const std::string_view words[] = {"SET", key, value, "EX", ttl};
      DPCTL_CHECK(redis_append(context, words));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      DPCTL_TRY(const auto ok, redis_reply(context));
    }
    return {};
  }

  Result<std::size_t> remove(std::span<const std::string> keys) {
    if (keys.empty()) return std::size_t{0};
    DPCTL_TRY(auto* context, ready());
    std::vector<std::string_view> words{"UNLINK"};
    words.insert(words.end(), keys.begin(), keys.end());
    DPCTL_TRY(const auto reply, redis_command(context, words));
    return static_cast<std::size_t>(reply->integer);
  }

  Result<std::size_t> remove_matching(std::string_view glob,
                                      const std::function<bool(std::string_view)>& wanted) {
    std::string cursor = "0";
    std::size_t removed = 0;
    do {
      DPCTL_TRY(const auto page, call({"SCAN", cursor, "MATCH", glob, "COUNT", "500"}));
      if (page->elements != 2) return fail(Code::failed, "redis answers SCAN with {} parts", page->elements);
      cursor = text_of(page->element[0]);
      std::vector<std::string> keys;
      for (std::size_t i = 0; i < page->element[1]->elements; ++i)
        if (const auto key = text_of(page->element[1]->element[i]); wanted(key)) keys.emplace_back(key);
      DPCTL_TRY(const auto count, remove(keys));
      removed += count;
    } while (cursor != "0");
    return removed;
  }

  Result<std::vector<std::int64_t>> run(std::string_view script, std::span<const std::string> keys,
                                        std::span<const std::string> arguments) {
    DPCTL_TRY(const auto sha, sha_of(script));
    const auto count = std::to_string(keys.size());
    std::vector<std::string_view> words{"EVALSHA", sha, count};
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), arguments.begin(), arguments.end());
    DPCTL_TRY(const auto reply, redis_command(connection.get(), words));
    std::vector<std::int64_t> numbers;
    for (std::size_t i = 0; i < reply->elements; ++i) numbers.push_back(reply->element[i]->integer);
    if (reply->type == REDIS_REPLY_INTEGER) numbers.push_back(reply->integer);
    return numbers;
  }
};

Redis::Redis(RedisOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Redis::~Redis() = default;
Redis::Redis(Redis&&) noexcept = default;
Redis& Redis::operator=(Redis&&) noexcept = default;

Result<std::size_t> Redis::put_newer(std::span<const VersionedValue> values, std::string_view channel) {
  return state_->dropped(state_->put(values, channel));
}
Result<std::optional<VersionedValue>> Redis::get_versioned(const std::string& key) {
  DPCTL_TRY(const auto found, get_many({&key, 1}));
  if (found.size() != 1 || !found.front()) return std::optional<VersionedValue>{};
  return parse_versioned(key, *found.front());
}
Result<std::vector<std::optional<std::string>>> Redis::get_many(std::span<const std::string> keys) {
  return state_->dropped(state_->get_many(keys));
}
Result<void> Redis::set_many(std::span<const std::pair<std::string, std::string>> values, int ttl_seconds) {
  return state_->dropped(state_->set_many(values, ttl_seconds));
}
Result<std::size_t> Redis::remove(std::span<const std::string> keys) {
  return state_->dropped(state_->remove(keys));
}
Result<std::size_t> Redis::remove_matching(std::string_view glob,
                                           const std::function<bool(std::string_view)>& wanted) {
  return state_->dropped(state_->remove_matching(glob, wanted));
}
Result<std::vector<std::int64_t>> Redis::run(std::string_view script, std::span<const std::string> keys,
                                             std::span<const std::string> arguments) {
  return state_->dropped(state_->run(script, keys, arguments));
}
Result<void> Redis::publish(std::string_view channel, std::string_view message) {
  DPCTL_TRY(const auto reply, state_->dropped(state_->call({"PUBLISH", channel, message})));
  return {};
}
Result<void> Redis::ping() {
  DPCTL_TRY(const auto reply, state_->dropped(state_->call({"PING"})));
  return {};
}

std::optional<VersionedValue> parse_versioned(std::string_view key, std::string_view stored) {
  VersionedValue value{.key = std::string(key), .value = {}};
  const char* at = stored.data();
  const char* const end = stored.data() + stored.size();
  const auto number = [&](auto& out, char stop) {
    const auto [next, bad] = std::from_chars(at, end, out);
    if (bad != std::errc() || next == end || *next != stop) return false;
    at = next + 1;
    return true;
  };
  if (!number(value.time, ' ') || !number(value.rank, ' ') || !number(value.revision, '\n'))
    return std::nullopt;
  value.value.assign(at, end);
  return value;
}

std::string redis_glob_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]\\^-").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace dpctl::io
