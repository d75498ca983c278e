#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "pipeline-services/io/http_server.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// What /health tells: each dependency is asked every few seconds on a thread of its own, and the last answer
/// is served, so a probe of the kubelet never waits for a store.
class Health {
 public:
  /// Blocks for at most a few seconds; called on the health thread only.
  using Check = std::function<Result<void>()>;

  Health(Metrics& metrics, std::chrono::milliseconds every) : metrics_(metrics), every_(every) {}
  ~Health() { stop(); }
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  /// Before start(). `critical`: without it the service is not ready.
  void add(std::string name, bool critical, Check check);
  void start();
  void stop();
  /// The loop says that it is alive; /health/live fails when it has been silent for five minutes.
  void beat();
  /// Only a running service is ready, whatever the checks say.
  enum class State : std::uint8_t { running, draining, drained };
  void set_state(State state) { state_ = state; }
  [[nodiscard]] State state() const { return state_; }
  /// "running", "draining", "drained".
  [[nodiscard]] std::string_view state_name() const;

  /// GET /health, /health/ready, /health/live.
  void routes(io::HttpServer& server);

 private:
  struct Entry {
    std::string name;
    bool critical;
    Check check;
    bool known = false;
    bool healthy = false;
    std::string description{};
    double milliseconds = 0;
  };
  void run(const StopToken& stop);
  [[nodiscard]] std::string checks_json(bool& healthy, int& failures) const;

  Metrics& metrics_;
  std::chrono::milliseconds every_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::atomic<State> state_{State::running};
  std::atomic<std::int64_t> beat_{0};
  std::jthread thread_;
};

}  // namespace dpctl::runtime
