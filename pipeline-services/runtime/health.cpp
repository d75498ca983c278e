#include "pipeline-services/runtime/health.hpp"

#include <condition_variable>

#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/io/wall_clock.hpp"

namespace dpctl::runtime {
namespace {

using std::chrono::steady_clock;

std::int64_t steady_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now().time_since_epoch()).count();
}
constexpr std::int64_t kStuckSeconds = 300;

}  // namespace

void Health::add(std::string name, bool critical, Check check) {
  entries_.push_back({.name = std::move(name), .critical = critical, .check = std::move(check)});
}

void Health::start() {
  beat();
  thread_ = std::jthread([this](const StopToken& stop) { run(stop); });
}

void Health::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

std::string_view Health::state_name() const {
  switch (state_.load()) {
    case State::running: return "running";
    case State::draining: return "draining";
    case State::drained: return "drained";
  }
  return "";
}

void Health::beat() { beat_ = steady_seconds(); }

void Health::run(const StopToken& stop) {
  std::mutex waiting;
  std::condition_variable_any bell;
  while (!stop.stop_requested()) {
    for (auto& entry : entries_) {
      const auto begin = steady_clock::now();
      const auto result = entry.check();
      const std::chrono::duration<double, std::milli> took = steady_clock::now() - begin;
      metrics_.set(metric::kHealthy, result ? 1 : 0, {{"check", entry.name}});
      const std::scoped_lock lock(mutex_);
      entry.known = true;
      entry.healthy = result.has_value();
      entry.description = result ? "ok" : one_line(result.error());
      entry.milliseconds = took.count();
    }
    std::unique_lock lock(waiting);
    bell.wait_for(lock, stop, every_, [] { return false; });
  }
}

std::string Health::checks_json(bool& healthy, int& failures) const {
  const std::scoped_lock lock(mutex_);
  std::string out;
  pipeline::JsonObject checks(out);
  healthy = true;
  failures = 0;
  for (const auto& entry : entries_) {
    if (!entry.healthy && entry.critical) healthy = false, ++failures;
    pipeline::JsonObject check(checks.raw(entry.name));
    check.text("status", !entry.known ? "unknown" : entry.healthy ? "healthy" : "unhealthy");
    check.text("description", entry.known ? entry.description : "not asked yet");
    check.boolean("critical", entry.critical);
    check.raw("duration_ms") += fmt::format("{:.1f}", entry.milliseconds);
    check.end();
  }
  checks.end();
  return out;
}

void Health::routes(io::HttpServer& server) {
  server.route("GET", "/health", [this](const io::HttpRequest&) {
    bool healthy = false;
    int failures = 0;
    const auto checks = checks_json(healthy, failures);
    std::string body;
    pipeline::JsonObject object(body);
    object.boolean("healthy", healthy);
    object.text("status", healthy ? "healthy" : "unhealthy");
    object.raw("checks") += checks;
    object.number("critical_failures", failures);
    object.number("total_checks", static_cast<std::int64_t>(entries_.size()));
    object.time("timestamp", io::wall_clock_us());
    object.end();
    return io::HttpResponse{.status = healthy ? 200 : 503, .body = std::move(body)};
  });
  server.route("GET", "/health/ready", [this](const io::HttpRequest&) {
    bool healthy = false;
    int failures = 0;
    const auto checks = checks_json(healthy, failures);
    const bool ready = healthy && state_ == State::running;
    std::string body;
    pipeline::JsonObject object(body);
    object.boolean("ready", ready);
    object.text("status", state_ != State::running ? state_name() : ready ? "ready" : "not_ready");
    object.raw("health") += checks;
    object.time("timestamp", io::wall_clock_us());
    object.end();
    return io::HttpResponse{.status = ready ? 200 : 503, .body = std::move(body)};
  });
  server.route("GET", "/health/live", [this](const io::HttpRequest&) {
    const bool alive = steady_seconds() - beat_ < kStuckSeconds;
    return io::HttpResponse{.status = alive ? 200 : 503,
                            .body = alive ? R"({"alive":true})" : R"({"alive":false})"};
  });
}

}  // namespace dpctl::runtime
