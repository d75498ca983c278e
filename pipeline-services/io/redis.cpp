#include "pipeline-services/io/redis.hpp"

#include <hiredis/hiredis.h>

#include <charconv>
#include <cstring>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

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
return 1
)";

struct ReplyDelete {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, ReplyDelete>;
struct ContextDelete {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, ContextDelete>;

timeval to_timeval(std::chrono::milliseconds span) {
  return {static_cast<time_t>(span.count() / 1000), static_cast<suseconds_t>((span.count() % 1000) * 1000)};
}

Result<Context> dial(const std::string& host, int port, std::chrono::milliseconds timeout) {
  Context context(redisConnectWithTimeout(host.c_str(), port, to_timeval(timeout)));
  if (!context) return fail(Code::failed, "redis at {}:{}: out of memory", host, port);
  if (context->err != 0)
    return fail(Code::failed, "redis at {}:{}: {}", host, port, context->errstr).retryable();
  redisSetTimeout(context.get(), to_timeval(timeout));
  redisEnableKeepAlive(context.get());
  return context;
}

Result<Reply> command(redisContext* context, std::span<const std::string_view> words) {
  std::vector<const char*> argv;
  std::vector<std::size_t> lengths;
  for (const auto word : words) argv.push_back(word.data()), lengths.push_back(word.size());
  Reply reply(static_cast<redisReply*>(
      redisCommandArgv(context, static_cast<int>(argv.size()), argv.data(), lengths.data())));
  if (!reply) return fail(Code::failed, "redis: {}", context->errstr).retryable();
  if (reply->type == REDIS_REPLY_ERROR)
    return fail(Code::failed, "redis refused {}: {}", words.front(), std::string_view(reply->str, reply->len))
        .retryable();
  return reply;
}

int to_port(std::string_view text) {
  int port = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), port);
  return bad == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536 ? port : 0;
}

Result<std::pair<std::string, int>> parse_host(std::string_view text) {
  const auto colon = text.rfind(':');
  const int port = colon == std::string_view::npos ? 0 : to_port(text.substr(colon + 1));
  if (port == 0 || colon == 0) return fail(Code::usage, "\"{}\" is not host:port", text);
  return std::pair{std::string(text.substr(0, colon)), port};
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= text.size() ||
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr != text.data() + i + 3)
      return fail(Code::usage, "a %-escape in the redis url is cut short");
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

}  // namespace

Result<RedisOptions> parse_redis_url(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme)) return fail(Code::usage, "a redis url begins with redis://");
  url.remove_prefix(kScheme.size());
  RedisOptions options;
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto login = url.substr(0, at);
    const auto colon = login.find(':');
    DPCTL_TRY(options.password,
              percent_decode(colon == std::string_view::npos ? login : login.substr(colon + 1)));
    url.remove_prefix(at + 1);
  }
  if (const auto slash = url.find('/'); slash != std::string_view::npos) {
    const auto number = url.substr(slash + 1);
    if (!number.empty() &&
        std::from_chars(number.data(), number.data() + number.size(), options.database).ptr !=
            number.data() + number.size())
      return fail(Code::usage, "the database of a redis url is a number, not \"{}\"", number);
    url = url.substr(0, slash);
  }
  if (url.find(':') == std::string_view::npos) {
    if (url.empty()) return fail(Code::usage, "the redis url names no host");
    options.host = url;
    return options;
  }
  DPCTL_TRY(const auto host, parse_host(url));
  options.host = host.first;
  options.port = host.second;
  return options;
}

Result<std::vector<std::pair<std::string, int>>> parse_host_list(std::string_view list) {
  std::vector<std::pair<std::string, int>> hosts;
  for (const auto part : split(list, ',')) {
    DPCTL_TRY(auto host, parse_host(trim(part)));
    hosts.push_back(std::move(host));
  }
  return hosts;
}

struct Redis::State {
  RedisOptions options;
  Context connection;
  std::string script;  // SHA-1 of kPutNewer as this server knows it

