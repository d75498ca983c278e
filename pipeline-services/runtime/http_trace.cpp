#include "pipeline-services/runtime/http_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "lib/base/encoding.hpp"
#include "pipeline-services/runtime/trace.hpp"

namespace dpctl::runtime {
namespace {

constexpr std::size_t kLongestId = 128;

/// An id of the caller's is repeated when it is short and printable.
bool is_fit(std::string_view id) {
  return !id.empty() && id.size() <= kLongestId && std::all_of(id.begin(), id.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>';
  });
}

}  // namespace

HttpTrace::HttpTrace(Metrics& metrics) : metrics_(metrics), prefix_(to_hex(random_bytes(6)) + "-") {}

std::string HttpTrace::new_id() {
  return prefix_ + std::to_string(next_.fetch_add(1, std::memory_order_relaxed));
}

void HttpTrace::operator()(std::string_view route, const io::HttpRequest& request, io::HttpResponse& response,
                           std::chrono::nanoseconds took) {
  auto id = request.header("x-request-id");
  if (id.empty()) id = request.header("x-correlation-id");
  response.header("X-Request-Id", is_fit(id) ? std::string(id) : new_id());
  const auto seconds = std::chrono::duration<double>(took).count();
  response.header("X-Process-Time", fmt::format("{:.6f}", seconds));
  if (const auto parent = request.header("traceparent"); parse_traceparent(parent)) {
    response.header("traceparent", parent);
    if (const auto state = request.header("tracestate"); !state.empty()) response.header("tracestate", state);
  }
  count(route, response.status, seconds);
}

void HttpTrace::count(std::string_view route, int status, double seconds) {
  {
    const std::shared_lock lock(mutex_);
    const auto found = counters_.find(route);
    if (found != counters_.end()) {
      const auto counter = found->second.by_status.find(status);
      if (counter != found->second.by_status.end()) {
        counter->second();
        return found->second.seconds(seconds);
      }
    }
  }
  const std::string endpoint(route);
  const std::unique_lock lock(mutex_);
  auto& counters = counters_[endpoint];
  if (!counters.seconds)
    counters.seconds = metrics_.histogram(metric::kRequestSeconds, {{"endpoint", endpoint}});
  auto& counter = counters.by_status[status];
  if (!counter)
    counter =
        metrics_.counter(metric::kRequests, {{"endpoint", endpoint}, {"status", std::to_string(status)}});
  counter();
  counters.seconds(seconds);
}

}  // namespace dpctl::runtime
