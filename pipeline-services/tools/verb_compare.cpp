#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "lib/base/strings.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/compare.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::string first, second;
  std::string bootstrap;
  // When something was done differs between two runs, and the envelope says only that; what was done must
  // not.
  std::string ignore =
      "envelope,event_id,occurred_at,ingested_at,normalized_at,enriched_at,aggregated_at,produced_at,"
      "snapshot_at,"
      "last_retry_at,correlation_id";
  std::uint64_t limit = 5;
  int timeout_seconds = 120;
};

Result<int> run(const Options& options) {
  const auto deadline = Deadline::after(std::chrono::seconds(options.timeout_seconds));
  std::vector<std::string> names;
  for (const auto name : split(options.ignore, ',')) names.emplace_back(trim(name));
  Comparison comparison;
  std::uint64_t counts[2] = {};
  for (const bool second : {false, true}) {
    DPCTL_TRY(counts[second ? 1 : 0],
              io::read_topic(options.bootstrap, second ? options.second : options.first, deadline,
                             [&](const io::Record& record) {
                               comparison.add(second, record.key.value_or(std::string_view{}),
                                              without_fields(record.value, names));
                               return true;
                             }));
  }
  const auto differences = comparison.differences();
  for (std::size_t i = 0; i < differences.size() && i < options.limit; ++i) {
    const auto& found = differences[i];
    std::printf("%s: %llu times in %s, %llu in %s\n  %s\n", found.key.c_str(),
                static_cast<unsigned long long>(found.in_first), options.first.c_str(),
                static_cast<unsigned long long>(found.in_second), options.second.c_str(),
                found.value.substr(0, 500).c_str());
  }
  std::printf("%s %llu records, %s %llu records: %zu different\n", options.first.c_str(),
              static_cast<unsigned long long>(counts[0]), options.second.c_str(),
              static_cast<unsigned long long>(counts[1]), differences.size());
  return differences.empty() ? kOk : kFailed;
}

}  // namespace

Verb compare_verb() {
  return {"compare", "Compare the outputs of two colours: two topics, whatever the order of their records",
          [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            app.add_option("FIRST", options->first, "a topic, from its beginning to where it ends now")
                ->required();
            app.add_option("SECOND", options->second, "the other; a shadow's has DATA_PROC_OUTPUT_SUFFIX")
                ->required();
            app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
                ->required()
                ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
            app.add_option("--ignore", options->ignore, "fields that may differ, at any depth, with commas")
                ->capture_default_str();
            app.add_option("--limit", options->limit, "differences to show")->capture_default_str();
            app.add_option("--timeout", options->timeout_seconds, "seconds until it must be done")
                ->capture_default_str();
            app.footer(
                "Exit status 1 when they differ.\nExample:\n  pipeline compare normalized.market.ticks.v1 "
                "normalized.market.ticks.v1.green --bootstrap localhost:9092");
            return [options] {
              const auto status = run(*options);
              return status ? *status : print_error(status.error());
            };
          }};
}

}  // namespace dpctl::pipeline
