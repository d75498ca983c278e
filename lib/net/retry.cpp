#include "lib/net/retry.hpp"

#include <algorithm>
#include <string>

#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::net {

bool is_idempotent(const Request& request) {
  if (request.idempotent) return *request.idempotent;
  return request.method == "GET" || request.method == "HEAD" || request.method == "PUT" ||
         request.method == "DELETE" || request.method == "OPTIONS";
}

std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, std::time_t now) {
  const auto* value = headers.find("Retry-After");
  if (value == nullptr) return std::nullopt;
  const auto text = std::string(trim(*value));
  long long seconds = 0;
  if (!read_number(text, seconds)) {
    std::tm date{};
    if (::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return std::nullopt;
    seconds = static_cast<long long>(::timegm(&date)) - static_cast<long long>(now);
  }
  constexpr long long kLongest = 366LL * 86400;
  return std::chrono::seconds(std::clamp(seconds, 0LL, kLongest));
}

bool is_repeatable(int status, bool has_retry_after, bool idempotent) {
  switch (status) {
    case 429:
    case 503: return has_retry_after || idempotent;
    case 502:
    case 504: return idempotent;
    default: return false;
  }
}

std::chrono::milliseconds back_off(int attempt, unsigned draw) {
  constexpr long long kFirst = 100;
  constexpr long long kLongest = 5000;
  const auto full = std::min(kLongest, kFirst << std::clamp(attempt, 0, 16));
  return std::chrono::milliseconds(full / 2 + full / 2 * static_cast<long long>(draw % 1024) / 1023);
}

}  // namespace dpctl::net
