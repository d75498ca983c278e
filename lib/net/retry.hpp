#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string_view>

#include "lib/net/http_client.hpp"

namespace dpctl::net {

/// How far an attempt came that brought no answer.
enum class Broken {
  no,          ///< it brought an answer
  not_sent,    ///< refused or reset before anything of the request was sent: safe to repeat, whatever the
               ///< method
  maybe_sent,  ///< the connection broke later: safe to repeat only what is idempotent
  final,       ///< repeating cannot help (bad URL, untrusted certificate, too large, …)
};

/// Explicit word of the request, else by method (RFC 9110 9.2.2).
bool is_idempotent(const Request& request);

/// Retry-After as seconds or as a date (RFC 9110 10.2.3), from `now` on; never negative, nullopt when absent
/// or unreadable.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, std::time_t now);

/// Should this answer be asked for again? 429 and 503 say that nothing was done when they come with
/// Retry-After; without it, and for 502 and 504, only what is idempotent is repeated.
bool is_repeatable(int status, bool has_retry_after, bool idempotent);

/// 100 ms doubled with each attempt (0, 1, …), at most 5 s, times a factor from 0.5 to 1 drawn by `draw` (any
/// 32 random bits), so that many clients do not come back at the same moment.
std::chrono::milliseconds back_off(int attempt, unsigned draw);

}  // namespace dpctl::net