  Result<std::pair<std::string, int>> where() {
    if (options.sentinels.empty()) return std::pair{options.host, options.port};
    std::string last = "none answered";
    for (const auto& [host, port] : options.sentinels) {
      auto sentinel = dial(host, port, options.timeout);
      if (!sentinel) {
        last = sentinel.error().what;
        continue;
      }
      const std::string_view words[] = {"SENTINEL", "get-master-addr-by-name", options.master};
      const auto reply = command(sentinel->get(), words);
      if (!reply) {
        last = reply.error().what;
        continue;
      }
      if ((*reply)->type != REDIS_REPLY_ARRAY || (*reply)->elements != 2) {
        last = "they do not know that master";
        continue;
      }
      return std::pair{std::string((*reply)->element[0]->str), to_port((*reply)->element[1]->str)};
    }
    return fail(Code::failed, "cannot find the redis master {}: {}", options.master, last).retryable();
  }

  Result<void> connect() {
    if (connection) return {};
    DPCTL_TRY(const auto address, where());
    DPCTL_TRY(auto fresh, dial(address.first, address.second, options.timeout));
    if (!options.password.empty()) {
      const std::string_view words[] = {"AUTH", options.password};
      DPCTL_TRY(const auto ok, command(fresh.get(), words));
    }
    if (options.database != 0) {
      const auto number = std::to_string(options.database);
      const std::string_view words[] = {"SELECT", number};
      DPCTL_TRY(const auto ok, command(fresh.get(), words));
    }
    const std::string_view words[] = {"SCRIPT", "LOAD", kPutNewer};
    DPCTL_TRY(const auto sha, command(fresh.get(), words));
    script.assign(sha->str, sha->len);
    connection = std::move(fresh);
    return {};
  }

  /// Any error ends the connection: the next call asks anew who the master is.
  template <class T>
  Result<T> dropped(Result<T> result) {
    if (!result) connection.reset();
    return result;
  }

  Result<std::size_t> put(std::span<const VersionedValue> values) {
    DPCTL_CHECK(connect());
    for (const auto& value : values) {
      const auto time = std::to_string(value.time), rank = std::to_string(value.rank),
                 revision = std::to_string(value.revision), ttl = std::to_string(value.ttl_seconds);
      const char* argv[] = {"EVALSHA",         script.c_str(),      "1",
                            value.key.c_str(), time.c_str(),        rank.c_str(),
                            revision.c_str(),  value.value.c_str(), ttl.c_str()};
      const std::size_t lengths[] = {7,
                                     script.size(),
                                     1,
                                     value.key.size(),
                                     time.size(),
                                     rank.size(),
                                     revision.size(),
                                     value.value.size(),
                                     ttl.size()};
      if (redisAppendCommandArgv(connection.get(), 9, argv, lengths) != REDIS_OK)
        return fail(Code::failed, "redis: {}", connection->errstr).retryable();
    }
    std::size_t written = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      void* raw = nullptr;
      if (redisGetReply(connection.get(), &raw) != REDIS_OK)
        return fail(Code::failed, "redis: {}", connection->errstr).retryable();
      const Reply reply(static_cast<redisReply*>(raw));
      if (reply->type == REDIS_REPLY_ERROR)
        return fail(Code::failed, "redis refused a write: {}", std::string_view(reply->str, reply->len))
            .retryable();
      written += reply->integer == 1 ? 1 : 0;
    }
    return written;
  }

  Result<std::optional<std::string>> get(std::string_view key) {
    DPCTL_CHECK(connect());
    const std::string_view words[] = {"GET", key};
    DPCTL_TRY(const auto reply, command(connection.get(), words));
    if (reply->type == REDIS_REPLY_NIL) return std::optional<std::string>{};
    const std::string_view stored(reply->str, reply->len);
    const auto line = stored.find('\n');
    return std::optional<std::string>(stored.substr(line == std::string_view::npos ? 0 : line + 1));
  }

  Result<void> ping() {
    DPCTL_CHECK(connect());
    const std::string_view words[] = {"PING"};
    DPCTL_TRY(const auto reply, command(connection.get(), words));
    return {};
  }
};

Redis::Redis(RedisOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Redis::~Redis() = default;
Redis::Redis(Redis&&) noexcept = default;
Redis& Redis::operator=(Redis&&) noexcept = default;

Result<std::size_t> Redis::put_newer(std::span<const VersionedValue> values) {
  return state_->dropped(state_->put(values));
}
Result<std::optional<std::string>> Redis::get(std::string_view key) {
  return state_->dropped(state_->get(key));
}
Result<void> Redis::ping() { return state_->dropped(state_->ping()); }

}  // namespace dpctl::io
