#include "pipeline-services/io/redis_connection.hpp"

#include <charconv>

namespace dpctl::io {
namespace {

timeval to_timeval(std::chrono::milliseconds span) {
  return {static_cast<time_t>(span.count() / 1000), static_cast<suseconds_t>((span.count() % 1000) * 1000)};
}

Result<RedisContext> dial(const std::string& host, int port, std::chrono::milliseconds timeout) {
  RedisContext context(redisConnectWithTimeout(host.c_str(), port, to_timeval(timeout)));
  if (!context) return fail(Code::failed, "redis at {}:{}: out of memory", host, port);
  if (context->err != 0)
    return fail(Code::failed, "redis at {}:{}: {}", host, port, context->errstr).retryable();
  redisSetTimeout(context.get(), to_timeval(timeout));
  redisEnableKeepAlive(context.get());
  return context;
}

std::string_view text_of(const redisReply* reply) {
  return {reply->str, static_cast<std::size_t>(reply->len)};
}

struct Address {
  std::string host;
  int port = 0;
};

Result<Address> ask_sentinel(const RedisOptions& options, const std::string& host, int port) {
  // A Sentinel answers from memory: one that takes longer is as good as gone, and the next one is asked.
  DPCTL_TRY(const auto sentinel, dial(host, port, std::min(options.timeout, std::chrono::milliseconds(500))));
  const std::string_view words[] = {"SENTINEL", "get-master-addr-by-name", options.master};
  DPCTL_TRY(const auto reply, redis_command(sentinel.get(), words));
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
    return fail(Code::not_found, "the sentinel at {}:{} does not know the master {}", host, port,
                options.master)
        .retryable();
  Address address{.host = std::string(text_of(reply->element[0])), .port = 0};
  const auto number = text_of(reply->element[1]);
  std::from_chars(number.data(), number.data() + number.size(), address.port);
  return address;
}

Result<void> log_in(redisContext* context, const RedisOptions& options) {
  if (!options.password.empty()) {
    const std::string_view words[] = {"AUTH", options.password};
    DPCTL_TRY(const auto ok, redis_command(context, words));
  }
  if (options.database != 0) {
    const auto number = std::to_string(options.database);
    const std::string_view words[] = {"SELECT", number};
    DPCTL_TRY(const auto ok, redis_command(context, words));
  }
  return {};
}

Result<void> must_be_primary(redisContext* context, const Address& address) {
  const std::string_view words[] = {"ROLE"};
  DPCTL_TRY(const auto reply, redis_command(context, words));
  const bool primary =
      reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 && text_of(reply->element[0]) == "master";
  if (!primary)
    return fail(Code::conflict, "redis at {}:{} is no primary any more", address.host, address.port)
        .retryable();
  return {};
}

}  // namespace

Result<RedisContext> open_redis(const RedisOptions& options) {
  if (options.sentinels.empty()) {
    DPCTL_TRY(auto context, dial(options.host, options.port, options.timeout));
    DPCTL_CHECK(log_in(context.get(), options));
    return context;
  }
  Error last{.what = "none answered"};
  for (const auto& [host, port] : options.sentinels) {
    const auto opened = [&, &at = host, &on = port]() -> Result<RedisContext> {
      DPCTL_TRY(const auto address, ask_sentinel(options, at, on));
      DPCTL_TRY(auto context, dial(address.host, address.port, options.timeout));
      DPCTL_CHECK(log_in(context.get(), options));
      DPCTL_CHECK(must_be_primary(context.get(), address));
      return context;
    };
    auto context = opened();
    if (context) return context;
    last = std::move(context).error();
  }
  return fail(Code::failed, "cannot find the redis master {}", options.master)
      .because(std::move(last))
      .retryable();
}

Result<void> redis_append(redisContext* context, std::span<const std::string_view> words) {
  std::vector<const char*> argv;
  std::vector<std::size_t> lengths;
  for (const auto word : words) argv.push_back(word.data()), lengths.push_back(word.size());
  if (redisAppendCommandArgv(context, static_cast<int>(argv.size()), argv.data(), lengths.data()) != REDIS_OK)
    return fail(Code::failed, "redis: {}", context->errstr).retryable();
  return {};
}

Result<RedisReply> redis_reply(redisContext* context) {
  void* raw = nullptr;
  if (redisGetReply(context, &raw) != REDIS_OK)
    return fail(Code::failed, "redis: {}", context->errstr).retryable();
  RedisReply reply(static_cast<redisReply*>(raw));
  if (reply->type == REDIS_REPLY_ERROR)
    return fail(Code::failed, "redis refused a command: {}", text_of(reply.get())).retryable();
  return reply;
}

Result<RedisReply> redis_command(redisContext* context, std::span<const std::string_view> words) {
  DPCTL_CHECK(redis_append(context, words));
  return redis_reply(context);
}

}  // namespace dpctl::io
