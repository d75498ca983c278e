#include "pipeline-services/access/rate_limit.hpp"

#include <algorithm>

#include "pipeline-services/core/contract/tables.hpp"

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kLotLasts = 1s;  // tokens that are not used by then are gone
constexpr auto kRedisPause = 1s;
constexpr std::size_t kMostLots = 100'000;

// KEYS[1] the bucket; ARGV: capacity, tokens per minute, tokens wanted. Answers {granted, left, milliseconds
// until the next token}. The server's clock, so that all replicas agree. Tokens are kept in thousandths.
constexpr std::string_view kTake = R"(
local capacity, rate, wanted = tonumber(ARGV[1]) * 1000, tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(state[1]) or capacity, tonumber(state[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * rate / 60)
local granted = math.min(wanted, math.floor(tokens / 1000))
tokens = tokens - granted * 1000
if wanted > 0 then
  redis.call('HSET', KEYS[1], 'tokens', string.format('%.3f', tokens), 'at', now)
  redis.call('PEXPIRE', KEYS[1], math.ceil(capacity * 60 / rate) + 1000)
end
local wait = 0
if tokens < 1000 then wait = math.ceil((1000 - tokens) * 60 / rate) end
return {granted, math.floor(tokens / 1000), wait}
)";

}  // namespace

std::optional<RateLimit::Verdict> RateLimit::try_take(const std::string& key_id, int per_minute) {
  const int limit = limit_of(per_minute);
  const auto now = Clock::now();
  const std::scoped_lock lock(mutex_);
  if (open_until_ > now) {
    metrics_.add(metric::kRateLimitOpen, 1);
    return Verdict{.allowed = true, .limit = limit, .remaining = 0};
  }
  const auto found = lots_.find(key_id);
  if (found == lots_.end() || found->second.held == 0 || found->second.until <= now) return std::nullopt;
  auto& lot = found->second;
  --lot.held;
  return Verdict{.allowed = true, .limit = limit, .remaining = lot.held + lot.behind};
}

RateLimit::Verdict RateLimit::take(const std::string& key_id, int per_minute) {
  if (const auto verdict = try_take(key_id, per_minute)) return *verdict;
  const int limit = limit_of(per_minute);
  const auto answer = ask(key_id, limit, std::max(1, limit / 600));
  if (!answer) {
    metrics_.add(metric::kRateLimitOpen, 1);
    const std::scoped_lock lock(mutex_);
    open_until_ = Clock::now() + kRedisPause;
    return {.allowed = true, .limit = limit, .remaining = 0};
  }
  const auto granted = static_cast<int>((*answer)[0]), left = static_cast<int>((*answer)[1]);
  if (granted == 0) {
    metrics_.add(metric::kRateLimited, 1);
    const auto wait = static_cast<int>(((*answer)[2] + 999) / 1000);
    return {.allowed = false, .limit = limit, .remaining = 0, .seconds_to_token = std::max(1, wait)};
  }
  const std::scoped_lock lock(mutex_);
  if (lots_.size() >= kMostLots) lots_.clear();
  auto& lot = lots_[key_id];
  const auto now = Clock::now();
  lot.held = (lot.until > now ? lot.held : 0) + granted - 1;
  lot.behind = left;
  lot.until = now + kLotLasts;
  return {.allowed = true, .limit = limit, .remaining = lot.held + left};
}

RateLimit::Verdict RateLimit::look(const std::string& key_id, int per_minute) {
  const int limit = limit_of(per_minute);
  int held = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = lots_.find(key_id);
    if (found != lots_.end() && found->second.until > Clock::now()) held = found->second.held;
  }
  const auto answer = ask(key_id, limit, 0);
  const int left = answer ? static_cast<int>((*answer)[1]) : 0;
  return {.allowed = held + left > 0, .limit = limit, .remaining = held + left};
}

Result<std::vector<std::int64_t>> RateLimit::ask(const std::string& key_id, int limit, int wanted) {
  DPCTL_TRY(auto redis, redis_.borrow());
  const std::string keys[] = {"rate_limit:" + pipeline::contract::key_part(key_id)};
  const std::string arguments[] = {std::to_string(capacity_of(limit)), std::to_string(limit),
                                   std::to_string(wanted)};
  DPCTL_TRY(auto answer, redis->run(kTake, keys, arguments));
  if (answer.size() != 3)
    return fail(Code::failed, "redis answers the token bucket with {} numbers", answer.size());
  return answer;
}

}  // namespace dpctl::runtime
