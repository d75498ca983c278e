#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::string action = "list";
  std::string bootstrap;
  std::string stage;
  std::uint64_t limit = 20;
  int timeout_seconds = 60;
};

std::vector<std::string> topics_of(const std::string& stage) {
  std::vector<std::string> topics;
  for (const auto name : contract::kStages)
    if (stage.empty() || stage == name)
      topics.push_back("processing.deadletter." + std::string(name) + ".v1");
  return topics;
}

/// `show` prints the letters themselves, one JSON object a line; `list` counts them.
Result<std::uint64_t> run(const Options& options) {
  const auto deadline = Deadline::after(std::chrono::seconds(options.timeout_seconds));
  std::uint64_t total = 0;
  for (const auto& topic : topics_of(options.stage)) {
    std::uint64_t shown = 0;
    const auto each = [&](const io::Record& record) {
      if (options.action == "list") return true;
      std::fwrite(record.value.data(), 1, record.value.size(), stdout);
      std::fputc('\n', stdout);
      return ++shown < options.limit;
    };
    DPCTL_TRY(const auto count, io::read_topic(options.bootstrap, topic, deadline, each));
    if (options.action == "list")
      std::printf("%-44s %10llu\n", topic.c_str(), static_cast<unsigned long long>(count));
    total += count;
  }
  return total;
}

}  // namespace

Verb dlq_verb() {
  return {"dlq", "Count dead letters, or show them with their original bytes", [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            app.add_option("ACTION", options->action,
                           "list: how many; show: the letters, one JSON object a line")
                ->check(CLI::IsMember({"list", "show"}))
                ->capture_default_str();
            app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
                ->required()
                ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
            app.add_option("--stage", options->stage,
                           "normalization, enrichment, aggregation or projection; all when absent")
                ->check(CLI::IsMember({"normalization", "enrichment", "aggregation", "projection"}));
            app.add_option("--limit", options->limit, "letters of a stage to show")->capture_default_str();
            app.add_option("--timeout", options->timeout_seconds, "seconds until it must be done")
                ->capture_default_str();
            app.footer("Example:\n  pipeline dlq show --stage normalization --bootstrap localhost:9092");
            return [options] {
              const auto done = run(*options);
              return done ? kOk : print_error(done.error());
            };
          }};
}

}  // namespace dpctl::pipeline
