#include "pipeline-services/runtime/service.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "lib/base/encoding.hpp"
#include "pipeline-services/core/contract/settings.hpp"
#include "pipeline-services/core/contract/topics.hpp"
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

/// Turns SIGTERM and SIGINT into a stop request, SIGHUP, SIGUSR1 and SIGUSR2 into orders: reload, drain,
/// resume. Made before any other thread, so that all of them inherit the mask.
class Signals {
 public:
  Signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    for (const int order : {SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set_, order);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    thread_ = std::jthread([this](const StopToken& end) {
      const timespec wait{.tv_sec = 0, .tv_nsec = 200'000'000};
      while (!end.stop_requested()) take(sigtimedwait(&set_, nullptr, &wait));
    });
  }
  [[nodiscard]] StopToken token() const { return source_.get_token(); }
  [[nodiscard]] Orders& orders() { return orders_; }

 private:
  void take(int signal) {
    switch (signal) {
      case SIGTERM:
      case SIGINT: source_.request_stop(); break;
      case SIGHUP: orders_.reload = true; break;
      case SIGUSR1: orders_.hold = true; break;
      case SIGUSR2: orders_.hold = false; break;
      default: break;
    }
  }
  sigset_t set_{};
  StopSource source_;
  Orders orders_;
  std::jthread thread_;
};

// What may change while it runs; the other settings are of the start.
void apply_reloadable(const Settings& settings, LoopOptions& options) {
  options.commit_interval = settings.commit_interval;
  options.commit_records = settings.commit_records;
  options.flush_rows = settings.batch_rows;
  options.flush_interval = settings.flush_interval;
  options.flush_pause = settings.flush_pause;
  options.flush_most_rows = settings.flush_rows;
  options.flush_most_bytes = settings.flush_bytes;
}

// Raw topics have no shadow: both colours read the same. What a stage writes for itself has the suffix of its
// outputs.
std::vector<std::string> topics_of(const Stage& stage, const Service& service, const Settings& settings) {
  const bool first = service.stage == pipeline::contract::kStages[0];
  auto topics = stage.inputs();
  for (auto& topic : topics) topic += first ? "" : settings.input_suffix;
  for (const auto& topic : stage.own_inputs()) topics.push_back(topic + settings.output_suffix);
  return topics;
}

LoopOptions loop_options(const Service& service, const Settings& settings, std::vector<std::string> topics) {
  LoopOptions options;
  options.consumer = {
      .bootstrap = settings.kafka_bootstrap,
      .group = fmt::format("{}-{}{}", service.stage, settings.environment, settings.group_suffix),
      .instance_id = settings.instance_id,
      .topics = std::move(topics),
      .fetch_min_bytes = settings.fetch_min_bytes,
      .fetch_wait_max_ms = settings.fetch_max_wait_ms,
      .session_timeout_ms = settings.session_timeout_ms,
      .heartbeat_interval_ms = settings.heartbeat_interval_ms,
      .from_latest = settings.from_latest};
  options.positions_topic =
      std::string(pipeline::contract::positions_topic(service.stage)) + settings.output_suffix;
  apply_reloadable(settings, options);
  return options;
}

