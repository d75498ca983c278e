#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "pipeline-services/io/wall_clock.hpp"
#include "pipeline-services/tools/feed.hpp"
#include "pipeline-services/tools/kafka_sink.hpp"
#include "pipeline-services/tools/paced_sink.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::vector<std::string> input;
  std::string bootstrap, from, to, instrument;
  std::string tenant = "default";
  std::uint64_t rate = kBackfillRate;
  int timeout_seconds = 600;
  bool dry_run = false;
};

/// Drops what lies outside [from, to) or belongs to another instrument. Rows whose time cannot be read stay:
/// normalisation puts them into the dead letters.
Result<void> keep_range(const Options& options, Feed& feed) {
  Micros from = 0, to = INT64_MAX;
  for (const auto& [flag, text, member] : {std::tuple{"--from", &options.from, &from}, {"--to", &options.to, &to}}) {
    if (text->empty()) continue;
    const auto at = parse_iso(*text);
    if (!at) return fail(Code::usage, "{} is no time", flag).because(at.error());
    *member = *at;
  }
  if (from >= to) return fail(Code::usage, "the range is empty: --from is not before --to");
  std::erase_if(feed.messages, [&](const FeedMessage& message) {
    const bool other = !options.instrument.empty() && message.key != options.instrument;
    return other || (message.order != 0 && (message.order < from || message.order >= to));
  });
  return {};
}

Result<std::uint64_t> run(const Options& options) {
  DPCTL_CHECK(load_time_zones());
  FeedOptions feed_options;
  feed_options.inputs.assign(options.input.begin(), options.input.end());
  feed_options.tenant = options.tenant;
  feed_options.backfill = true;
  feed_options.now = io::wall_clock_us();
  DPCTL_TRY(Feed feed, load_feed(feed_options));
  DPCTL_CHECK(keep_range(options, feed));
  if (options.dry_run || feed.messages.empty()) return feed.messages.size();
  if (options.bootstrap.empty())
    return fail(Code::usage, "--bootstrap is missing").hint("give it, or set DATA_PROC_KAFKA_BOOTSTRAP");
  DPCTL_TRY(auto producer,
            io::Producer::open({.bootstrap = options.bootstrap, .client_id = "pipeline-backfill"}));
  KafkaSink kafka(std::move(producer), std::chrono::seconds(options.timeout_seconds));
  PacedSink sink(kafka, options.rate);
  DPCTL_CHECK(publish(feed, sink));
  return feed.messages.size();
}

}  // namespace

Verb backfill_verb() {
  return {"backfill", "Feed old prices from published files: bars of any age are made, or re-issued",
          [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            app.add_option("-i,--input", options->input, "files or folders as the ISOs publish them")->required();
            app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
                ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
            app.add_option("--from", options->from, "event times from here on: ISO 8601, UTC when it names no zone");
            app.add_option("--to", options->to, "and before this");
            app.add_option("--instrument", options->instrument, "only this instrument_id");
            app.add_option("--tenant", options->tenant, "tenant of the messages")->capture_default_str();
            app.add_option("--rate", options->rate,
                           "messages a second at most, for the sake of live records; 0: as fast as the "
                           "brokers take them")
                ->capture_default_str();
            app.add_option("--timeout", options->timeout_seconds, "seconds that an acknowledgement may take")
                ->capture_default_str();
            app.add_flag("--dry-run", options->dry_run, "only count the messages");
            app.footer(
                "Example:\n  pipeline backfill --input archive/nyiso --from 2025-01-01 --to 2025-02-01 "
                "--rate 5000 --bootstrap localhost:9092");
            return [options] {
              const auto sent = run(*options);
              if (!sent) return print_error(sent.error());
              std::printf("%llu messages %s\n", static_cast<unsigned long long>(*sent),
                          options->dry_run ? "in the range" : "sent as backfill");
              return kOk;
            };
          }};
}

}  // namespace dpctl::pipeline
