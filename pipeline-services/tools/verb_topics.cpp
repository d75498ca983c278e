#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::string action = "apply";
  std::string bootstrap;
  std::string suffix;
  int partitions = 12;
  int replication = 1;
  int timeout_seconds = 60;
};

std::vector<io::TopicSpec> wanted(const Options& options) {
  std::vector<io::TopicSpec> specs;
  for (const auto& topic : contract::kTopics) {
    // Both colours read the same raw topics.
    const bool raw = std::find(contract::kRawTopics.begin(), contract::kRawTopics.end(), topic.name) !=
                     contract::kRawTopics.end();
    if (raw && !options.suffix.empty()) continue;
    io::TopicSpec spec{.name = std::string(topic.name) + options.suffix,
                       .partitions = topic.single ? 1 : options.partitions,
                       .replication = options.replication};
    if (topic.compacted) {
      spec.config.emplace_back("cleanup.policy", "compact");
    } else {
      spec.config.emplace_back("retention.ms",
                               std::to_string(std::int64_t{topic.retention_days} * 86'400'000));
    }
    // A service that starts reads these from their start: they are cut and cleaned early, and the marks with
    // which transactions end, fifty a second, go soon after what they belong to.
    if (topic.compacted && topic.single) {
      spec.config.emplace_back("segment.bytes", "4194304");
      spec.config.emplace_back("min.cleanable.dirty.ratio", "0.1");
      spec.config.emplace_back("delete.retention.ms", "60000");
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

/// Creates what is missing. A broker that is not up yet is waited for: the job runs while a cluster starts.
Result<int> apply(const Options& options) {
  const auto deadline = Deadline::after(std::chrono::seconds(options.timeout_seconds));
  DPCTL_TRY(const auto admin, io::Admin::open(options.bootstrap));
  const auto specs = wanted(options);
  Result<std::vector<std::string>> created;
  do {
    created = admin->create(specs, deadline.at_most(std::chrono::seconds(10)));
  } while (!created && created.error().retryable && !deadline.passed());
  if (!created) return fail(std::move(created).error());
  DPCTL_TRY(const auto known, admin->topics(deadline));
  for (const auto& spec : specs) {
    const bool fresh = std::find(created->begin(), created->end(), spec.name) != created->end();
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& topic) { return topic.first == spec.name; });
    const int partitions = found == known.end() ? spec.partitions : found->second;
    std::printf("%-44s %4d partitions  %s\n", spec.name.c_str(), partitions, fresh ? "created" : "unchanged");
    if (partitions != spec.partitions)
      std::fprintf(stderr,
                   "pipeline: %s has %d partitions, %d are configured; keys of equal topics must not change "
                   "their partition, so it is left\n",
                   spec.name.c_str(), partitions, spec.partitions);
  }
  return static_cast<int>(created->size());
}

Result<int> list(const Options& options) {
  const auto deadline = Deadline::after(std::chrono::seconds(options.timeout_seconds));
  DPCTL_TRY(const auto admin, io::Admin::open(options.bootstrap));
  DPCTL_TRY(const auto known, admin->topics(deadline));
  for (const auto& spec : wanted(options)) {
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& topic) { return topic.first == spec.name; });
    if (found == known.end()) {
      std::printf("%-44s missing\n", spec.name.c_str());
      continue;
    }
    const std::string names[] = {spec.name};
    DPCTL_TRY(const auto ranges, admin->ranges(names, deadline));
    std::int64_t records = 0;
    for (const auto& range : ranges) records += range.end - range.begin;
    std::printf("%-44s %4d partitions  %10lld records\n", spec.name.c_str(), found->second,
                static_cast<long long>(records));
  }
  return 0;
}

}  // namespace

Verb topics_verb() {
  return {"topics", "Create the pipeline's topics, or list them with their record counts", [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            app.add_option("ACTION", options->action,
                           "apply: create what is missing; list: show what is there")
                ->check(CLI::IsMember({"apply", "list"}))
                ->capture_default_str();
            app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
                ->required()
                ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
            app.add_option("--partitions", options->partitions, "partitions of a topic")
                ->envname("DATA_PROC_KAFKA_PARTITIONS")
                ->check(CLI::Range(1, 10'000))
                ->capture_default_str();
            app.add_option("--replication", options->replication, "replicas of a partition")
                ->envname("DATA_PROC_KAFKA_REPLICATION")
                ->check(CLI::Range(1, 15))
                ->capture_default_str();
            app.add_option("--suffix", options->suffix,
                           "appended to the names: the topics of a shadow (DATA_PROC_OUTPUT_SUFFIX)");
            app.add_option("--timeout", options->timeout_seconds, "seconds to wait for the brokers")
                ->capture_default_str();
            app.footer("Example:\n  pipeline topics apply --bootstrap localhost:9092 --partitions 4");
            return [options] {
              const auto done = options->action == "list" ? list(*options) : apply(*options);
              return done ? kOk : print_error(done.error());
            };
          }};
}

}  // namespace dpctl::pipeline