io::ProducerOptions producer_options(const Service& service, const Settings& settings) {
  io::ProducerOptions options{.bootstrap = settings.kafka_bootstrap, .client_id = std::string(service.stage)};
  if (!settings.exactly_once) return options;
  // The name of the replica, not of the process: after a restart what the last one left open is ended at
  // once.
  options.transactional_id = fmt::format("{}-{}{}-{}", service.stage, settings.environment,
                                         settings.group_suffix, settings.instance_id);
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

std::string table_suffix(std::string suffix) {
  std::replace_if(
      suffix.begin(), suffix.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return suffix;
}

/// Reads the settings again when told to, or when their file has changed. A wrong value changes nothing.
class Reloader {
 public:
  Reloader(Orders& orders, Log& log) : orders_(orders), log_(log), stamp_(stamp()) {}
  void operator()(LoopOptions& options) {
    const auto now = stamp();
    if (!orders_.reload.exchange(false) && now == stamp_) return;
    stamp_ = now;
    const auto lookup = with_settings_file(from_environment);
    const auto settings = lookup ? load_settings(*lookup) : Result<Settings>(tl::unexpect, lookup.error());
    if (!settings) return log_.error("settings are not reloaded", settings.error());
    apply_reloadable(*settings, options);
    log_.info("settings reloaded");
    log_.set_level(level_of(settings->log_level));
  }

 private:
  static std::filesystem::file_time_type stamp() {
    std::error_code none;
    const auto path = from_environment("DATA_PROC_SETTINGS_FILE");
    return path ? std::filesystem::last_write_time(*path, none) : std::filesystem::file_time_type{};
  }
  Orders& orders_;
  Log& log_;
  std::filesystem::file_time_type stamp_;
};

/// POST /drain and /resume with the bearer token, GET /drain for everybody: {"state": "running"}.
void add_orders(io::HttpServer& http, const Settings& settings, Health& health, Orders& orders) {
  const auto answer = [&health](int status) {
    return io::HttpResponse{.status = status,
                            .body = fmt::format(R"({{"state":"{}"}})", health.state_name())};
  };
  http.route("GET", "/drain", [answer](const io::HttpRequest&) { return answer(200); });
  for (const bool hold : {true, false})
    http.route("POST", hold ? "/drain" : "/resume",
               [answer, hold, &orders, token = settings.admin_token](const io::HttpRequest& request) {
                 // Hashes are compared, so that the time tells nothing of the token.
                 if (token.empty() ||
                     sha256_hex(request.header("authorization")) != sha256_hex("Bearer " + token))
                   return io::http_error(401, "unauthorized",
                                         "give the bearer token of DATA_PROC_ADMIN_TOKEN");
                 orders.hold = hold;
                 return answer(202);
               });
}

Result<void> run(const Service& service, const Settings& settings, const StopToken& stop, Orders& orders) {
  DPCTL_CHECK(pipeline::load_time_zones());
  Log log(fmt::format("{}-service", service.stage), level_of(settings.log_level));
  Metrics metrics(std::string(service.stage), DPCTL_VERSION);
  Health health(metrics, 5s);
  io::HttpServer http({.address = settings.listen_address});
  DPCTL_TRY(const auto producer, io::Producer::open(producer_options(service, settings)));
  Outbox outbox(*producer, settings.clickhouse, metrics,
                {.service = std::string(service.stage),
                 .topic_suffix = settings.output_suffix,
                 .table_suffix = table_suffix(settings.output_suffix)});
  Tracer tracer({.service = fmt::format("{}-service", service.stage),
                 .endpoint = settings.otlp_endpoint,
                 .sample_of = settings.trace_sample},
                metrics);

  ServiceContext context{settings, metrics, health, http, log};
  DPCTL_TRY(const auto stage, service.make(context));
  const auto topics = topics_of(*stage, service, settings);
  auto options = loop_options(service, settings, topics);
  options.refresh = Reloader(orders, log);
  add_orders(http, settings, health, orders);
  auto needed = topics;
  if (settings.exactly_once) needed.push_back(options.positions_topic);
  health.add("kafka", true, [&settings, needed] { return check_kafka(settings.kafka_bootstrap, needed); });
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
  Loop loop(std::move(options), *stage, outbox, *producer, metrics, health, log, tracer);
  auto ended = loop.run(stop, orders);
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
  const auto lookup = with_settings_file(from_environment);
  if (!lookup) return print_error(lookup.error()), 2;
  const auto settings = load_settings(*lookup);
  if (!settings) return print_error(settings.error()), 2;
  if (argument == "--check-config") return print(stdout, describe_settings(*lookup)), 0;

  Signals signals;
  const auto ended = run(service, *settings, signals.token(), signals.orders());
  if (ended) return 0;
  print_error(ended.error());
  return ended.error().code == Code::usage ? 2 : 1;
}

}  // namespace dpctl::runtime
