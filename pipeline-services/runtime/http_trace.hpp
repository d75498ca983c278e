#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

#include "pipeline-services/io/http_server.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// What every answer carries beside its content: X-Request-Id (the caller's own, else a new one),
/// X-Process-Time, the caller's trace context; and it is counted, by the route as it was declared.
/// Thread-safe.
class HttpTrace {
 public:
  explicit HttpTrace(Metrics& metrics);
  void operator()(std::string_view route, const io::HttpRequest& request, io::HttpResponse& response,
                  std::chrono::nanoseconds took);

 private:
  struct Counters {
    std::map<int, std::function<void()>> by_status;
    std::function<void(double)> seconds;
  };
  void count(std::string_view route, int status, double seconds);
  [[nodiscard]] std::string new_id();

  Metrics& metrics_;
  std::string prefix_;
  std::atomic<std::uint64_t> next_{0};
  std::shared_mutex mutex_;
  std::map<std::string, Counters, std::less<>> counters_;
};

}  // namespace dpctl::runtime
