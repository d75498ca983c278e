#include "pipeline-services/runtime/service.hpp"

#include <csignal>

#include <cstdio>
#include <thread>

#include "pipeline-services/core/contract/settings.hpp"
#include "pipeline-services/runtime/loop.hpp"

#ifndef DPCTL_VERSION
#define DPCTL_VERSION "0.1.0"
#endif

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;

void print(std::FILE* to, std::string_view text) { std::fwrite(text.data(), 1, text.size(), to); }

std::string help(const Service& service) {
  std::string text = fmt::format(
      "{0}-service: {1}\n\nUsage:\n  {0}-service                 run until SIGTERM\n  {0}-service "
      "--check-config  read the settings, print them, "
      "end\n  {0}-service --version\n\nSettings (environment, default):\n",
      service.stage, service.summary);
  for (const auto& row : pipeline::contract::settings())
    text += fmt::format("  {}{:<32} {}{}\n", pipeline::contract::kSettingPrefix, row.name, row.doc,
                        row.fallback.empty() ? "" : fmt::format(" [{}]", row.fallback));
  return text;
}

void print_error(const Error& error) {
  print(stderr, fmt::format("error: {}\n", one_line(error)));
  for (const auto& hint : error.hints) print(stderr, fmt::format("  hint: {}\n", hint));
}

/// Turns SIGTERM and SIGINT into a stop request. Made before any other thread, so that all of them inherit
/// the mask.
class Signals {
 public:
  Signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    thread_ = std::jthread([this](const StopToken& end) {
      const timespec wait{.tv_sec = 0, .tv_nsec = 200'000'000};
      while (!end.stop_requested())
        if (sigtimedwait(&set_, nullptr, &wait) > 0) source_.request_stop();
    });
  }
  [[nodiscard]] StopToken token() const { return source_.get_token(); }

 private:
  sigset_t set_{};
  StopSource source_;
  std::jthread thread_;
};

LoopOptions loop_options(const Service& service, const Settings& settings) {
  LoopOptions options;
  options.consumer = {.bootstrap = settings.kafka_bootstrap,
                      .group = fmt::format("{}-{}", service.stage, settings.environment),
                      .instance_id = settings.instance_id,
                      .topics = {},
                      .fetch_min_bytes = settings.fetch_min_bytes,
                      .fetch_wait_max_ms = settings.fetch_max_wait_ms,
                      .session_timeout_ms = settings.session_timeout_ms};
  options.commit_interval = settings.commit_interval;
  options.commit_records = settings.commit_records;
  options.flush_rows = settings.batch_rows;
  options.flush_pause = settings.flush_pause;
  options.flush_most_rows = settings.flush_rows;
  options.flush_most_bytes = settings.flush_bytes;
  options.flush_interval = settings.flush_interval;
  return options;
}

io::ProducerOptions producer_options(const Service& service, const Settings& settings) {
  io::ProducerOptions options{.bootstrap = settings.kafka_bootstrap, .client_id = std::string(service.stage)};
  if (!settings.exactly_once) return options;
  // The name of the replica, not of the process: after a restart what the last one left open is ended at
  // once.
  options.transactional_id =
      fmt::format("{}-{}-{}", service.stage, settings.environment, settings.instance_id);
  options.transaction_timeout_ms = static_cast<int>(settings.transaction_timeout.count());
  return options;
}

Result<void> check_kafka(const std::string& bootstrap, const std::vector<std::string>& topics) {
  DPCTL_TRY(const auto admin, io::Admin::open(bootstrap));
  DPCTL_TRY(const auto known, admin->topics(Deadline::after(3s)));
  for (const auto& topic : topics) {
    const bool there =
        std::any_of(known.begin(), known.end(), [&](const auto& t) { return t.first == topic; });
    if (!there) return fail(Code::not_found, "there is no topic {}", topic).hint("pipeline topics apply");
  }
  return {};
}

Result<void> run(const Service& service, const Settings& settings, const StopToken& stop) {
  DPCTL_CHECK(pipeline::load_time_zones());
  const Log log(fmt::format("{}-service", service.stage), level_of(settings.log_level));
  Metrics metrics(std::string(service.stage), DPCTL_VERSION);
  Health health(metrics, 5s);
  io::HttpServer http({.address = settings.listen_address});
  io::ClickHouse clickhouse(settings.clickhouse);
  DPCTL_TRY(const auto producer, io::Producer::open(producer_options(service, settings)));
  Outbox outbox(*producer, clickhouse, metrics, {.service = std::string(service.stage)});

  ServiceContext context{settings, metrics, health, http, log};
  DPCTL_TRY(const auto stage, service.make(context));
  const auto topics = stage->inputs();
  health.add("kafka", true, [&settings, topics] { return check_kafka(settings.kafka_bootstrap, topics); });
  auto probe = std::make_shared<io::ClickHouse>(settings.clickhouse);
  health.add("clickhouse", true, [probe]() -> Result<void> {
    DPCTL_TRY(const auto answer, probe->query("SELECT 1"));
    return {};
  });
  health.routes(http);
  http.route("GET", "/metrics", [&metrics](const io::HttpRequest&) {
    return io::HttpResponse{.body = metrics.text(),
                            .content_type = "text/plain; version=0.0.4; charset=utf-8"};
  });

  std::vector<std::uint16_t> ports{settings.health_port};
  if (settings.metrics_port != settings.health_port) ports.push_back(settings.metrics_port);
  if (service.serves_api) ports.push_back(settings.api_port);
  DPCTL_CHECK(http.start(ports));
  health.start();
  log.info("started", {{"version", DPCTL_VERSION},
                       {"environment", settings.environment},
                       {"delivery", settings.exactly_once ? "exactly-once" : "at-least-once"},
                       {"kafka", settings.kafka_bootstrap},
                       {"clickhouse", settings.clickhouse.url}});
  Loop loop(loop_options(service, settings), *stage, outbox, *producer, metrics, health, log);
  auto ended = loop.run(stop);
  http.stop();
  health.stop();
  if (ended)
    log.info("stopped");
  else
    log.error("ended", ended.error());
  return ended;
}

}  // namespace

int service_main(int argc, char** argv, const Service& service) {
  const std::string_view argument = argc > 1 ? argv[1] : "";
  if (argument == "--version")
    return print(stdout, fmt::format("{}-service {}\n", service.stage, DPCTL_VERSION)), 0;
  if (argument == "--help" || argument == "-h") return print(stdout, help(service)), 0;
  if (argc > 2 || (!argument.empty() && argument != "--check-config")) {
    print(stderr,
          fmt::format("error: unknown argument {}\n  hint: {}-service --help\n", argument, service.stage));
    return 2;
  }
  const auto settings = load_settings(from_environment);
  if (!settings) return print_error(settings.error()), 2;
  if (argument == "--check-config") return print(stdout, describe_settings(from_environment)), 0;

  const Signals signals;
  const auto ended = run(service, *settings, signals.token());
  if (ended) return 0;
  print_error(ended.error());
  return ended.error().code == Code::usage ? 2 : 1;
}

}  // namespace dpctl::runtime
