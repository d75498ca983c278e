#include <poll.h>

#include <condition_variable>
#include <mutex>

#include "pipeline-services/io/redis_connection.hpp"

namespace dpctl::io {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPingEvery = 3s;  // silence after which the server is asked for a sign of life
constexpr auto kSilence = 6s;    // and after which it is taken for gone

std::string_view text_of(const redisReply* reply) {
  return {reply->str, static_cast<std::size_t>(reply->len)};
}

bool flush(redisContext* context) {
  for (int done = 0; done == 0;)
    if (redisBufferWrite(context, &done) != REDIS_OK) return false;
  return true;
}

}  // namespace

RedisSubscription::RedisSubscription(RedisOptions options, std::string channel, Callbacks callbacks)
    : options_(std::move(options)),
      channel_(std::move(channel)),
      callbacks_(std::move(callbacks)),
      thread_([this](const StopToken& stop) { run(stop); }) {}

RedisSubscription::~RedisSubscription() = default;

void RedisSubscription::run(const StopToken& stop) {
  std::mutex waiting;
  std::condition_variable_any bell;
  while (!stop.stop_requested()) {
    listen(stop);
    std::unique_lock lock(waiting);
    bell.wait_for(lock, stop, 250ms, [] { return false; });
  }
}

// One connection from its begin to its end.
void RedisSubscription::listen(const StopToken& stop) {
  auto opened = open_redis(options_);
  if (!opened) return;
  auto* context = opened->get();
  const std::string_view subscribe[] = {"SUBSCRIBE", channel_};
  const std::string_view ping[] = {"PING"};
  if (!redis_append(context, subscribe) || !flush(context)) return;
  bool listening = false;
  auto heard = Clock::now();
  auto asked = heard;
  while (!stop.stop_requested()) {
    void* raw = nullptr;
    if (redisGetReplyFromReader(context, &raw) != REDIS_OK) break;
    if (raw != nullptr) {
      const RedisReply reply(static_cast<redisReply*>(raw));
      if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2) continue;
      const auto kind = text_of(reply->element[0]);
      if (kind == "message" && reply->elements == 3) callbacks_.message(text_of(reply->element[2]));
      if (kind == "subscribe") callbacks_.listening(listening = true);
      continue;
    }
    const auto now = Clock::now();
    if (now - heard > kSilence) break;
    if (now - heard > kPingEvery && now - asked > kPingEvery) {
      asked = now;
      if (!redis_append(context, ping) || !flush(context)) break;
    }
    pollfd readable{.fd = context->fd, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, 100) <= 0) continue;
    if (redisBufferRead(context) != REDIS_OK) break;
    heard = Clock::now();
  }
  if (listening) callbacks_.listening(false);
}

}  // namespace dpctl::io
